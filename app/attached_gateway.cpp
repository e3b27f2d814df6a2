// SPDX-License-Identifier: MIT
#include "app/attached_gateway.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "app/key_scope.h"
#include "app/limits_view.h"
#include "app/payments_view.h"
#include "app/wallet_control.h"
#include "base/log.h"
#include "gateway/feed_line.h"
#include "settings/data_directory.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

std::string textOf(const QJsonValue& value) {
    return value.toString().toStdString();
}

QString shown(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

gateway::GatewayStatus::State stateOf(const QString& name) {
    using State = gateway::GatewayStatus::State;
    const std::array<QLatin1StringView, 5> names{"stopped"_L1, "starting"_L1, "running"_L1,
                                                 "stopping"_L1, "failed"_L1};
    const auto it = std::ranges::find(names, name);
    return it == names.end() ? State::Stopped : static_cast<State>(it - names.begin());
}

ui::VaultState vaultOf(const QString& name) {
    return name == "needs_passphrase"_L1 ? ui::VaultState::Locked
           : name == "needs_keychain"_L1 ? ui::VaultState::KeychainClosed
                                         : ui::VaultState::Open;
}

// What a key may do, as the ledger keeps it.
std::string scopeIn(const QJsonObject& key) {
    const QJsonObject scope{{u"models"_s, key["models"_L1]}, {u"limits"_s, key["limits"_L1]}};
    return QJsonDocument(scope).toJson(QJsonDocument::Compact).toStdString();
}

std::optional<UnixMs> timeOf(const QJsonValue& value) {
    return value.isDouble() ? std::optional(UnixMs{value.toInteger()}) : std::nullopt;
}

std::vector<ledger::KeyProgram> programsIn(const QJsonArray& list) {
    std::vector<ledger::KeyProgram> programs;
    for (const QJsonValue& one : list) {
        programs.push_back({.client = textOf(one["client"_L1]),
                            .program = textOf(one["program"_L1]),
                            .pid = one["pid"_L1].toInteger(),
                            .firstSeen = timeOf(one["first"_L1]).value_or(UnixMs()),
                            .lastSeen = timeOf(one["last"_L1]).value_or(UnixMs())});
    }
    return programs;
}

}  // namespace

Result<GatewayFacts> readFacts(const QJsonObject& status) {
    GatewayFacts facts;
    facts.program = textOf(status["program"_L1]);
    facts.pid = status["pid"_L1].toInteger();
    const std::string version = textOf(status["version"_L1]);
    if (version != GR_VERSION) {
        return fail(ErrorCode::DataDirInUse,
                    "The gateway in the background (process " + std::to_string(facts.pid) +
                        ") is of version " + (version.empty() ? "0.1.0 or older" : version) +
                        " and does not understand this window, which is of version " GR_VERSION
                        ". End it with \"gaterouterd stop\", then start the same version of both.");
    }
    facts.status.state = stateOf(status["state"_L1].toString());
    facts.status.address = textOf(status["address"_L1]);
    facts.status.port = static_cast<std::uint16_t>(status["port"_L1].toInt());
    facts.sandbox = status["sandbox"_L1].toBool();
    facts.configFile = textOf(status["config"_L1]);
    facts.ledgerName = textOf(status["ledger"_L1]);
    facts.vault = vaultOf(status["vault"_L1].toString());
    for (const QJsonValue& one : status["simulated"_L1].toArray()) {
        gateway::ProviderEntry& entry = facts.simulated.emplace_back();
        entry.id = textOf(one["id"_L1]);
        entry.kind = textOf(one["kind"_L1]);
        entry.baseUrl = textOf(one["base_url"_L1]);
        entry.simulated = true;
        for (const QJsonValue& model : one["models"_L1].toArray()) {
            entry.models.push_back(textOf(model));
        }
    }
    return facts;
}

