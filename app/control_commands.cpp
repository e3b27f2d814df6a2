// SPDX-License-Identifier: MIT
#include "app/control_commands.h"

#include <errno.h>
#include <unistd.h>

#include <array>

#include "app/control_line.h"
#include "app/experience_control.h"
#include "app/ledger_control.h"
#include "app/limit_control.h"
#include "app/payment_control.h"
#include "app/play_money.h"
#include "app/wallet_control.h"
#include "base/time_text.h"
#include "json/scan.h"
#include "json/writer.h"

namespace gr::app {
namespace {

// What a client key can be given, and what holds for one that was given nothing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kScopeDefaults{
    {{"models", R"(["*"])"}, {"limits", "[]"}, {"allow_unpriced", "false"}}};

using gateway::GatewayStatus;
using settings::SecretStore;

Secret secretMember(const json::Object& object, std::string_view key) {
    std::string text = member(object, key);
    Secret secret(text);
    wipe(text.data(), text.size());
    return secret;
}

void timeOrNull(json::Writer& out, const std::optional<UnixMs>& time) {
    if (time)
        out.number(time->value);
    else
        out.null();
}

std::string_view stateName(GatewayStatus::State state) {
    constexpr std::array<std::string_view, 5> kNames{"stopped", "starting", "running", "stopping",
                                                     "failed"};
    return kNames[static_cast<std::size_t>(state)];
}

std::string_view vaultName(SecretStore::State state) {
    // Of one that is sealed, what is not the wallet's is open.
    constexpr std::array<std::string_view, 6> kNames{
        "none", "needs_keychain", "needs_passphrase", "damaged", "open", "open"};
    return kNames[static_cast<std::size_t>(state)];
}

std::string status(const ControlParts& parts) {
    const GatewayStatus now = parts.host.status();
    Engine& engine = parts.engine;
    json::Writer out;
    out.object().key("ok").boolean(true).key("state").string(stateName(now.state));
    out.key("address").string(now.address).key("port").number(now.port);
    out.key("pid").number(::getpid()).key("program").string(::program_invocation_short_name);
    out.key("version").string(GR_VERSION).key("sandbox").boolean(engine.sandbox());
    out.key("config").string(std::filesystem::absolute(engine.paths().configFile).string());
    const ledger::Location& books = engine.ledgerLocation();
    out.key("ledger").string(books.isPostgres() ? books.name()
                                                : std::filesystem::absolute(books.file()).string());
    out.key("vault").string(vaultName(engine.secrets().state())).key("simulated").array();
    for (const gateway::ProviderEntry& provider : engine.simulatedProviders()) {
        out.object().key("id").string(provider.id).key("kind").string(provider.kind);
        out.key("base_url").string(provider.baseUrl).key("models").array();
        for (const std::string& model : provider.models)
            out.string(model);
        out.end().end();
    }
    out.end();
    if (const sandbox::SandboxServer* const server = engine.sandboxServer())
        write(out.key("play"), playMoneyOf(*server));
    return out.end().take();
}

// What a key may do, as it stands in the ledger or by default.
void writeScope(json::Writer& out, const std::string& scope) {
    const auto members = json::scanObject(scope);  // fails on none
    for (const auto& [name, otherwise] : kScopeDefaults) {
        const json::Member* const own = members ? members->find(name) : nullptr;
        out.key(name).raw(own != nullptr ? members->raw(*own) : otherwise);
    }
}

std::string listKeys(Engine& engine) {
    const auto keys = engine.ledger().clientKeys();
    if (!keys)
        return failure(keys.error());
    const auto programs = engine.ledger().keyPrograms();
    if (!programs)
        return failure(programs.error());
    json::Writer out;
    out.object().key("ok").boolean(true).key("keys").array();
    for (const ledger::ClientKey& key : *keys) {
        out.object().key("id").string(key.id).key("created").number(key.createdAt.value);
        out.key("expires");
        timeOrNull(out, key.expiresAt);
        out.key("revoked");
        timeOrNull(out, key.revokedAt);
        writeScope(out, key.scope);
        out.end();
    }
    out.end().key("programs").array();
    for (const ledger::KeyProgram& program : *programs) {
        out.object().key("client").string(program.client).key("program").string(program.program);
        out.key("pid").number(program.pid).key("first").number(program.firstSeen.value);
        out.key("last").number(program.lastSeen.value).end();
    }
    return out.end().end().take();
}

// New keys and settings reach the gateway at once.
Result<void> applyPolicy(const ControlParts& parts) {
    auto policy = parts.engine.policy();
    if (!policy)
        return fail(policy.error());
    parts.host.apply(std::move(*policy));
    return {};
}

// The members of a request that say what a new key may do, as one object; empty: none is there.
std::string scopeIn(const json::Object& request) {
    json::Writer scope;
    scope.object();
    bool any = false;
    for (const auto& [name, otherwise] : kScopeDefaults) {
        const json::Member* const own = request.find(name);
        if (own == nullptr || own->type == json::Type::Null)
            continue;
        scope.key(name).raw(request.raw(*own));
        any = true;
    }
    return any ? scope.end().take() : std::string();
}

Result<std::optional<UnixMs>> endIn(const json::Object& request) {
    const json::Member* const end = request.find("expires");
    if (end == nullptr || end->type == json::Type::Null)
        return std::optional<UnixMs>();
    if (const auto ms = numberMember(request, "expires"))
        return std::optional(UnixMs{*ms});
    if (const auto time = parseTime(member(request, "expires")))
        return std::optional(*time);
    return failField(ErrorCode::InvalidField, "expires",
                     "expires must be a date such as \"2027-01-31\", a time such as "
                     "\"2027-01-31T12:00:00Z\", or milliseconds since 1970.");
}

Result<Secret> newKey(Engine& engine, const json::Object& request) {
    const auto end = endIn(request);
    if (!end)
        return fail(end.error());
    return engine.createClientKey(member(request, "id"), *end, scopeIn(request));
}

std::string makeKey(const ControlParts& parts, const json::Object& request, bool forSession) {
    const Result<Secret> key =
        forSession ? Result<Secret>(parts.engine.addSessionKey(member(request, "id"), {"*"}))
                   : newKey(parts.engine, request);
    if (!key)
        return failure(key.error());
    if (auto applied = applyPolicy(parts); !applied)
        return failure(applied.error());
    json::Writer out;
    return out.object().key("ok").boolean(true).key("key").string(key->reveal()).end().take();
}

Result<void> reload(const ControlParts& parts) {
    if (auto loaded = parts.engine.configuration().reload(); !loaded)
        return loaded;
    // A vault that is new to this process.
    if (parts.engine.secrets().state() == SecretStore::State::NeedsKeychain && parts.askKeychain)
        parts.askKeychain();
    return applyPolicy(parts);
}

Result<void> restart(const ControlParts& parts) {
    if (auto loaded = parts.engine.configuration().reload(); !loaded)
        return loaded;
    parts.engine.dropPortOverride();
    auto policy = parts.engine.policy();
    if (!policy)
        return fail(policy.error());
    const GatewayStatus before = parts.host.status();
    parts.host.stop();
    const auto started = parts.host.start(*policy);
    if (started || before.state != GatewayStatus::State::Running)
        return started;
    auto back = std::make_shared<gateway::Policy>(**policy);
    back->listen.address = before.address;
    back->listen.port = before.port;
    if (!parts.host.start(std::move(back)))
        return started;
    Error error = started.error();
    error.message.text += " The gateway goes on at port " + std::to_string(before.port) + ".";
    return fail(std::move(error));
}

Result<void> unlock(const ControlParts& parts, const Secret& passphrase) {
    SecretStore& secrets = parts.engine.secrets();
    if (auto fresh = secrets.refresh(); !fresh)
        return fresh;
    if (secrets.state() == SecretStore::State::NeedsPassphrase ||
        secrets.state() == SecretStore::State::Sealed) {
        if (auto opened = secrets.unlockWithPassphrase(passphrase); !opened)
            return opened;
    }
    return applyPolicy(parts);
}

Result<void> lockWallet(const ControlParts& parts) {
    if (auto locked = parts.engine.walletLock().lock(); !locked)
        return locked;
    return applyPolicy(parts);
}

Result<void> holdKey(const ControlParts& parts, const json::Object& request) {
    parts.engine.holdProviderKey(member(request, "id"), secretMember(request, "key"),
                                 member(request, "origin"));
    return applyPolicy(parts);
}

Result<void> setRevoked(const ControlParts& parts, const std::string& id, bool revoked) {
    ledger::Ledger& books = parts.engine.ledger();
    auto result =
        revoked ? books.revokeClientKey(id, SystemClock().now()) : books.restoreClientKey(id);
    return result ? applyPolicy(parts) : result;
}

// Everything that is answered at once.
std::string answerNow(const std::string& command, const json::Object& request,
                      const ControlParts& parts) {
    if (command == "status")
        return status(parts);
    if (command == "keys.list")
        return listKeys(parts.engine);
    if (command == "keys.create" || command == "session_key")
        return makeKey(parts, request, command == "session_key");
    if (command == "keys.revoke" || command == "keys.restore")
        return answerOf(setRevoked(parts, member(request, "id"), command == "keys.revoke"));
    if (auto answer = answerLimits(command, request, parts.host))
        return std::move(*answer);
    if (auto answer = answerPayments(command, request, parts.host))
        return std::move(*answer);
    if (command == "wallet")
        return walletLine(parts.engine.walletLock().facts());
    if (command == "wallet.lock")
        return answerSaying(lockWallet(parts),
                            "The wallet is locked: nothing is paid until it is unlocked "
                            "(gaterouterd wallet unlock).");
    if (auto answer = answerExperience(command, parts.host))
        return std::move(*answer);
    if (command == "ledger.settle")
        return answerOf(settleByHand(parts.engine, parts.host, member(request, "id"),
                                     member(request, "amount")));
    if (command == "reload")
        return answerOf(reload(parts));
    if (command == "restart")
        return answerOf(restart(parts));
    if (command == "vault.unlock")
        return answerSaying(unlock(parts, secretMember(request, "passphrase")),
                            "The vault is open.");
    if (command == "hold_key")
        return answerOf(holdKey(parts, request));
    if (command == "cancel")
        parts.host.cancel(member(request, "id"));
    else if (command == "find_servers")
        parts.host.lookForServers();
    else if (command == "stop")
        parts.stop();
    else
        return failure(Error(ErrorCode::BadRequest, "The command \"" + command + "\" is unknown."));
    return done();
}

}  // namespace

void answerControl(std::string_view line, const ControlParts& parts,
                   gateway::ControlServer::Answer answer) {
    const auto request = json::scanObject(line);
    if (!request)
        return answer(failure(request.error()));
    const std::string command = member(*request, "command");
    if (command == "events" && parts.feed != nullptr) {
        const auto since = numberMember(*request, "since").value_or(0);
        return parts.feed->ask(static_cast<std::uint64_t>(since), std::move(answer));
    }
    answer(answerNow(command, *request, parts));
}

}  // namespace gr::app
