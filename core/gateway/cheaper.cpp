// SPDX-License-Identifier: MIT
#include "gateway/cheaper.h"

#include <algorithm>

namespace gr::gateway {
namespace {

constexpr std::size_t kMost = 5;
constexpr std::string_view kReason = "cheaper: a limit has no room";

struct Choice {
    routing::Candidate candidate;
    bool here = false;  // at the same provider
    Money cost;
};

// Of a thousand tokens in and out; absent where it is not known.
std::optional<Money> costOf(const Quote& quote, UnixMs now) {
    if (quote.free)
        return Money();
    if (!quote.price)
        return std::nullopt;
    const catalog::Bounds thousand{.inputTokens = 1'000,
                                   .outputTokens = 1'000,
                                   .cacheWrite5m = false,
                                   .cacheWrite1h = false,
                                   .audioInput = false,
                                   .audioOutput = false};
    return catalog::worstCase(*quote.price, thousand, now);
}

bool isAllowed(const std::vector<std::string>& patterns, const std::string& provider,
               const std::string& model) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return matchesPattern(pattern, model) || matchesPattern(pattern, provider + "/" + model);
    });
}

std::vector<routing::Candidate> named(const Snapshot& snapshot, const TooDear& dear,
                                      const std::vector<std::string>& allowedModels,
                                      const routing::RuleEffect& rules,
                                      const routing::AutoSource& autos) {
    const settings::Routing& routing = snapshot.policy->routing;
    const std::vector<std::string> rest(routing.cheaper.begin() + 1, routing.cheaper.end());
    routing::RouteAsk question{routing.cheaper.front(), &rest, &allowedModels, true};
    question.rules = &rules;
    question.autos = autos ? &autos : nullptr;
    auto decision =
        routing::route(question, snapshot.offers, snapshot.aliases, routing.defaultModel);
    if (!decision)
        return {};
    std::erase_if(decision->candidates, [&dear](const routing::Candidate& candidate) {
        return candidate.offer == dear.provider && candidate.model == dear.model;
    });
    for (routing::Candidate& candidate : decision->candidates)
        candidate.reason = kReason;
    return std::move(decision->candidates);
}

}  // namespace

std::vector<routing::Candidate> cheaperThan(const Snapshot& snapshot, const TooDear& dear,
                                            const std::vector<std::string>& allowedModels,
                                            UnixMs now, const routing::RuleEffect& rules,
                                            const routing::AutoSource& autos) {
    if (!snapshot.policy->routing.cheaper.empty())
        return named(snapshot, dear, allowedModels, rules, autos);
    const auto most = costOf(snapshot.quoteFor(dear.provider, dear.model), now);
    std::vector<Choice> choices;
    for (std::size_t i = 0; i < snapshot.offers.size(); ++i) {
        const routing::Offer& offer = snapshot.offers[i];
        if (!offer.usable)
            continue;
        for (const std::string& model : offer.models) {
            const Quote quote = snapshot.quoteFor(i, model);
            const auto cost = costOf(quote, now);
            const bool fits =
                !quote.context || static_cast<std::int64_t>(*quote.context) >= dear.inputTokens;
            if (quote.capable && cost && (!most || *cost < *most) && fits &&
                (!dear.images || quote.takes.has(catalog::Media::Image)) &&
                isAllowed(allowedModels, offer.provider, model) &&
                !objectionTo(rules, {offer.provider, model, offer.local}))
                choices.push_back({{i, model, std::string(kReason)}, i == dear.provider, *cost});
        }
    }
    std::stable_sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) {
        return a.here != b.here ? a.here : b.cost < a.cost;
    });
    const auto cheapest =
        std::min_element(choices.begin(), choices.end(),
                         [](const Choice& a, const Choice& b) { return a.cost < b.cost; });
    std::vector<routing::Candidate> out;
    for (const Choice& choice : choices) {
        if (out.size() + 1 < kMost && &choice != &*cheapest)
            out.push_back(choice.candidate);
    }
    if (cheapest != choices.end())
        out.push_back(cheapest->candidate);
    return out;
}

}  // namespace gr::gateway