void AttachedGateway::find(ControlLink& link, std::function<void(Result<GatewayFacts>)> reply) {
    link.ask({{u"command"_s, u"status"_s}}, [&link, reply](const Result<QJsonObject>& status) {
        auto facts = status ? readFacts(*status) : Result<GatewayFacts>(fail(status.error()));
        if (!facts) {
            reply(std::move(facts));
            return;
        }
        link.ask({{u"command"_s, u"session_key"_s}, {u"id"_s, u"playground"_s}},
                 [reply, facts = *facts](const Result<QJsonObject>& made) mutable {
                     if (!made) {
                         reply(fail(made.error()));
                         return;
                     }
                     facts.sessionKey = (*made)["key"_L1].toString().toUtf8();
                     reply(std::move(facts));
                 });
    });
}

AttachedGateway::AttachedGateway(std::filesystem::path dataDir, GatewayFacts facts,
                                 const WatchPace& pace)
    : m_dataDir(std::move(dataDir)),
      m_pace(pace),
      m_link(shown((m_dataDir / "control.sock").string())) {
    m_link.setPatience(pace.patience);
    connect(&m_pulse, &QTimer::timeout, this, &AttachedGateway::askStatus);
    watch(std::move(facts));
}

gateway::GatewayStatus AttachedGateway::status() const {
    gateway::GatewayStatus status = m_facts.status;
    using Status = gateway::GatewayStatus::State;
    switch (m_state) {
        case State::Attached:
            if (m_stopAsked) {
                status.state = Status::Stopping;
            }
            break;
        case State::Silent:
            status.state = Status::Failed;
            status.error = Error(ErrorCode::Unreachable, "The running gateway does not answer.");
            break;
        case State::Stopped:
        case State::Ended:
            status.state = Status::Stopped;
            break;
    }
    return status;
}

settings::Listen AttachedGateway::listen() const {
    settings::Listen listen;
    listen.address = m_facts.status.address;
    listen.port = m_facts.status.port;
    return listen;
}

std::optional<ui::Background> AttachedGateway::background() const {
    return ui::Background{.state = m_state, .program = m_facts.program, .pid = m_facts.pid};
}

void AttachedGateway::enter(State state) {
    m_pulse.start(state == State::Attached ? m_pace.pulse : m_pace.search);
    if (m_state != state) {
        m_state = state;
        tellLog();
        emit statusChanged();
    }
}

void AttachedGateway::tellLog() const {
    const bool attached = m_state == State::Attached;
    log::write(attached ? LogLevel::Info : LogLevel::Warning,
               attached                   ? "background.attached"
               : m_state == State::Silent ? "background.silent"
                                          : "background.ended",
               {{"program", m_facts.program}, {"pid", std::to_string(m_facts.pid)}});
}

void AttachedGateway::watch(GatewayFacts facts) {
    const bool another = facts.pid != m_facts.pid;
    m_facts = std::move(facts);
    if (another && m_state == State::Attached) {
        tellLog();
        QTimer::singleShot(0, this, &GatewayDoor::statusChanged);
    }
    m_stopAsked = false;
    m_next = 0;
    ++m_round;
    m_watching = true;
    enter(State::Attached);
    askEvents();
    askKeys();
}

void AttachedGateway::askEvents() {
    m_link.askHeld({{u"command"_s, u"events"_s}, {u"since"_s, static_cast<qint64>(m_next)}},
                   [this, round = m_round](const Result<QByteArray>& line) {
                       if (round == m_round) {
                           takeEvents(line);
                       }
                   });
}

void AttachedGateway::takeEvents(const Result<QByteArray>& line) {
    const auto batch = line ? gateway::readFeedLine(std::string_view(
                                  line->constData(), static_cast<std::size_t>(line->size())))
                            : Result<gateway::FeedBatch>(fail(line.error()));
    if (!batch) {
        ++m_round;
        m_watching = false;
        askStatus();  // says whether it is gone, or only busy
        return;
    }
    m_next = batch->next;
    askEvents();
    if (batch->fresh) {
        emit exchangesMissed(batch->events);
    } else if (!batch->events.empty()) {
        emit exchangesArrived(batch->events);
    }
    if (batch->providers) {
        emit providersTold(*batch->providers);
    }
    if (batch->servers) {
        emit serversFound(*batch->servers);
    }
}

