// SPDX-License-Identifier: MIT
#include "routing/rules.h"

#include <algorithm>

#include "base/text.h"

namespace gr::routing {
namespace {

bool agrees(const std::optional<bool>& wanted, bool is) {
    return !wanted || *wanted == is;
}

bool bitIsSet(std::uint32_t bits, int place) {
    return bits == 0 || (place >= 0 && place < 32 && (bits >> place & 1U) != 0);
}

bool fitsAsked(const Patterns& patterns, std::string_view asked) {
    if (patterns.empty() || fitsOne(patterns, asked))
        return true;
    const auto slash = asked.find('/');
    return slash != asked.npos && fitsOne(patterns, asked.substr(slash + 1));
}

bool has(const RequestFacts& facts, const Condition::Header& wanted) {
    return std::any_of(facts.headers.begin(), facts.headers.end(), [&wanted](const auto& header) {
        return header.first == wanted.name && fitsOne(wanted.values, header.second);
    });
}

bool sizesHold(const Condition& condition, const RequestFacts& facts) {
    return (!condition.promptTokensOver || facts.promptTokens > *condition.promptTokensOver) &&
           (!condition.promptTokensUnder || facts.promptTokens < *condition.promptTokensUnder) &&
           (!condition.complexityOver ||
            double{facts.prediction.difficulty} > *condition.complexityOver) &&
           (!condition.sessionUsdOver || facts.sessionSpent > *condition.sessionUsdOver);
}

void add(std::vector<RuleEffect::List>& lists, std::size_t rule, const Patterns& patterns) {
    if (!patterns.empty())
        lists.push_back({rule, &patterns});
}

void addTo(RuleEffect& effect, std::size_t index, const Actions& actions) {
    effect.matched.push_back(index);
    add(effect.onlyModels, index, actions.onlyModels);
    add(effect.preferModels, index, actions.preferModels);
    add(effect.avoidModels, index, actions.avoidModels);
    add(effect.onlyProviders, index, actions.onlyProviders);
    add(effect.preferProviders, index, actions.preferProviders);
    add(effect.avoidProviders, index, actions.avoidProviders);
    if (actions.localOnly && !effect.localOnly)
        effect.localOnly = index;
    if (actions.maxCost && (!effect.maxCost || *actions.maxCost < effect.maxCost->second))
        effect.maxCost.emplace(index, *actions.maxCost);
    if (actions.effort)
        effect.effort.emplace(index, *actions.effort);
    if (!actions.alias.empty())
        effect.alias.emplace(index, actions.alias);
    if (!actions.refuse.empty())
        effect.refuse.emplace(index, actions.refuse);
}

// The place among all patterns of the lists, in order, of the first that `fits`; their number when
// none does.
template <class Fits>
std::size_t placeAmong(const std::vector<RuleEffect::List>& lists, const Fits& fits) {
    std::size_t place = 0;
    for (const RuleEffect::List& list : lists) {
        for (const std::string& pattern : *list.patterns) {
            if (fits(pattern))
                return place;
            ++place;
        }
    }
    return place;
}

bool modelFits(const std::string& pattern, std::string_view provider, std::string_view model) {
    if (matchesPattern(pattern, model))
        return true;
    if (pattern.find('/') == pattern.npos && pattern.find('*') == pattern.npos)
        return false;  // without a provider's name
    return matchesPattern(pattern, std::string(provider).append("/").append(model));
}

void need(NeededFacts& needed, const Condition& condition) {
    needed.secret = needed.secret || condition.hasSecret;
    needed.code = needed.code || condition.hasCode;
    needed.language = needed.language || !condition.languages.empty();
    needed.prediction =
        needed.prediction || condition.complexityOver.has_value() || condition.domains != 0;
    needed.sessionSpent = needed.sessionSpent || condition.sessionUsdOver;
    needed.hour = needed.hour || condition.hours != 0;
    needed.body = needed.body || needed.code || needed.language || needed.prediction ||
                  needed.sessionSpent || condition.hasImage || condition.hasFile ||
                  condition.hasTools || condition.promptTokensOver || condition.promptTokensUnder;
    for (const Condition::Header& header : condition.headers) {
        if (std::find(needed.headers.begin(), needed.headers.end(), header.name) ==
            needed.headers.end())
            needed.headers.push_back(header.name);
    }
    for (const Condition& exception : condition.exceptions)
        need(needed, exception);
}

}  // namespace

std::string titleOf(const Rule& rule, std::size_t index) {
    if (rule.name.empty())
        return "rule " + std::to_string(index + 1);
    return "rule \"" + rule.name + "\"";
}

std::string RuleEffect::sentenceOf(const Objection& objection) const {
    return titleOf(objection.rule) + " forbids it (" + std::string(objection.action) + ").";
}

std::string RuleEffect::titles() const {
    std::string out;
    for (const std::size_t rule : matched)
        out += (out.empty() ? "" : ", ") + titleOf(rule);
    return out;
}

bool fitsOne(const Patterns& patterns, std::string_view name) {
    return std::any_of(patterns.begin(), patterns.end(), [name](const std::string& pattern) {
        return matchesPattern(pattern, name);
    });
}

bool fitsModel(const Patterns& patterns, std::string_view provider, std::string_view model) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return modelFits(pattern, provider, model);
    });
}

