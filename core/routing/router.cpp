// SPDX-License-Identifier: MIT
#include "routing/router.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace gr::routing {
namespace {

bool lists(const Offer& offer, std::string_view model) {
    return std::find(offer.models.begin(), offer.models.end(), model) != offer.models.end();
}

bool everything(const std::vector<std::string>& patterns) {
    return std::find(patterns.begin(), patterns.end(), "*") != patterns.end();
}

bool allowed(const std::vector<std::string>& patterns, const Offer& offer,
             const std::string& model) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return matchesPattern(pattern, model) ||
               matchesPattern(pattern, offer.provider + "/" + model);
    });
}

class Search final {
  public:
    Search(const RouteAsk& ask, const std::vector<Offer>& offers, const std::vector<Alias>& aliases,
           const std::string& defaultModel)
        : m_autos(ask.autos), m_offers(offers), m_aliases(aliases), m_default(defaultModel) {}

    // Adds what `name` stands for. False when nothing knows the name.
    bool resolve(std::string_view name, std::string_view reason, int depth = 0) {
        if (name == "auto" || name.starts_with("auto:"))
            return resolveAuto(name, depth);
        const auto alias = std::find_if(m_aliases.begin(), m_aliases.end(),
                                        [name](const Alias& a) { return a.name == name; });
        if (alias != m_aliases.end()) {
            // An alias may bear the name of a model; one that only names itself leads nowhere.
            if (depth >= kMaxAliasDepth)
                return resolveQualified(name, reason) || resolveListed(name, reason);
            bool found = false;
            for (const std::string& model : alias->models)
                found = resolve(model, "alias " + alias->name, depth + 1) || found;
            return found;
        }
        return resolveQualified(name, reason) || resolveListed(name, reason) ||
               resolveUnlisted(name, reason);
    }

    RouteDecision decision;
    bool forbidden = false;  // `auto` found nothing that the client key may use

  private:
    static constexpr int kMaxAliasDepth = 4;

    void add(std::size_t index, std::string_view model, std::string_view reason) {
        const Offer& offer = m_offers[index];
        if (!offer.usable) {
            decision.rejected.push_back({offer.provider, std::string(model), offer.whyNot});
            return;
        }
        const bool known =
            std::any_of(decision.candidates.begin(), decision.candidates.end(),
                        [&](const Candidate& c) { return c.offer == index && c.model == model; });
        if (!known)
            decision.candidates.push_back({index, std::string(model), std::string(reason)});
    }

    bool resolveAuto(std::string_view name, int depth) {
        // A default that leads back here means the choice itself.
        if (name == "auto" && m_default != name && !std::exchange(m_inDefault, true)) {
            const bool found = resolve(m_default, "default", depth + 1);
            m_inDefault = false;
            return found;
        }
        auto picks = m_autos != nullptr ? (*m_autos)(name) : std::nullopt;
        if (!picks)
            return false;
        for (const Candidate& pick : picks->candidates)
            add(pick.offer, pick.model, pick.reason);
        std::ranges::move(picks->rejected, std::back_inserter(decision.rejected));
        forbidden = forbidden || picks->forbidden;
        return true;
    }

    bool resolveQualified(std::string_view name, std::string_view reason) {
        const auto slash = name.find('/');
        if (slash == std::string_view::npos)
            return false;
        const std::string_view model = name.substr(slash + 1);
        for (std::size_t i = 0; i < m_offers.size(); ++i) {
            const Offer& offer = m_offers[i];
            if (offer.provider != name.substr(0, slash) || model.empty())
                continue;
            if (!offer.openEnded && !lists(offer, model))
                return false;
            add(i, model, reason);
            return true;
        }
        return false;
    }

    bool resolveListed(std::string_view name, std::string_view reason) {
        bool found = false;
        for (std::size_t i = 0; i < m_offers.size(); ++i) {
            if (!lists(m_offers[i], name))
                continue;
            add(i, name, reason);
            found = true;
        }
        return found;
    }

    bool resolveUnlisted(std::string_view name, std::string_view reason) {
        // What names a provider is meant for that one: nobody else gets to read it.
        const std::string_view prefix = name.substr(0, name.find('/'));
        if (prefix.size() < name.size() &&
            std::any_of(m_offers.begin(), m_offers.end(),
                        [prefix](const Offer& offer) { return offer.provider == prefix; }))
            return false;
        bool found = false;
        for (std::size_t i = 0; i < m_offers.size(); ++i) {
            if (!m_offers[i].models.empty() || !m_offers[i].openEnded)
                continue;
            add(i, name, reason);
            found = true;
        }
        return found;
    }

    const AutoSource* m_autos;
    const std::vector<Offer>& m_offers;
    const std::vector<Alias>& m_aliases;
    const std::string& m_default;
    bool m_inDefault = false;
};

