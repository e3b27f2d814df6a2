// SPDX-License-Identifier: MIT
#include "routing/rule_recall.h"

#include <utility>

namespace gr::routing {
namespace {

// Asks nothing any more; whether it had asked something.
template <class T>
bool drop(std::optional<T>& asked) {
    return std::exchange(asked, std::nullopt).has_value();
}

template <class T>
bool drop(std::vector<T>& asked) {
    return !std::exchange(asked, {}).empty();
}

bool drop(std::uint32_t& bits) {
    return std::exchange(bits, 0) != 0;
}

}  // namespace

RecalledCondition::RecalledCondition(const Condition& condition, const Known& known)
    : m_told(condition) {
    m_told.exceptions.clear();
    const auto keepIf = [this](bool told, auto&... asked) {
        if (!told)
            m_more = (static_cast<int>(drop(asked)) + ...) > 0 || m_more;
    };
    keepIf(known.body, m_told.hasImage, m_told.hasFile, m_told.hasTools);
    keepIf(known.tokens, m_told.promptTokensOver, m_told.promptTokensUnder);
    keepIf(known.prediction, m_told.complexityOver, m_told.domains);
    keepIf(known.session, m_told.sessionUsdOver);
    keepIf(known.secret, m_told.hasSecret);
    keepIf(known.code, m_told.hasCode);
    keepIf(known.language, m_told.languages);
    keepIf(false, m_told.headers);
    for (const Condition& exception : condition.exceptions)
        m_exceptions.emplace_back(exception, known);
}

Verdict RecalledCondition::of(const RequestFacts& facts) const {
    if (!holds(m_told, facts))
        return Verdict::No;
    bool untold = m_more;
    for (const RecalledCondition& exception : m_exceptions) {
        const Verdict verdict = exception.of(facts);
        if (verdict == Verdict::Yes)
            return Verdict::No;
        untold = untold || verdict == Verdict::Untold;
    }
    return untold ? Verdict::Untold : Verdict::Yes;
}

RecalledRules::RecalledRules(std::span<const Rule> rules, const Known& known)
    : m_rules(rules), m_known(known) {
    m_conditions.reserve(rules.size());
    for (const Rule& rule : rules)
        m_conditions.emplace_back(rule.condition, known);
}

void RecalledRules::count(const RequestFacts& facts, std::vector<RuleHits>& hits) const {
    for (std::size_t i = 0; i < m_rules.size(); ++i) {
        if (!m_rules[i].enabled)
            continue;
        const Verdict verdict = m_conditions[i].of(facts);
        hits[i].hits += verdict == Verdict::Yes ? 1 : 0;
        hits[i].untold += verdict == Verdict::Untold ? 1 : 0;
        if (verdict == Verdict::Yes && (!m_rules[i].goesOn || !m_rules[i].actions.refuse.empty()))
            return;
    }
}

}  // namespace gr::routing
