// SPDX-License-Identifier: MIT
#include "app/serve.h"

#include <sys/resource.h>
#include <unistd.h>

#include <QCoreApplication>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>

#include "app/control_commands.h"
#include "app/hide_memory.h"
#include "app/open_vault.h"
#include "app/play_money.h"
#include "base/file.h"
#include "base/log.h"
#include "gateway/control.h"
#include "settings/keychain.h"

namespace gr::app {
namespace {

namespace asio = boost::asio;

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", log::redacted(error.message.text).c_str());
    if (!error.detail.text.empty())
        log::write(LogLevel::Debug, "start.failed", {{"detail", error.detail.text}});
    return 1;
}

void logProblems(Engine& engine) {
    for (const settings::Problem& problem : engine.problems()) {
        log::write(LogLevel::Warning, "config.problem",
                   {{"path", problem.path}, {"message", problem.message}});
    }
    for (const std::string& part : engine.configuration().notYet())
        log::write(LogLevel::Warning, "config.not_in_this_version", {{"part", part}});
}

// Opens the vault and fetches keychain entries where the configuration needs them, then lets the
// gateway use what came out. Blocks while a person types the passphrase.
void openVaultOf(Engine& engine, gateway::GatewayHost& host) {
    using State = settings::SecretStore::State;
    const State state = engine.secrets().state();
    if (state != State::NeedsKeychain && state != State::NeedsPassphrase &&
        settings::keychainNames(engine.settings()).empty())
        return;
    if (const auto opened = openVault(engine.secrets(), engine.settings()); !opened)
        log::write(LogLevel::Warning, "vault.locked", {{"why", opened.error().message.text}});
    if (auto policy = engine.policy())
        host.apply(std::move(*policy));
}

// The first key of a fresh installation. Keys are printed to terminals only; elsewhere it is put
// into a file that only its owner can read.
Result<void> makeFirstKey(Engine& engine) {
    if (engine.hasClientKeys())
        return {};
    auto key = engine.createClientKey("my-tools");
    if (!key)
        return fail(key.error());
    if (::isatty(STDOUT_FILENO) != 0) {
        std::printf("client key \"my-tools\" (shown once): %s\n",
                    std::string(key->reveal()).c_str());
        return {};
    }
    const auto file = engine.paths().dataDir / "first-client-key";
    if (auto written = replaceFile(file, std::string(key->reveal()) + "\n"); !written)
        return written;
    std::printf("client key \"my-tools\": written to %s; read it and delete the file\n",
                file.c_str());
    return {};
}

void logFoundServers(const std::vector<gateway::FoundServer>& servers) {
    for (const gateway::FoundServer& server : servers) {
        if (server.configured)
            continue;
        log::write(LogLevel::Info, "server.found",
                   {{"title", server.title},
                    {"base_url", server.baseUrl},
                    {"owner", server.owner},
                    {"models", std::to_string(server.models.size())},
                    {"to_use_it", "add a provider with this base_url to the configuration"}});
    }
}

// The gateway of a process without a window, with its control socket. Everything but the io and
// control threads lives in run()'s thread.
class Daemon final {
  public:
    explicit Daemon(Engine& engine)
        : m_engine(engine),
          m_feed(m_clock, [this](bool on) { m_host.listen(on); }),
          m_host(engine.ledger(), engine.paths().responsesFile(), callbacks()),
          m_signals(m_main, SIGINT, SIGTERM, SIGHUP),
          m_lockTimer(m_main) {
        m_host.listen(false);
        engine.walletLock().onArm([this](Milliseconds wait) { lockAfter(wait); });
    }

    Result<void> start() {
        auto policy = m_engine.policy();
        if (!policy)
            return fail(policy.error());
        if (auto started = m_host.start(std::move(*policy)); !started)
            return started;
        auto control = gateway::ControlServer::start(
            m_engine.paths().controlSocket(),
            [this](std::string line, gateway::ControlServer::Answer answer) {
                asio::post(m_main, [this, line = std::move(line), answer]() mutable {
                    answerControl(line, parts(), answer);
                    wipe(line.data(), line.size());  // it may hold a key
                });
            });
        if (!control)
            return fail(control.error());
        m_control = std::move(*control);
        watchKeys();
        return {};
    }

    gateway::GatewayHost& host() { return m_host; }

    // Until a signal or `stop`.
    void run() {
        awaitSignal();
        const auto work = asio::make_work_guard(m_main);
        m_main.run();
        m_engine.walletLock().onArm({});
        m_engine.ledger().watchClientKeys({});
        m_control.reset();
        m_host.stop();
    }

  private:
    void watchKeys() {
        if (m_engine.sharesLedger())
            m_engine.ledger().watchClientKeys(
                [this] { asio::post(m_main, [this] { followKeys(); }); });
    }

