// SPDX-License-Identifier: MIT
#include "settings/limits_reader.h"

#include <map>
#include <memory>

#include "settings/schema_validator.h"
#include "settings/time_zone.h"

namespace gr::settings {
namespace {

using ledger::Limit;
using ledger::LimitUnit;

constexpr std::int64_t kStandardDollars = 5;

std::string textOf(const JsonNode& node, std::string_view name) {
    const JsonNode* const member = node.find(name);
    return member != nullptr && member->isString() ? member->text : std::string();
}

// "provider:openai" → the kind and the name.
void setScope(const std::string& scope, Limit& limit) {
    const std::size_t colon = scope.find(':');
    const std::string kind = scope.substr(0, colon);
    for (const auto known : {ledger::ScopeKind::Client, ledger::ScopeKind::Provider,
                             ledger::ScopeKind::Model, ledger::ScopeKind::Payee}) {
        if (kind == nameOf(known) && colon != std::string::npos) {
            limit.scope = known;
            limit.name = scope.substr(colon + 1);
        }
    }
}

ledger::AtLimit atLimitOf(const std::string& word) {
    if (word == "cheaper")
        return ledger::AtLimit::Cheaper;
    return word == "ask" ? ledger::AtLimit::Ask : ledger::AtLimit::Refuse;
}

// One use: reads all limits of a document.
class LimitsReader final {
  public:
    LimitsReader(const JsonNode& root, std::vector<Problem>& problems)
        : m_root(root), m_problems(problems) {}

    std::vector<Limit> run() {
        if (const JsonNode* const limits = m_root.find("limits")) {
            for (std::size_t i = 0; i < limits->items.size(); ++i)
                read(limits->items[i], itemPath("$.limits", i), {});
        } else {
            Limit limit = standardLimit();
            setCommon(m_root, "$", limit);
            limit.standard = limit.guarantee == ledger::Guarantee::Estimate;
            m_limits.push_back(std::move(limit));
        }
        const JsonNode* const clients = m_root.find("clients");
        for (std::size_t c = 0; clients != nullptr && c < clients->items.size(); ++c) {
            const JsonNode& client = clients->items[c];
            const JsonNode* const limits = client.find("limits");
            const std::string path = memberPath(itemPath("$.clients", c), "limits");
            for (std::size_t i = 0; limits != nullptr && i < limits->items.size(); ++i)
                read(limits->items[i], itemPath(path, i), textOf(client, "id"));
        }
        return std::move(m_limits);
    }

  private:
    // What a limit has of its own, or of the whole document.
    void setCommon(const JsonNode& node, const std::string& path, Limit& limit) {
        const auto find = [&](std::string_view name, bool& own) -> const JsonNode* {
            const JsonNode* const member = node.find(name);
            own = member != nullptr;
            return own ? member : m_root.find(name);
        };
        bool own = false;
        if (const JsonNode* const word = find("guarantee", own); word != nullptr)
            limit.guarantee =
                word->text == "estimate" ? ledger::Guarantee::Estimate : ledger::Guarantee::Hard;
        const auto takeSeconds = [&](std::string_view name, std::int64_t& ms) {
            const JsonNode* const seconds = find(name, own);
            if (seconds != nullptr && seconds->isNumber())
                ms = static_cast<std::int64_t>(seconds->number() * 1'000);
        };
        takeSeconds("limit_wait_seconds", limit.waitMs);
        takeSeconds("ask_wait_seconds", limit.askMs);
        if (const JsonNode* const zone = find("time_zone", own); zone != nullptr)
            limit.zone = zoneOf(zone->text, memberPath(own ? path : "$", "time_zone"));
    }

    std::shared_ptr<const ledger::ZoneTable> zoneOf(const std::string& name,
                                                    const std::string& path) {
        if (name.empty() || name == "UTC")
            return nullptr;
        auto& zone = m_zones[name];
        if (!zone) {
            auto table = zoneTable(name);
            if (table)
                zone = std::make_shared<const ledger::ZoneTable>(std::move(*table));
            else
                m_problems.push_back({Problem::Severity::Error, path,
                                      "names the time zone \"" + name +
                                          "\", which this machine does not know; use a name such "
                                          "as \"UTC\" or \"Europe/Berlin\""});
        }
        return zone;
    }

    void read(const JsonNode& node, const std::string& path, const std::string& client) {
        Limit limit;
        limit.client = client;
        setScope(textOf(node, "scope"), limit);
        if (!client.empty() && limit.scope == ledger::ScopeKind::All) {
            limit.scope = ledger::ScopeKind::Client;
            limit.name = client;
        }
        const auto window = ledger::windowKind(textOf(node, "window"));
        if (!window)
            return;  // the schema has said so
        limit.window = *window;
        limit.atLimit = atLimitOf(textOf(node, "at_limit"));
        setCommon(node, path, limit);
        if (const auto money = Money::parse(textOf(node, "usd")); money && *money >= Money())
            add(limit, LimitUnit::Usd, money->pico());
        for (const auto unit : {LimitUnit::Tokens, LimitUnit::Requests}) {
            const JsonNode* const amount = node.find(nameOf(unit));
            const auto count = amount != nullptr ? amount->integer() : std::nullopt;
            if (count && *count >= 0)
                add(limit, unit, *count);
        }
    }

    void add(Limit limit, LimitUnit unit, std::int64_t amount) {
        limit.unit = unit;
        limit.amount = amount;
        m_limits.push_back(std::move(limit));
    }

    const JsonNode& m_root;
    std::vector<Problem>& m_problems;
    std::map<std::string, std::shared_ptr<const ledger::ZoneTable>> m_zones;
    std::vector<Limit> m_limits;
};

}  // namespace

Limit standardLimit() {
    Limit limit;
    limit.amount = kStandardDollars * Money::kPicoPerDollar;
    limit.standard = true;
    limit.guarantee = ledger::Guarantee::Estimate;
    return limit;
}

std::vector<Limit> limitsOf(const JsonNode& root, std::vector<Problem>& problems) {
    return LimitsReader(root, problems).run();
}

}  // namespace gr::settings
