// SPDX-License-Identifier: MIT
// The part of the scripted backend that is about routing. What it says of a configuration is what
// the real reader says.
#include <QTimer>

#include "fake_backend.h"
#include "settings/settings_edit.h"
#include "settings/settings_file.h"

namespace gr::ui {

void FakeBackend::fillRouting() {
    routeTold = R"({"model":"auto","candidates":[
        {"provider":"openai","model":"gpt-5.4-mini","reason":"auto: math, quality 0.81, about $0.0021",
         "expected_cost":"0.0021","worst_cost":"0.064","first_token_ms":310,"quality":0.81,
         "measured":true,"seconds":1.4,"speed_seen":true,"cached_tokens":0,"rests":false,
         "contributions":{"quality":0.81,"cost":-0.031,"latency":-0.017,"session":0,"rules":0},
         "score":0.762},
        {"provider":"openai","model":"gpt-5.4","reason":"auto: next","expected_cost":"0.021",
         "worst_cost":null,"first_token_ms":null,"quality":0.9,"measured":true,"seconds":2.2,
         "contributions":{"quality":0.9,"cost":-0.213,"latency":-0.032},"score":0.655}],
        "rejected":[{"provider":"ollama","model":"qwen3:8b",
         "reason":"Its context of 40,960 tokens is too short for this request."},
         {"provider":"groq","model":"llama-3.3-70b","reason":"Others can do as much for less."}],
        "facts":{"prompt_tokens":11,"domain":"math","difficulty":0.62,"confidence":0.8},
        "preference":0.35,"dial":{"weight":0.4,"strong_share":0.36,"saving":0.58},
        "flips":[{"what":"preference","from":0.35,"to":0.62,"choice":"openai/gpt-5.4"}]})";
    traffic = {.requests = 1'204,
               .rules = {{.hits = 3, .untold = 1'120}, {.hits = 214, .untold = 0}, {}},
               .compared = 1'204,
               .affected = 145};
    routingFile = R"({
  "routing": {
    "default": "auto", "preference": 0.35, // a little cheaper
    "aliases": {
      "fast": ["groq/llama-3.3-70b", "openai/gpt-5.4-mini"],
      "careful": ["anthropic/claude-haiku-4-5", "openai/gpt-5.4"]
    },
    "rules": [
      { "name": "secrets stay here", "if": { "has_secret": true }, "then": { "local_only": true } },
      {
        "name": "long prompts",
        "if": { "client": ["cursor", "editor"], "prompt_tokens_over": 50000 },
        "then": { "prefer_models": ["openai/gpt-5.4"], "max_cost": "0.10" }
      },
      // for the holidays
      { "name": "cheap at night", "enabled": false, "if": { "hours": ["22-6"] },
        "then": { "prefer_models": ["*-mini", "*-nano"] } }
    ],
    "x-mine": { "kept": true }
  }
}
)";
}

// Beside the providers and clients of the script, so that rules may name them.
std::vector<RoutingFinding> FakeBackend::checkRouting(const std::string& document) const {
    std::vector<settings::JsonNode> all;
    for (const ProviderInfo& info : providerList) {
        settings::Provider provider;
        provider.id = info.id;
        provider.kind = info.kind;
        provider.baseUrl = info.baseUrl;
        provider.keys.emplace();
        all.push_back(settings::toJson(provider));
    }
    std::vector<settings::JsonNode> clients;
    for (const ClientKeyInfo& info : keys) {
        settings::Client client;
        client.id = info.id;
        client.keySha256 = std::string(32, static_cast<char>(clients.size()));
        clients.push_back(settings::toJson(client));
    }
    std::string whole = document;
    for (auto& [name, list] : {std::pair("providers", std::move(all)), {"clients", clients}}) {
        whole = settings::withValue(whole, {name}, settings::jsonArray(list)).value_or(whole);
    }
    std::vector<RoutingFinding> findings;
    if (const auto read = settings::readSettings(whole, catalog::Catalog())) {
        for (const settings::Problem& problem : read->problems) {
            if (problem.path.starts_with("$.routing")) {
                findings.push_back({.error = problem.severity == settings::Problem::Severity::Error,
                                    .path = problem.path,
                                    .message = problem.message});
            }
        }
    }
    return findings;
}

void FakeBackend::applyRouting(QObject* context, const std::string& before,
                               const std::string& after, Reply<void> reply) {
    command(QStringLiteral("apply routing"));
    if (before != routingFile) {
        nextError = Error(ErrorCode::ConfigChanged, "It was changed by another program.");
    }
    answer(context, std::move(reply), [&] {
        routingFile = after;
        emit settingsChanged();
    });
}

void FakeBackend::replayRouting(QObject*, const std::string& document, int, ExportProgress progress,
                                Reply<gateway::ReplayReport> reply) {
    replaying = {document, std::move(progress), std::move(reply)};
}

void FakeBackend::cancelReplay() {
    command(QStringLiteral("cancel replay"));
    replaying->reply(fail(ErrorCode::Cancelled, "The replay was cancelled."));
}

void FakeBackend::explainRecorded(QObject* context, const std::string& document,
                                  const std::string& requestId, Reply<std::string> reply) {
    recordedAsked.emplace_back(document, requestId);
    const Result<std::string> told =
        routeError ? Result<std::string>(fail(*routeError)) : routeTold;
    QTimer::singleShot(0, context, [reply = std::move(reply), told] { reply(told); });
}

// Nothing is compared where nothing changed, as with the real one.
void FakeBackend::measureRouting(QObject* context, const std::string& before,
                                 const std::string& after, int,
                                 Reply<gateway::RoutingTraffic> reply) {
    trafficAsked.emplace_back(before, after);
    Result<gateway::RoutingTraffic> told = traffic;
    if (trafficError) {
        told = fail(*trafficError);
    } else if (before == after) {
        told->compared = told->affected = 0;
    }
    QTimer::singleShot(0, context, [reply = std::move(reply), told] { reply(told); });
}

void FakeBackend::explainRoute(QObject* context, const std::string& document,
                               const std::string& body, Reply<std::string> reply) {
    routesAsked.emplace_back(document, body);
    const Result<std::string> told =
        routeError ? Result<std::string>(fail(*routeError)) : routeTold;
    QTimer::singleShot(0, context, [reply = std::move(reply), told] { reply(told); });
}

}  // namespace gr::ui
