// SPDX-License-Identifier: MIT
#include "routing/rule_lint.h"

#include <algorithm>

#include "base/text.h"
#include "routing/rule_logic.h"

namespace gr::routing {
namespace {

using Kind = RuleNotice::Kind;

std::string quoted(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

bool isPattern(std::string_view name) {
    return name.find('*') != name.npos;
}

class Linter final {
  public:
    Linter(std::span<const Rule> rules, const RuleWorld& world) : m_rules(rules), m_world(world) {}

    std::vector<RuleNotice> run() {
        for (std::size_t i = 0; i < m_rules.size(); ++i) {
            if (m_rules[i].enabled)
                check(i);
        }
        return std::move(m_notices);
    }

  private:
    const Rule& at(std::size_t i) const { return m_rules[i]; }
    std::string title(std::size_t i) const { return titleOf(m_rules[i], i); }

    void say(Kind kind, std::size_t rule, std::string member, std::string message,
             std::optional<std::size_t> other = std::nullopt) {
        m_notices.push_back({kind, rule, other, std::move(member), std::move(message)});
    }

    void check(std::size_t i) {
        checkNames(i);
        if (neverHolds(at(i).condition)) {
            say(Kind::NeverMatches, i, "if",
                title(i) + " never matches: its conditions exclude each other.");
            return;
        }
        if (checkShadow(i))
            return;
        checkOwnLists(i);
        checkChain(i);
        checkAlias(i);
        if (!at(i).actions.refuse.empty() && alwaysHolds(at(i).condition) && !takenBefore(i))
            say(Kind::RefusesAlways, i, "then.refuse",
                title(i) +
                    " has no condition, so every request that no earlier rule takes is "
                    "refused.");
    }

    // Does the list end with this rule, once it matches?
    bool ends(std::size_t i) const { return !at(i).goesOn || !at(i).actions.refuse.empty(); }

    bool takenBefore(std::size_t i) const {
        for (std::size_t k = 0; k < i; ++k) {
            if (at(k).enabled && ends(k) && implies(at(i).condition, at(k).condition))
                return true;
        }
        return false;
    }

    bool checkShadow(std::size_t i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (!at(k).enabled || !ends(k) || !implies(at(i).condition, at(k).condition))
                continue;
            say(Kind::Shadowed, i, "if",
                title(i) + " has no effect: every request it is about is taken by " + title(k) +
                    " before; move it up, or let " + title(k) + " continue.",
                k);
            return true;
        }
        return false;
    }

    // Lists of one rule that leave nothing, or a preference that is avoided.
    void checkOwnLists(std::size_t i) {
        const Actions& a = at(i).actions;
        if (fully(a.onlyProviders, a.avoidProviders))
            say(Kind::Contradicts, i, "then.avoid_providers",
                title(i) + " avoids every provider that it allows, so every request is refused.");
        if (fully(a.onlyModels, a.avoidModels))
            say(Kind::Contradicts, i, "then.avoid_models",
                title(i) + " avoids every model that it allows, so every request is refused.");
        contradictPreferences(i, i);
    }

    // Is all that fits the first list among what fits the second?
    static bool fully(const Patterns& only, const Patterns& avoided) {
        return !only.empty() &&
               std::all_of(only.begin(), only.end(), [&avoided](const std::string& pattern) {
                   return std::any_of(avoided.begin(), avoided.end(),
                                      [&](const auto& other) { return subsumes(other, pattern); });
               });
    }

    // With the earlier rules that go on to this one.
    void checkChain(std::size_t i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (!at(k).enabled || ends(k) || excludeEachOther(k, i))
                continue;
            contradictOnly(k, i);
            contradictPreferences(k, i);
            contradictPreferences(i, k);
        }
    }

    bool excludeEachOther(std::size_t k, std::size_t i) const {
        Condition neither;
        neither.exceptions = {at(k).condition};
        return implies(at(i).condition, neither);
    }

    void contradictOnly(std::size_t k, std::size_t i) {
        const Actions& a = at(k).actions;
        const Actions& b = at(i).actions;
        const auto saying = [&](const char* member, const char* what) {
            say(Kind::Contradicts, i, member,
                title(i) + " and " + title(k) + " leave no " + what +
                    " together: a request that both are about is refused.",
                k);
        };
        const bool providers = !a.onlyProviders.empty() && !b.onlyProviders.empty() &&
                               noNameFitsBoth(a.onlyProviders, b.onlyProviders);
        const bool models = !a.onlyModels.empty() && !b.onlyModels.empty() &&
                            noModelFitsBoth(a.onlyModels, b.onlyModels);
        if (providers)
            saying("then.only_providers", "provider");
        if (models)
            saying("then.only_models", "model");
        if (fully(a.onlyProviders, b.avoidProviders) || fully(b.onlyProviders, a.avoidProviders))
            saying("then.avoid_providers", "provider");
        if (fully(a.onlyModels, b.avoidModels) || fully(b.onlyModels, a.avoidModels))
            saying("then.avoid_models", "model");
    }

