// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "gateway/policy.h"
#include "routing/trace.h"
#include "support/ledger_fixture.h"
#include "support/menu_fixture.h"

// A small world and requests that went through it, for tests of what the books still know.
namespace gr::gateway::test {

inline ProviderEntry replayProvider(const std::string& id, const std::string& model,
                                    const routing::test::Rates& usd) {
    ProviderEntry entry;
    entry.id = id;
    entry.kind = "openai";
    entry.dialect = "openai";
    entry.baseUrl = "https://" + id + ".example";
    entry.models = {model};
    auto prices = std::make_shared<PriceList>();
    Quote quote;
    quote.price = routing::test::priceOf(usd);
    prices->add(model, quote);
    entry.prices = std::move(prices);
    return entry;
}

// Two providers whose keys are not at hand, and `auto` stands for `all`.
inline Policy policyWith(const std::string& all) {
    Policy policy;
    policy.providers = {replayProvider("dear", "big", {10, 40, 1}),
                        replayProvider("cheap", "small", {1, 4, 0.1})};
    policy.routing.defaultModel = all;
    return policy;
}

// A request for `auto` that "dear/big" answered: 10,000 tokens in, 500 out, for $0.12.
inline ledger::RequestRecord answered(int second, routing::RequestFacts facts = {},
                                      const char* asked = "auto") {
    ledger::RequestRecord record;
    record.id = "req_" + std::to_string(second);
    record.startedAt = {gr::test::kNoon.value + second * 1'000};
    record.client = "me";
    record.endpoint = "chat.completions";
    record.askedModel = asked;
    record.provider = "dear";
    record.model = "big";
    record.tokens = {.input = 10'000, .output = 500};
    record.cost = Money::parse("0.12");
    record.totalMs = 9'000;
    facts.promptTokens = 10'000;
    record.features = routing::packTrace({.facts = facts});
    return record;
}

}  // namespace gr::gateway::test