void AttachedGateway::askStatus() {
    if (std::exchange(m_askingStatus, true)) {
        return;
    }
    m_link.ask({{u"command"_s, u"status"_s}}, [this](const Result<QJsonObject>& status) {
        m_askingStatus = false;
        auto facts = status ? readFacts(*status) : Result<GatewayFacts>(fail(status.error()));
        if (!facts) {
            lost();
        } else if (facts->pid != m_facts.pid || !m_watching) {
            // Another one, or the same after a break: from the beginning, with a key of its own.
            find(m_link, [this](Result<GatewayFacts> found) {
                if (found) {
                    watch(std::move(*found));
                }
            });
        } else {
            take(std::move(*facts));
        }
    });
}

void AttachedGateway::take(GatewayFacts facts) {
    facts.sessionKey = m_facts.sessionKey;
    const bool same = facts.vault == m_facts.vault && facts.status.port == m_facts.status.port &&
                      facts.status.state == m_facts.status.state &&
                      facts.status.address == m_facts.status.address;
    m_facts = std::move(facts);
    if (!same && m_state == State::Attached) {
        emit statusChanged();
    }
    enter(State::Attached);
    askKeys();
}

void AttachedGateway::lost() {
    if (settings::DataDirectory::holder(m_dataDir) == static_cast<pid_t>(m_facts.pid)) {
        enter(State::Silent);
        return;
    }
    m_watching = false;
    enter(m_stopAsked || m_state == State::Stopped ? State::Stopped : State::Ended);
}

void AttachedGateway::askKeys() {
    m_link.ask({{u"command"_s, u"keys.list"_s}}, [this](const Result<QJsonObject>& answer) {
        if (!answer) {
            if (answer.error().code == ErrorCode::Unreachable) {
                lost();
            }
            return;
        }
        std::vector<ledger::ClientKey> keys;
        for (const QJsonValue& one : (*answer)["keys"_L1].toArray()) {
            keys.push_back({.id = textOf(one["id"_L1]),
                            .sha256 = {},
                            .createdAt = timeOf(one["created"_L1]).value_or(UnixMs()),
                            .expiresAt = timeOf(one["expires"_L1]),
                            .revokedAt = timeOf(one["revoked"_L1]),
                            .scope = scopeIn(one.toObject())});
        }
        const auto sight = [](const ledger::ClientKey& key) {
            return std::tie(key.id, key.expiresAt, key.revokedAt, key.scope);
        };
        std::vector<ledger::KeyProgram> programs = programsIn((*answer)["programs"_L1].toArray());
        const auto user = [](const ledger::KeyProgram& program) {
            return std::tie(program.client, program.program);
        };
        // When each was seen last changes with every connection, and is no news.
        const bool same = std::ranges::equal(keys, m_keys, {}, sight, sight) &&
                          std::ranges::equal(programs, m_programs, {}, user, user);
        m_keys = std::move(keys);
        m_programs = std::move(programs);
        if (!same) {
            emit clientKeysChanged();
        }
    });
}

void AttachedGateway::command(const QJsonObject& question, Reply<void> reply) {
    m_link.ask(question, [reply = std::move(reply)](const Result<QJsonObject>& answer) {
        reply(answer ? Result<void>() : Result<void>(fail(answer.error())));
    });
}

void AttachedGateway::start() {
    restart([](const Result<void>&) {});  // the status tells
}

void AttachedGateway::stop() {
    m_stopAsked = true;
    QTimer::singleShot(0, this, &GatewayDoor::statusChanged);
    command({{u"command"_s, u"stop"_s}}, [this](const Result<void>& done) {
        if (!done) {
            m_stopAsked = false;
            emit statusChanged();
        }
    });
}

void AttachedGateway::restart(Reply<void> reply) {
    command({{u"command"_s, u"restart"_s}}, std::move(reply));
    askStatus();
}

void AttachedGateway::cancel(const std::string& requestId) {
    command({{u"command"_s, u"cancel"_s}, {u"id"_s, shown(requestId)}}, [](const auto&) {});
}

void AttachedGateway::lookForServers() {
    command({{u"command"_s, u"find_servers"_s}}, [](const auto&) {});
}

void AttachedGateway::limits(Reply<ui::LimitsView> reply) {
    m_link.ask({{u"command"_s, u"limits"_s}}, [reply = std::move(reply)](
                                                  const Result<QJsonObject>& answer) {
        reply(answer ? readLimits(*answer) : Result<ui::LimitsView>(fail(answer.error())));
    });
}