bool holds(const Condition& condition, const RequestFacts& facts) {
    return agrees(condition.hasImage, facts.hasImage) && agrees(condition.hasFile, facts.hasFile) &&
           agrees(condition.hasTools, facts.hasTools) &&
           agrees(condition.hasSecret, facts.hasSecret) &&
           agrees(condition.hasCode, facts.hasCode) && sizesHold(condition, facts) &&
           bitIsSet(condition.hours, facts.hour) &&
           bitIsSet(condition.domains, static_cast<int>(facts.prediction.likeliest())) &&
           (condition.languages.empty() ||
            std::find(condition.languages.begin(), condition.languages.end(), facts.language) !=
                condition.languages.end()) &&
           (condition.clients.empty() || fitsOne(condition.clients, facts.client)) &&
           fitsAsked(condition.models, facts.model) &&
           std::all_of(condition.headers.begin(), condition.headers.end(),
                       [&facts](const auto& header) { return has(facts, header); }) &&
           std::none_of(condition.exceptions.begin(), condition.exceptions.end(),
                        [&facts](const Condition& exception) { return holds(exception, facts); });
}

RuleEffect applyRules(std::span<const Rule> rules, const RequestFacts& facts) {
    RuleEffect effect;
    effect.rules = rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const Rule& rule = rules[i];
        if (!rule.enabled || !holds(rule.condition, facts))
            continue;
        addTo(effect, i, rule.actions);
        if (!rule.goesOn || effect.refuse)
            break;
    }
    return effect;
}

std::optional<Objection> objectionTo(const RuleEffect& effect, const RuleTarget& target) {
    const auto fitsIt = [&target](const RuleEffect::List& list) {
        return fitsModel(*list.patterns, target.provider, target.model);
    };
    const auto fitsProvider = [&target](const RuleEffect::List& list) {
        return fitsOne(*list.patterns, target.provider);
    };
    if (effect.refuse)
        return Objection{effect.refuse->first, "refuse"};
    if (effect.localOnly && !target.local)
        return Objection{*effect.localOnly, "local_only"};
    for (const RuleEffect::List& list : effect.onlyProviders) {
        if (!fitsProvider(list))
            return Objection{list.rule, "only_providers"};
    }
    for (const RuleEffect::List& list : effect.avoidProviders) {
        if (fitsProvider(list))
            return Objection{list.rule, "avoid_providers"};
    }
    for (const RuleEffect::List& list : effect.onlyModels) {
        if (!fitsIt(list))
            return Objection{list.rule, "only_models"};
    }
    for (const RuleEffect::List& list : effect.avoidModels) {
        if (fitsIt(list))
            return Objection{list.rule, "avoid_models"};
    }
    return std::nullopt;
}

std::size_t preferenceRank(const RuleEffect& effect, const RuleTarget& target) {
    constexpr std::size_t kWeight = 10'000;  // models count for more than providers
    const std::size_t model =
        placeAmong(effect.preferModels, [&target](const std::string& pattern) {
            return modelFits(pattern, target.provider, target.model);
        });
    const std::size_t provider = placeAmong(
        effect.preferProviders,
        [&target](const std::string& pattern) { return matchesPattern(pattern, target.provider); });
    return model * kWeight + std::min(provider, kWeight - 1);
}

NeededFacts neededFacts(std::span<const Rule> rules) {
    NeededFacts needed;
    for (const Rule& rule : rules) {
        if (rule.enabled)
            need(needed, rule.condition);
    }
    return needed;
}

}  // namespace gr::routing
