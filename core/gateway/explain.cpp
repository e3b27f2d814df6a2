// SPDX-License-Identifier: MIT
#include "gateway/explain.h"

#include "gateway/policy_builder.h"
#include "json/writer.h"
#include "protocol/ask.h"
#include "routing/facts_reader.h"

namespace gr::gateway {
namespace {

void writeRow(json::Writer& out, std::string_view provider, std::string_view model,
              std::string_view reason) {
    out.object().key("provider").string(provider).key("model").string(model);
    out.key("reason").string(reason).end();
}

}  // namespace

Result<std::string> explainRoute(std::string_view body, const Snapshot& snapshot,
                                 const ClientEntry* client) {
    const auto ask = protocol::readAsk(protocol::Protocol::OpenAiChat, body);
    if (!ask)
        return fail(ask.error());
    const settings::Routing& rules = snapshot.policy->routing;
    routing::RouteAsk question{ask->model, &ask->fallbacks, nullptr, rules.fallback};
    if (client != nullptr) {
        question.allowedModels = &client->models;
        question.client = client->id;
    }
    auto decision = routing::route(question, snapshot.offers, snapshot.aliases, rules.defaultModel);
    if (!decision)
        return fail(decision.error());
    snapshot.leaveOutUnable(*decision, routing::readFacts(*ask, body, {}));
    json::Writer out;
    out.object().key("model").string(ask->model).key("candidates").array();
    for (const routing::Candidate& candidate : decision->candidates) {
        writeRow(out, snapshot.offers[candidate.offer].provider, candidate.model, candidate.reason);
    }
    out.end().key("rejected").array();
    for (const routing::Rejected& rejected : decision->rejected)
        writeRow(out, rejected.provider, rejected.model, rejected.reason);
    return out.end().end().take();
}

Result<std::string> explainRoute(std::string_view body, const settings::Settings& settings,
                                 const catalog::Catalog& catalog, settings::SecretSource& secrets) {
    BuiltPolicy built = buildPolicy(settings, catalog, secrets, {});
    const SnapshotPtr snapshot =
        makeSnapshot(std::make_shared<const Policy>(std::move(built.policy)));
    return explainRoute(body, *snapshot, nullptr);
}

}  // namespace gr::gateway
