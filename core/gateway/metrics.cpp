// SPDX-License-Identifier: MIT
#include "gateway/metrics.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "base/log.h"
#include "gateway/attempt_cost.h"

namespace gr::gateway {
namespace {

using ledger::LimitState;
using ledger::LimitUnit;

constexpr std::array<std::string_view, 6> kOutcomeNames{
    "answered", "client_gone", "refused", "provider_failed", "stream_broken", "stopped"};

// Of a limit, one figure: the end of the metric's name, what it says, and where it stands.
struct LimitFigure {
    std::string_view name;
    std::string_view help;
    std::int64_t (*of)(const LimitState&);
    bool mustBeTold;  // by the ledger: until then it is not known, which is no zero
};
constexpr std::array<LimitFigure, 4> kLimitFigures{{
    {"", "What a limit allows in its window", [](const LimitState& s) { return s.limit.amount; },
     false},
    {"_spent", "What of it is spent", [](const LimitState& s) { return s.spent; }, true},
    {"_reserved", "What of it running requests may take",
     [](const LimitState& s) { return s.reserved; }, true},
    {"_elsewhere", "What of it is set aside for other gateways",
     [](const LimitState& s) { return s.elsewhere; }, true},
}};

MetricLabels labelsOf(const ledger::Limit& limit) {
    MetricLabels labels;
    addLabel(labels, "scope", nameOf(limit.scope));
    addLabel(labels, "name", limit.name);
    addLabel(labels, "gaterouter_client", limit.client);
    addLabel(labels, "window", nameOf(limit.window));
    return labels;
}

std::string amountOf(LimitUnit unit, std::int64_t amount) {
    return unit == LimitUnit::Usd ? Money::fromPico(amount).toDecimal() : std::to_string(amount);
}

void writeLimits(MetricsText& out, const std::vector<LimitState>& states) {
    for (const LimitUnit unit : {LimitUnit::Usd, LimitUnit::Tokens, LimitUnit::Requests}) {
        const bool any = std::ranges::any_of(
            states, [unit](const LimitState& state) { return state.limit.unit == unit; });
        for (const LimitFigure& figure : kLimitFigures) {
            if (!any)
                continue;
            std::string name = "gaterouter_limit";
            name.append(figure.name).append("_").append(nameOf(unit));
            out.family(name, "gauge", figure.help);
            for (const LimitState& state : states) {
                if (state.limit.unit == unit && (state.told || !figure.mustBeTold))
                    out.sample(labelsOf(state.limit), amountOf(unit, figure.of(state)));
            }
        }
    }
}

struct HealthFigure {
    const char* name;
    const char* help;
    double (*of)(const routing::Health::Figure& figure);  // 0: not known
};
constexpr std::array<HealthFigure, 3> kHealthFigures{{
    {"gaterouter_model_first_token_p50_seconds", "Half of the streams began within this, lately",
     [](const auto& figure) { return figure.speed.firstTokenP50Ms / 1'000; }},
    {"gaterouter_model_first_token_p95_seconds", "95 of 100 streams began within this, lately",
     [](const auto& figure) { return figure.speed.firstTokenP95Ms / 1'000; }},
    {"gaterouter_model_output_tokens_per_second", "Behind the first token, lately",
     [](const auto& figure) { return figure.speed.tokensPerSecond; }},
}};

std::string thousandthsOf(double value) {
    return thousandths(static_cast<std::uint64_t>(std::llround(value * 1'000)));
}

// As many as there are sets of labels elsewhere; what is not known is left out.
void writeHealth(MetricsText& out, const std::vector<routing::Health::Figure>& all) {
    constexpr std::size_t kMost = 200;
    const std::span figures(all.data(), std::min(all.size(), kMost));
    const auto labelsOf = [](const routing::Health::Figure& figure) {
        MetricLabels labels;
        addLabel(labels, "provider", figure.provider);
        addLabel(labels, "model", log::redacted(figure.model));
        return labels;
    };
    if (figures.empty())
        return;
    out.family("gaterouter_model_resting", "gauge", "1 while it is left alone for its failures");
    for (const auto& figure : figures)
        out.sample(labelsOf(figure), std::uint64_t{figure.resting ? 1U : 0U});
    out.family("gaterouter_model_error_share", "gauge", "Of its calls lately");
    for (const auto& figure : figures)
        out.sample(labelsOf(figure), thousandthsOf(figure.speed.errorRate));
    for (const HealthFigure& kind : kHealthFigures) {
        if (std::ranges::none_of(figures, [&](const auto& one) { return kind.of(one) > 0; }))
            continue;
        out.family(kind.name, "gauge", kind.help);
        for (const auto& figure : figures) {
            if (const double value = kind.of(figure); value > 0)
                out.sample(labelsOf(figure), thousandthsOf(value));
        }
    }
}

void writeLedger(MetricsText& out, const ledger::Health& ledger, UnixMs now) {
    out.single("gaterouter_ledger_rows_written_total", "counter", "Rows on disk", ledger.written);
    out.single("gaterouter_ledger_rows_queued", "gauge", "Rows waiting for the disk",
               ledger.queued);
    out.single("gaterouter_ledger_rows_lost_total", "counter", "Rows the disk never took",
               ledger.lost);
    out.single("gaterouter_ledger_write_failures_total", "counter", "Batches the disk refused",
               ledger.failures);
    const std::int64_t lag =
        ledger.oldest ? std::max<std::int64_t>(now.value - ledger.oldest->value, 0) : 0;
    out.single("gaterouter_ledger_lag_seconds", "gauge",
               "How long the oldest row that is not on disk waits",
               thousandths(static_cast<std::uint64_t>(lag)));
}

}  // namespace

void Metrics::requestEnded(const ledger::RequestRecord& record) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    m_running.fetch_sub(1, kRelaxed);
    m_outcomes[static_cast<std::size_t>(record.outcome)].fetch_add(1, kRelaxed);
    m_attempts.fetch_add(record.attempts.size(), kRelaxed);
    m_costDiffers.fetch_add(
        static_cast<std::uint64_t>(std::ranges::count_if(record.attempts, disagrees)), kRelaxed);
    m_series.add(record);
}

std::string Metrics::text(const MetricsAround& around) const {
    MetricsText out;
    out.family("gaterouter_build_info", "gauge", "Always 1; its label is what counts");
    MetricLabels version;
    addLabel(version, "version", GR_VERSION);
    out.sample(version, 1);
    out.family("gaterouter_requests_total", "counter", "Requests by how they ended");
    for (std::size_t i = 0; i < kOutcomes; ++i) {
        MetricLabels outcome;
        addLabel(outcome, "outcome", kOutcomeNames[i]);
        out.sample(outcome, m_outcomes[i].load());
    }
    out.single("gaterouter_requests_running", "gauge", "Requests being answered now",
               static_cast<std::uint64_t>(std::max<std::int64_t>(m_running.load(), 0)));
    out.single("gaterouter_requests_refused_at_the_door_total", "counter",
               "Requests refused before they were known to belong to a client",
               m_refusedAtTheDoor.load());
    out.single("gaterouter_requests_unpaid_total", "counter",
               "Requests for sale that were answered with a price, or whose payment was no good",
               m_unpaid.load());
    out.single("gaterouter_attempts_total", "counter", "Calls to providers", m_attempts.load());
    m_series.write(out);
    out.single("gaterouter_cost_differs_total", "counter",
               "Attempts that the provider bills by more than 1 % otherwise than our prices say",
               m_costDiffers.load());
    writeLimits(out, around.limits);
    out.single("gaterouter_provider_connections_opened_total", "counter",
               "Connections made to providers", m_pool.opened.load());
    out.single("gaterouter_provider_connections_reused_total", "counter",
               "Calls that went out on a kept connection", m_pool.reused.load());
    out.single("gaterouter_provider_connections_idle", "gauge",
               "Kept connections that wait for a call",
               static_cast<std::uint64_t>(std::max<std::int64_t>(m_pool.idle.load(), 0)));
    writeHealth(out, around.health);
    writeLedger(out, around.ledger, around.now);
    return out.take();
}

}  // namespace gr::gateway