    // Another call takes the place of this one.
    void lockAfter(Milliseconds wait) {
        m_lockTimer.expires_after(wait);
        m_lockTimer.async_wait([this](boost::system::error_code error) {
            if (error || !m_engine.walletLock().lockIfDue())
                return;
            if (auto policy = m_engine.policy())
                m_host.apply(std::move(*policy));
        });
    }

    // Keys that another gateway on this ledger made or revoked.
    void followKeys() {
        if (auto policy = m_engine.policy())
            return m_host.apply(std::move(*policy));
        else
            log::write(LogLevel::Error, "keys.not_read", {{"why", policy.error().message.text}});
        watchKeys();  // which tells of them again
    }

    // They run on an io thread and only hand the values on.
    gateway::GatewayHost::Callbacks callbacks() {
        gateway::GatewayHost::Callbacks up;
        up.exchanges = [this](std::vector<gateway::ExchangeEvent> events) {
            asio::post(m_main, [this, events = std::move(events)]() mutable {
                m_feed.add(std::move(events));
            });
        };
        up.providers = [this](std::vector<gateway::ProviderStatus> providers) {
            asio::post(m_main, [this, providers = std::move(providers)]() mutable {
                m_feed.setProviders(std::move(providers));
            });
        };
        up.paymentMark = [this](ledger::LedgerMark mark) {
            asio::post(m_main, [this, mark = std::move(mark)] { m_engine.keepPaymentMark(mark); });
        };
        up.foundServers = [this](std::vector<gateway::FoundServer> servers) {
            logFoundServers(servers);
            asio::post(m_main, [this, servers = std::move(servers)]() mutable {
                m_feed.setServers(std::move(servers));
            });
        };
        return up;
    }

    ControlParts parts() {
        return {m_engine, m_host, &m_feed,
                [this] { asio::post(m_main, [this] { m_main.stop(); }); },
                [this] { openVaultOf(m_engine, m_host); }};
    }

    void awaitSignal() {
        m_signals.async_wait([this](boost::system::error_code error, int signal) {
            if (error)
                return;
            if (signal != SIGHUP)
                return m_main.stop();
            answerControl(R"({"command":"reload"})", parts(), [](const std::string& answer) {
                if (!answer.starts_with(R"({"ok":true)"))
                    log::write(LogLevel::Error, "reload.failed", {{"answer", answer}});
            });
            awaitSignal();
        });
    }

    Engine& m_engine;
    SystemClock m_clock;
    asio::io_context m_main;
    gateway::EventFeed m_feed;
    gateway::GatewayHost m_host;
    asio::signal_set m_signals;
    asio::steady_timer m_lockTimer;
    std::unique_ptr<gateway::ControlServer> m_control;
};

}  // namespace

void announce(const std::string& address, std::uint16_t port,
              const std::optional<Secret>& sandboxKey, const sandbox::SandboxServer* sandbox) {
    if (sandbox != nullptr)
        std::fputs(linesOf(playMoneyOf(*sandbox)).c_str(), stdout);
    if (sandboxKey) {
        std::printf(
            "try it (simulated model, costs nothing):\n"
            "  curl http://127.0.0.1:%u/v1/chat/completions "
            "-H 'Content-Type: application/json' -H 'Authorization: Bearer %s' "
            "-d '{\"model\":\"sandbox/story\",\"stream\":true,"
            "\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story\"}]}'\n",
            port, std::string(sandboxKey->reveal()).c_str());
    }
    std::printf("listening on http://%s:%u\n", address.c_str(), port);
    std::fflush(stdout);
}

void hardenProcess() {
    hideMemory();
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

int runServe(const EngineOptions& options) {
    int argc = 1;
    char name[] = "gaterouterd";
    char* argv[] = {name, nullptr};
    const QCoreApplication application(argc, argv);
    const auto keychain = settings::systemKeychain();

    std::vector<settings::Problem> problems;
    const auto configuration = Configuration::open(pathsFor(options), keychain.get(), problems);
    if (!configuration) {
        for (const settings::Problem& problem : problems)
            std::fprintf(stderr, "%s\n", settings::toLine(problem).c_str());
        return complain(configuration.error());
    }
    const auto opened = Engine::open(options, **configuration);
    if (!opened)
        return complain(opened.error());
    Engine& engine = **opened;
    std::optional<Secret> sandboxKey;
    if (engine.sandbox())
        sandboxKey = engine.addSessionKey("sandbox-try", {"sandbox/*"});
    if (auto made = makeFirstKey(engine); !made)
        return complain(made.error());

    Daemon daemon(engine);
    if (auto started = daemon.start(); !started)
        return complain(started.error());
    const gateway::GatewayStatus status = daemon.host().status();
    announce(status.address, status.port, sandboxKey, engine.sandboxServer());
    daemon.host().lookForServers();
    // The endpoint listens while the vault is locked; /readyz says 503 until it is open.
    openVaultOf(engine, daemon.host());
    logProblems(engine);
    daemon.run();
    engine.ledger().flush();
    return 0;
}

}  // namespace gr::app