void AttachedGateway::believeClock(Reply<void> reply) {
    command({{u"command"_s, u"limits.clock"_s}}, std::move(reply));
}

void AttachedGateway::answerQuestion(const std::string& id, bool goesOn, Reply<void> reply) {
    command({{u"command"_s, goesOn ? u"limits.allow"_s : u"limits.refuse"_s}, {u"id"_s, shown(id)}},
            std::move(reply));
}

void AttachedGateway::payments(Reply<ui::PaymentsView> reply) {
    m_link.ask({{u"command"_s, u"payments"_s}}, [reply = std::move(reply)](
                                                    const Result<QJsonObject>& answer) {
        reply(answer ? readPayments(*answer) : Result<ui::PaymentsView>(fail(answer.error())));
    });
}

void AttachedGateway::answerPayment(const std::string& id, std::optional<Money> approvedUpTo,
                                    Reply<void> reply) {
    QJsonObject question{{u"command"_s, approvedUpTo ? u"payments.approve"_s : u"payments.deny"_s},
                         {u"id"_s, shown(id)}};
    if (approvedUpTo) {
        question[u"always_up_to"_s] = shown(approvedUpTo->toDecimal());
    }
    command(question, std::move(reply));
}

void AttachedGateway::wallet(Reply<gateway::WalletFacts> reply) {
    m_link.ask({{u"command"_s, u"wallet"_s}}, [reply = std::move(reply)](
                                                  const Result<QJsonObject>& answer) {
        if (!answer) {
            reply(fail(answer.error()));
            return;
        }
        reply(readWalletLine(QJsonDocument(*answer).toJson(QJsonDocument::Compact).toStdString()));
    });
}

void AttachedGateway::pausePayments(bool paused, Reply<void> reply) {
    command({{u"command"_s, paused ? u"payments.pause"_s : u"payments.resume"_s}},
            std::move(reply));
}

void AttachedGateway::createClientKey(const ui::ClientKeyDraft& draft, Reply<Secret> reply) {
    QJsonObject question =
        QJsonDocument::fromJson(QByteArray::fromStdString(scopeOf(draft))).object();
    question[u"command"_s] = u"keys.create"_s;
    question[u"id"_s] = shown(draft.id);
    if (draft.expires) {
        question[u"expires"_s] = static_cast<qint64>(draft.expires->value);
    }
    m_link.ask(question, [reply = std::move(reply)](const Result<QJsonObject>& answer) {
        if (!answer) {
            reply(fail(answer.error()));
            return;
        }
        const QByteArray key = (*answer)["key"_L1].toString().toUtf8();
        reply(Secret(std::string_view(key.constData(), static_cast<std::size_t>(key.size()))));
    });
    askKeys();
}

void AttachedGateway::setClientKeyRevoked(const std::string& id, bool revoked, Reply<void> reply) {
    command({{u"command"_s, revoked ? u"keys.revoke"_s : u"keys.restore"_s}, {u"id"_s, shown(id)}},
            std::move(reply));
    askKeys();
}

void AttachedGateway::follow(Reply<void> reply) {
    command({{u"command"_s, u"reload"_s}}, std::move(reply));
    askStatus();
}

void AttachedGateway::holdProviderKey(const std::string& provider, const Secret& key,
                                      const std::string& origin) {
    QJsonObject question{
        {u"command"_s, u"hold_key"_s}, {u"id"_s, shown(provider)}, {u"origin"_s, shown(origin)}};
    if (!key.empty()) {
        question[u"key"_s] = shown(key.reveal());
    }
    command(question, [](const auto&) {});
}

void AttachedGateway::lockWallet(Reply<void> reply) {
    command({{u"command"_s, u"wallet.lock"_s}}, std::move(reply));
}

void AttachedGateway::believeBooks(Reply<void> reply) {
    command({{u"command"_s, u"payments.believe"_s}}, std::move(reply));
}

void AttachedGateway::unlockVault(const Secret& passphrase, Reply<void> reply) {
    command({{u"command"_s, u"vault.unlock"_s}, {u"passphrase"_s, shown(passphrase.reveal())}},
            std::move(reply));
    askStatus();
}

}  // namespace gr::app
