// SPDX-License-Identifier: MIT
#include "gateway/rule_desk.h"

#include "base/text.h"
#include "routing/detect.h"

namespace gr::gateway {

int hourOf(const settings::Routing& routing, UnixMs when) {
    constexpr std::int64_t kHour = 3'600'000;
    constexpr std::int64_t kDay = 24 * kHour;
    const std::int64_t local = when.value + (routing.zone ? routing.zone->offsetAt(when.value) : 0);
    return static_cast<int>((local % kDay + kDay) % kDay / kHour);
}

routing::RuleEffect askRules(const Snapshot& snapshot, const RuledRequest& request,
                             routing::RequestFacts& facts) {
    const routing::NeededFacts& needed = snapshot.neededFacts;
    routing::detect(facts, needed, request.body, request.json);
    if (needed.prediction && facts.prediction.known.empty() && snapshot.scorer) {
        routing::Features room;
        facts.prediction = snapshot.scorer->predict(facts.lastUser, facts.toolCount, room);
    }
    for (const http::Fields::Field& field : request.headers.all()) {
        for (const std::string& name : needed.headers) {
            if (equalsIgnoreCase(field.name, name))
                facts.headers.emplace_back(name, trim(field.value));
        }
    }
    return recallRules(snapshot, request.now, facts);
}

routing::RuleEffect recallRules(const Snapshot& snapshot, UnixMs when,
                                routing::RequestFacts& facts) {
    const settings::Routing& routing = snapshot.policy->routing;
    if (snapshot.neededFacts.hour)
        facts.hour = hourOf(routing, when);
    return routing::applyRules(routing.rules, facts);
}

Result<void> checkRefusal(const routing::RuleEffect& effect) {
    if (!effect.refuse)
        return {};
    return fail(ErrorCode::RuleRefused, std::string(effect.refuse->second) + " (" +
                                            effect.titleOf(effect.refuse->first) +
                                            " of this gateway)");
}

void tightenMaximum(const routing::RuleEffect& effect, protocol::Wishes& wishes) {
    if (!effect.maxCost || (wishes.maxCost && *wishes.maxCost <= effect.maxCost->second))
        return;
    wishes.maxCost = effect.maxCost->second;
    wishes.maxCostOf = effect.titleOf(effect.maxCost->first);
}

std::string_view routedModel(const routing::RuleEffect& effect, std::string_view asked) {
    return effect.alias ? effect.alias->second : asked;
}

}  // namespace gr::gateway