    // What `k` prefers and `i` avoids. Both may be the same rule.
    void contradictPreferences(std::size_t k, std::size_t i) {
        const auto check = [&](const Patterns& preferred, const Patterns& avoided,
                               const char* member) {
            for (const std::string& pattern : preferred) {
                const bool all = std::any_of(
                    avoided.begin(), avoided.end(),
                    [&pattern](const std::string& other) { return subsumes(other, pattern); });
                if (!all)
                    continue;
                if (k == i)
                    say(Kind::Contradicts, i, member,
                        title(i) + " prefers and avoids " + quoted(pattern) +
                            "; avoiding is what holds.");
                else
                    say(Kind::Contradicts, std::max(i, k), member,
                        title(k) + " prefers " + quoted(pattern) + ", which " + title(i) +
                            " avoids; where both match, avoiding is what holds.",
                        std::min(i, k));
            }
        };
        check(at(k).actions.preferProviders, at(i).actions.avoidProviders, "then.avoid_providers");
        check(at(k).actions.preferModels, at(i).actions.avoidModels, "then.avoid_models");
    }

    // Two rules that send the names of each other's requests back and forth.
    void checkAlias(std::size_t i) {
        const std::string& to = at(i).actions.alias;
        if (to.empty())
            return;
        for (std::size_t k = 0; k < i; ++k) {
            const Rule& other = at(k);
            if (!other.enabled || other.actions.alias.empty())
                continue;
            const bool loop =
                names(at(i).condition, other.actions.alias) && names(other.condition, to);
            if (loop)
                say(Kind::AliasLoop, i, "then.alias",
                    title(i) + " sends " + quoted(other.actions.alias) + " to " + quoted(to) +
                        ", and " + title(k) + " sends " + quoted(to) + " to " +
                        quoted(other.actions.alias) + ": the two names change places.",
                    k);
        }
    }

    static bool names(const Condition& condition, const std::string& model) {
        return std::find(condition.models.begin(), condition.models.end(), model) !=
               condition.models.end();
    }

    void checkNames(std::size_t i) {
        checkClients(i, at(i).condition, "if");
        checkModels(i, at(i).condition.models, "if.model", true);
        const Actions& a = at(i).actions;
        checkProviders(i, a.onlyProviders, "then.only_providers", true);
        checkProviders(i, a.preferProviders, "then.prefer_providers", false);
        checkProviders(i, a.avoidProviders, "then.avoid_providers", false);
        checkModels(i, a.onlyModels, "then.only_models", false);
        checkModels(i, a.preferModels, "then.prefer_models", false);
        checkModels(i, a.avoidModels, "then.avoid_models", false);
        if (!a.alias.empty())
            checkModels(i, {a.alias}, "then.alias", true);
        const bool anyLocal = std::any_of(m_world.providers.begin(), m_world.providers.end(),
                                          [](const auto& provider) { return provider.local; });
        if (a.localOnly && !anyLocal)
            say(Kind::UnknownName, i, "then.local_only",
                title(i) +
                    " wants a provider on this machine, and none is configured: what it is "
                    "about is refused.");
    }

    void checkClients(std::size_t i, const Condition& condition, const std::string& member) {
        for (const std::string& pattern : condition.clients) {
            const bool known = std::any_of(
                m_world.clients.begin(), m_world.clients.end(),
                [&pattern](const std::string& id) { return matchesPattern(pattern, id); });
            if (!known)
                say(Kind::UnknownName, i, member + ".client",
                    title(i) + " is about the client " + quoted(pattern) +
                        ", and the configuration has none of that name (keys made at run time "
                        "are not looked at).");
        }
    }

    void checkProviders(std::size_t i, const Patterns& patterns, const char* member, bool only) {
        std::size_t unknown = 0;
        for (const std::string& pattern : patterns) {
            const bool known =
                std::any_of(m_world.providers.begin(), m_world.providers.end(),
                            [&](const auto& p) { return matchesPattern(pattern, p.id); });
            unknown += known ? 0 : 1;
            if (!known)
                say(Kind::UnknownName, i, member,
                    title(i) + " names the provider " + quoted(pattern) +
                        ", and there is none of that name" +
                        (only && unknown == patterns.size() ? ": what the rule is about is refused."
                                                            : "."));
        }
    }

    void checkModels(std::size_t i, const Patterns& patterns, const char* member, bool asked) {
        for (const std::string& pattern : patterns) {
            if (!someModel(pattern, asked))
                say(Kind::UnknownName, i, member,
                    title(i) + " names the model " + quoted(pattern) + ", and no " +
                        (asked ? "alias and no " : "") + "provider offers it.");
        }
    }

    // Is there a model of that name, or may there be one? `asked`: aliases and `auto`, too.
    bool someModel(const std::string& pattern, bool asked) const {
        if (asked && (pattern.starts_with("auto") || matchesPattern(pattern, "auto") ||
                      std::any_of(m_world.aliases.begin(), m_world.aliases.end(),
                                  [&](const Alias& a) { return matchesPattern(pattern, a.name); })))
            return true;
        const Patterns one{pattern};
        return std::any_of(
            m_world.providers.begin(), m_world.providers.end(), [&](const auto& provider) {
                const std::string prefix = provider.id + "/";
                // Names that it does not list may be models all the same.
                if (provider.openEnded && (provider.models.empty() || pattern.starts_with(prefix) ||
                                           (isPattern(pattern) && pattern.starts_with("*"))))
                    return true;
                return std::any_of(
                    provider.models.begin(), provider.models.end(),
                    [&](const auto& model) { return fitsModel(one, provider.id, model); });
            });
    }

    std::span<const Rule> m_rules;
    const RuleWorld& m_world;
    std::vector<RuleNotice> m_notices;
};

}  // namespace

std::vector<RuleNotice> lintRules(std::span<const Rule> rules, const RuleWorld& world) {
    return Linter(rules, world).run();
}

}  // namespace gr::routing