// Each reason once, and not more than fit into a sentence.
std::string whyNobody(const std::vector<Rejected>& rejected) {
    constexpr std::size_t kMost = 6;
    std::vector<std::string> lines;
    for (const Rejected& one : rejected) {
        std::string line = " " + one.provider + ": " + one.reason;
        if (std::find(lines.begin(), lines.end(), line) == lines.end())
            lines.push_back(std::move(line));
    }
    std::string why;
    for (std::size_t i = 0; i < std::min(lines.size(), kMost); ++i)
        why += lines[i];
    return lines.size() > kMost ? why + " And so on." : why;
}

std::string quoted(std::string_view name) {
    return "\"" + std::string(name.substr(0, 120)) + "\"";
}

RuleTarget targetOf(const Candidate& candidate, const std::vector<Offer>& offers) {
    const Offer& offer = offers[candidate.offer];
    return {offer.provider, candidate.model, offer.local};
}

// Leaves out whom rules forbid. The error tells of the first one.
Result<void> leaveOutForbidden(const RouteAsk& ask, const std::vector<Offer>& offers,
                               RouteDecision& decision) {
    std::vector<Candidate> allowed;
    std::string first;
    for (Candidate& candidate : decision.candidates) {
        const auto objection = objectionTo(*ask.rules, targetOf(candidate, offers));
        if (!objection) {
            allowed.push_back(std::move(candidate));
            continue;
        }
        const std::string& provider = offers[candidate.offer].provider;
        const std::string why = ask.rules->sentenceOf(*objection);
        if (first.empty())
            first = provider + "/" + candidate.model + " may not be asked: " + why;
        decision.rejected.push_back({provider, candidate.model, why});
    }
    const bool any = !decision.candidates.empty();
    decision.candidates = std::move(allowed);
    if (any && decision.candidates.empty())
        return failField(ErrorCode::NoCandidate, "model",
                         "Rules leave nobody to answer for " + quoted(ask.model) + ". " + first);
    return {};
}

// By what rules prefer. Of a model that was asked for by its name only its providers change places.
void orderByRules(const RouteAsk& ask, const std::vector<Offer>& offers, bool named,
                  std::vector<Candidate>& candidates) {
    const auto before = [&](const Candidate& a, const Candidate& b) {
        return preferenceRank(*ask.rules, targetOf(a, offers)) <
               preferenceRank(*ask.rules, targetOf(b, offers));
    };
    for (auto begin = candidates.begin(); begin != candidates.end();) {
        const auto end = named ? std::find_if(begin, candidates.end(),
                                              [&](const Candidate& candidate) {
                                                  return candidate.model != begin->model;
                                              })
                               : candidates.end();
        std::stable_sort(begin, end, before);
        begin = end;
    }
}

Result<void> heedRules(const RouteAsk& ask, const std::vector<Offer>& offers,
                       const std::vector<Alias>& aliases, RouteDecision& decision) {
    if (ask.rules == nullptr || !ask.rules->any())
        return {};
    if (auto ok = leaveOutForbidden(ask, offers, decision); !ok)
        return ok;
    const bool named = !ask.model.starts_with("auto") &&
                       std::none_of(aliases.begin(), aliases.end(),
                                    [&ask](const Alias& a) { return a.name == ask.model; });
    orderByRules(ask, offers, named, decision.candidates);
    for (Candidate& candidate : decision.candidates)
        candidate.reason += "; " + ask.rules->titles();
    return {};
}

}  // namespace

Result<RouteDecision> route(const RouteAsk& ask, const std::vector<Offer>& offers,
                            const std::vector<Alias>& aliases, const std::string& defaultModel) {
    Search search(ask, offers, aliases, defaultModel);
    bool known = search.resolve(ask.model, "named");
    if (ask.fallbacks != nullptr) {
        for (const std::string& name : *ask.fallbacks)
            known = search.resolve(name, "fallback in the request") || known;
    }
    RouteDecision& decision = search.decision;
    if (!known) {
        return failField(ErrorCode::ModelNotFound, "model",
                         "No provider offers the model " + quoted(ask.model) +
                             ". GET /v1/models lists what is offered.");
    }
    if (ask.allowedModels != nullptr && !everything(*ask.allowedModels)) {
        const auto outside = [&](const Candidate& c) {
            return !allowed(*ask.allowedModels, offers[c.offer], c.model);
        };
        const bool any = !decision.candidates.empty() || search.forbidden;
        std::erase_if(decision.candidates, outside);
        if (any && decision.candidates.empty()) {
            return failField(
                ErrorCode::ModelForbidden, "model",
                (ask.client.empty() ? "This client key" : "The client key " + quoted(ask.client)) +
                    " may not use the model " + quoted(ask.model) + ".");
        }
    }
    if (decision.candidates.empty()) {
        return failField(ErrorCode::NoCandidate, "model",
                         "No provider can answer for " + quoted(ask.model) + " now." +
                             whyNobody(decision.rejected));
    }
    if (auto ok = heedRules(ask, offers, aliases, decision); !ok)
        return fail(ok.error());
    if (!ask.fallback)
        decision.candidates.resize(1);
    return std::move(decision);
}

}  // namespace gr::routing
