// SPDX-License-Identifier: MIT
#include "protocol/billing.h"

#include "protocol/json_member.h"

namespace gr::protocol {
namespace {

constexpr std::int64_t kPicoPerTick = 100;

std::optional<Money> dollarsOf(const json::Object& object, std::string_view key) {
    return Money::nearest(rawOf(object, key));
}

}  // namespace

std::optional<Money> reportedCost(const json::Object& usage) {
    if (const auto ticks = plausible(integerOf(usage, "cost_in_usd_ticks")))
        return Money::fromPico(*ticks).times(kPicoPerTick);
    const auto cost = dollarsOf(usage, "cost");
    const auto details = childOf(usage, "cost_details");
    if (!cost || !details || rawOf(usage, "is_byok") != "true")
        return cost;
    return cost->plus(dollarsOf(*details, "upstream_inference_cost").value_or(Money()));
}

ServiceTier servedAs(const json::Object& answer) {
    return serviceTierNamed(plainOf(answer, "service_tier"));
}

}  // namespace gr::protocol
