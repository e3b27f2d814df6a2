// SPDX-License-Identifier: MIT
#include "gateway/recall.h"

#include <algorithm>

#include "gateway/rule_desk.h"
#include "routing/trace.h"

namespace gr::gateway {

const ClientEntry* clientOf(const Policy& policy, const std::string& id) {
    const auto it = std::find_if(policy.clients.begin(), policy.clients.end(),
                                 [&id](const ClientEntry& client) { return client.id == id; });
    return it == policy.clients.end() ? nullptr : &*it;
}

void adapt(routing::Prediction& prediction, const routing::Scorer& scorer) {
    if (prediction.known.size() == scorer.models().size())
        return;
    prediction.confidence = 0;
    prediction.known.assign(scorer.models().size(), 0.5F);
}

std::optional<Recalled> recall(const ledger::RequestRecord& record, const Snapshot& snapshot) {
    if (record.settlement || record.client.empty())
        return std::nullopt;
    Recalled out;
    routing::Known& known = out.known;
    if (auto trace = routing::unpackTrace(record.features)) {
        out.facts = std::move(trace->facts);
        out.traced = true;
        known.body = known.tokens = known.session = true;
        known.prediction = !out.facts.prediction.known.empty();
        known.secret = trace->secretsSought;
        known.code = trace->codeSought;
        known.language = trace->languageSought;
    } else if (const auto input = record.tokens.inputTotal()) {
        out.facts.promptTokens = *input;
        known.tokens = true;
    }
    out.facts.client = record.client;
    out.facts.model = record.askedModel;
    out.facts.hour = hourOf(snapshot.policy->routing, record.startedAt);
    return out;
}

}  // namespace gr::gateway
