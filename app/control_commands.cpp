// SPDX-License-Identifier: MIT
#include "app/control_commands.h"

#include <unistd.h>

#include "json/scan.h"
#include "json/writer.h"

namespace gr::app {
namespace {

using gateway::GatewayStatus;

std::string failure(const Error& error) {
    json::Writer out;
    out.object().key("ok").boolean(false).key("error").string(error.message.text);
    return out.key("code").string(errorInfo(error.code).slug).end().take();
}

std::string done() {
    return R"({"ok":true})";
}

std::string member(const json::Object& object, std::string_view key) {
    const json::Member* m = object.find(key);
    return m != nullptr && m->type == json::Type::String ? json::unescape(object.raw(*m))
                                                         : std::string();
}

void timeOrNull(json::Writer& out, const std::optional<UnixMs>& time) {
    if (time)
        out.number(time->value);
    else
        out.null();
}

std::string stateName(GatewayStatus::State state) {
    switch (state) {
        case GatewayStatus::State::Running:
            return "running";
        case GatewayStatus::State::Starting:
            return "starting";
        case GatewayStatus::State::Stopping:
            return "stopping";
        case GatewayStatus::State::Failed:
            return "failed";
        case GatewayStatus::State::Stopped:
            break;
    }
    return "stopped";
}

std::string status(const gateway::GatewayHost& host) {
    const GatewayStatus now = host.status();
    json::Writer out;
    out.object().key("ok").boolean(true).key("state").string(stateName(now.state));
    out.key("address").string(now.address).key("port").number(now.port);
    return out.key("pid").number(::getpid()).end().take();
}

std::string listKeys(Engine& engine) {
    const auto keys = engine.ledger().clientKeys();
    if (!keys)
        return failure(keys.error());
    json::Writer out;
    out.object().key("ok").boolean(true).key("keys").array();
    for (const ledger::ClientKey& key : *keys) {
        out.object().key("id").string(key.id).key("created").number(key.createdAt.value);
        out.key("expires");
        timeOrNull(out, key.expiresAt);
        out.key("revoked");
        timeOrNull(out, key.revokedAt);
        out.end();
    }
    return out.end().end().take();
}

// New keys and settings reach the gateway at once.
Result<void> applyPolicy(Engine& engine, gateway::GatewayHost& host) {
    auto policy = engine.policy();
    if (!policy)
        return fail(policy.error());
    host.apply(std::move(*policy));
    return {};
}

std::string keyAnswer(const Secret& key) {
    json::Writer out;
    return out.object().key("ok").boolean(true).key("key").string(key.reveal()).end().take();
}

}  // namespace

std::string answerControl(std::string_view line, Engine& engine, gateway::GatewayHost& host,
                          const std::function<void()>& stop) {
    const auto request = json::scanObject(line);
    if (!request)
        return failure(request.error());
    const std::string command = member(*request, "command");
    const std::string id = member(*request, "id");
    Result<void> result;
    if (command == "status")
        return status(host);
    if (command == "keys.list")
        return listKeys(engine);
    if (command == "stop") {
        stop();
        return done();
    }
    if (command == "keys.create" || command == "session_key") {
        Result<Secret> key = command == "session_key"
                                 ? Result<Secret>(engine.addSessionKey(id, {"*"}))
                                 : engine.createClientKey(id);
        if (!key)
            return failure(key.error());
        if (auto applied = applyPolicy(engine, host); !applied)
            return failure(applied.error());
        return keyAnswer(*key);
    }
    if (command == "keys.revoke")
        result = engine.ledger().revokeClientKey(id, SystemClock().now());
    else if (command == "keys.restore")
        result = engine.ledger().restoreClientKey(id);
    else if (command == "reload")
        result = engine.reload();
    else
        result = fail(ErrorCode::BadRequest, "The command \"" + command + "\" is unknown.");
    if (result)
        result = applyPolicy(engine, host);
    return result ? done() : failure(result.error());
}

}  // namespace gr::app
