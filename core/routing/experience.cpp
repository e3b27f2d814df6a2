// SPDX-License-Identifier: MIT
#include "routing/experience.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "json/cursor.h"
#include "json/writer.h"

namespace gr::routing {
namespace {

constexpr double kHalfLifeMs = 60.0 * 24 * 3'600 * 1'000;
constexpr double kSureErrors = 2;     // standard errors that are not believed
constexpr double kMostCounts = 0.25;  // whatever was seen
constexpr double kUnit = 1e-6;        // of sums in the file
constexpr std::string_view kForm = "gaterouter experience 1";

struct Weighed {
    std::string_view name;
    double seen;    // 1: as good as can be
    double weight;  // how much it says
};
// In the order of Outcome.
constexpr std::array<Weighed, 7> kOutcomes{{
    {"thumbs_up", 1, 1},
    {"thumbs_down", 0, 1},
    {"went_on", 1, 0.25},
    {"regenerated", 0, 0.5},
    {"tool_failed", 0, 0.5},
    {"truncated", 0, 0.25},
    {"misshapen", 0, 0.5},
}};

double beyondDoubt(double departure, double error) {
    const double sure = std::max(std::abs(departure) - kSureErrors * error, 0.0);
    return std::copysign(std::min(sure, kMostCounts), departure);
}

std::optional<std::size_t> domainOf(std::string_view name) {
    const auto it = std::find(kDomainNames.begin(), kDomainNames.end(), name);
    if (it == kDomainNames.end())
        return std::nullopt;
    return static_cast<std::size_t>(it - kDomainNames.begin());
}

std::int64_t inUnits(double value) {
    return std::llround(value / kUnit);
}

}  // namespace

std::string_view nameOf(Outcome outcome) {
    return kOutcomes[static_cast<std::size_t>(outcome)].name;
}

double Corrections::of(std::string_view model, Domain domain) const {
    const auto index = static_cast<std::size_t>(domain);
    const auto it = m_models.find(model);
    const double own = it == m_models.end() ? 0 : it->second[index];
    return std::clamp(m_shared[index] + own, -kMostCounts, kMostCounts);
}

void Experience::learn(const Served& answer, Outcome outcome, UnixMs now) {
    const Weighed& seen = kOutcomes[static_cast<std::size_t>(outcome)];
    const std::lock_guard lock(m_mutex);
    const auto [it, fresh] = m_models.try_emplace(answer.model);
    Model& model = it->second;
    if (fresh)
        model.at = now;
    const auto passed = static_cast<double>(std::max<std::int64_t>(now.value - model.at.value, 0));
    const double left = std::exp2(-passed / kHalfLifeMs);
    for (Sum& sum : model.domains) {
        sum.weight *= left;
        sum.departure *= left;
        sum.variance *= left * left;
    }
    model.at = std::max(model.at, now);
    const double expected = std::clamp(answer.expected, 0.05, 0.95);
    Sum& sum = model.domains[static_cast<std::size_t>(answer.domain)];
    sum.weight += seen.weight;
    sum.departure += seen.weight * (seen.seen - expected);
    sum.variance += seen.weight * seen.weight * expected * (1 - expected);
    if (m_models.size() > m_most) {
        const auto oldest = std::min_element(
            m_models.begin(), m_models.end(),
            [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
        m_models.erase(oldest);
    }
    correct();
}

void Experience::forget() {
    const std::lock_guard lock(m_mutex);
    m_models.clear();
    correct();
}

std::shared_ptr<const Corrections> Experience::corrections() const {
    const std::lock_guard lock(m_mutex);
    return m_corrections;
}

std::vector<Experience::Row> Experience::rows() const {
    const std::lock_guard lock(m_mutex);
    return rowsLocked();
}

std::vector<Experience::Row> Experience::rowsLocked() const {
    std::vector<Row> rows;
    for (std::size_t d = 0; d < kDomainNames.size(); ++d) {
        const auto domain = static_cast<Domain>(d);
        Sum all;
        for (const auto& [name, model] : m_models) {
            all.weight += model.domains[d].weight;
            all.departure += model.domains[d].departure;
            all.variance += model.domains[d].variance;
        }
        if (all.weight <= 0)
            continue;
        const double shared = all.departure / all.weight;
        const double sharedError = std::sqrt(all.variance) / all.weight;
        rows.push_back(
            {domain, {}, all.weight, shared, sharedError, beyondDoubt(shared, sharedError)});
        for (const auto& [name, model] : m_models) {
            const Sum& sum = model.domains[d];
            if (sum.weight <= 0)
                continue;
            const double departure = sum.departure / sum.weight - shared;
            const double error = std::hypot(std::sqrt(sum.variance) / sum.weight, sharedError);
            rows.push_back(
                {domain, name, sum.weight, departure, error, beyondDoubt(departure, error)});
        }
    }
    return rows;
}

void Experience::correct() {
    auto corrections = std::make_shared<Corrections>();
    for (const Row& row : rowsLocked()) {
        const auto domain = static_cast<std::size_t>(row.domain);
        if (row.counts == 0)
            continue;
        if (row.model.empty()) {
            corrections->m_shared[domain] = row.counts;
            corrections->m_anyShared = true;
        } else {
            corrections->m_models[row.model][domain] = row.counts;
        }
    }
    m_corrections = std::move(corrections);
    ++m_revision;
}

unsigned Experience::revision() const {
    const std::lock_guard lock(m_mutex);
    return m_revision;
}

std::string Experience::text() const {
    const std::lock_guard lock(m_mutex);
    json::Writer out;
    out.object().key("form").string(kForm).key("models").array();
    for (const auto& [name, model] : m_models) {
        out.object().key("model").string(name).key("at_ms").number(model.at.value);
        out.key("domains").object();
        for (std::size_t d = 0; d < model.domains.size(); ++d) {
            const Sum& sum = model.domains[d];
            if (sum.weight <= 0)
                continue;
            out.key(kDomainNames[d]).array();
            for (const double value : {sum.weight, sum.departure, sum.variance})
                out.number(inUnits(value));
            out.end();
        }
        out.end().end();
    }
    return out.end().end().take();
}

Result<void> Experience::read(std::string_view text) {
    const auto whole = json::scanObject(text);
    if (!whole)
        return fail(whole.error());
    std::map<std::string, Model, std::less<>> models;
    bool ours = false;
    bool sound = true;
    std::string room;
    json::Cursor at(text);
    const auto readNumber = [&sound](json::Cursor& cursor) {
        const std::string_view span = cursor.skip();
        std::int64_t value = 0;
        const auto parsed = std::from_chars(span.data(), span.data() + span.size(), value);
        sound = sound && parsed.ec == std::errc() && parsed.ptr == span.data() + span.size();
        return value;
    };
    const auto readDomain = [&](std::string_view name, Model& model) {
        const auto domain = domainOf(name);
        std::array<double, 3> values{};
        std::size_t count = 0;
        at.elements([&](std::size_t index) {
            if (index < values.size())
                values[index] = static_cast<double>(readNumber(at)) * kUnit;
            count = index + 1;
        });
        sound = sound && domain && count == values.size() && values[0] >= 0 && values[2] >= 0;
        if (domain)
            model.domains[*domain] = {values[0], values[1], values[2]};
    };
    const auto readModel = [&](std::size_t) {
        std::string name;
        Model model;
        at.members([&](std::string_view key) {
            if (key == "model")
                name = at.string(room);
            else if (key == "at_ms")
                model.at.value = readNumber(at);
            else if (key == "domains")
                at.members([&](std::string_view domain) { readDomain(domain, model); });
        });
        sound = sound && !name.empty();
        models[std::move(name)] = model;
    };
    at.members([&](std::string_view key) {
        if (key == "form")
            ours = at.string(room) == kForm;
        else if (key == "models")
            at.elements(readModel);
    });
    if (!ours || !sound || models.size() > m_most)
        return failField(ErrorCode::InvalidField, "models",
                         "This is not what GateRouter wrote of its experience with models.");
    const std::lock_guard lock(m_mutex);
    m_models = std::move(models);
    correct();
    return {};
}

}  // namespace gr::routing
