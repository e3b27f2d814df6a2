// SPDX-License-Identifier: MIT
#pragma once

#include "base/token_usage.h"
#include "json/scan.h"

// What providers say of money beside the tokens. Pure.
namespace gr::protocol {

// The cost in a `usage` of OpenAI's forms: OpenRouter's `cost` in US dollars (with what the user's
// own key paid upstream, where one was used), xAI's `cost_in_usd_ticks` (1e10 for a dollar).
// Whether this provider is believed is the dialect's question (`reportsCost`).
std::optional<Money> reportedCost(const json::Object& usage);

// `service_tier` of an answer.
ServiceTier servedAs(const json::Object& answer);

}  // namespace gr::protocol
