// SPDX-License-Identifier: MIT
#include "app/serve.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <QCoreApplication>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>

#include "app/control_commands.h"
#include "base/file.h"
#include "base/log.h"
#include "gateway/control.h"
#include "settings/keychain.h"
#include "settings/passphrase.h"

namespace gr::app {
namespace {

namespace asio = boost::asio;

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", log::redacted(error.message.text).c_str());
    if (!error.detail.text.empty())
        log::write(LogLevel::Debug, "start.failed", {{"detail", error.detail.text}});
    return 1;
}

void logProblems(const Engine& engine) {
    for (const settings::Problem& problem : engine.problems()) {
        log::write(LogLevel::Warning, "config.problem",
                   {{"path", problem.path}, {"message", problem.message}});
    }
    for (const std::string& part : engine.notYet())
        log::write(LogLevel::Warning, "config.not_in_this_version", {{"part", part}});
}

// The keychain speaks through Qt's event loop, which runs for this moment only.
Result<void> unlockThroughKeychain(Engine& engine, const std::vector<std::string>& names) {
    bool finished = false;
    Result<void> outcome;
    engine.secrets().unlock(names, [&](Result<void> result) {
        finished = true;
        outcome = std::move(result);
        QCoreApplication::quit();
    });
    if (!finished)
        QCoreApplication::exec();
    return outcome;
}

// Opens the vault and fetches keychain entries where the configuration needs them, then lets the
// gateway use what came out. Blocks while a person types the passphrase.
void openVault(Engine& engine, gateway::GatewayHost& host) {
    using State = settings::SecretStore::State;
    settings::SecretStore& secrets = engine.secrets();
    const std::vector<std::string> names = settings::keychainNames(engine.settings());
    Result<void> outcome;
    if (secrets.state() == State::NeedsKeychain || !names.empty())
        outcome = unlockThroughKeychain(engine, names);
    else if (secrets.state() != State::NeedsPassphrase)
        return;
    if (outcome && secrets.state() == State::NeedsPassphrase) {
        const auto passphrase = settings::readPassphrase("Passphrase of the vault: ");
        outcome = passphrase ? secrets.unlockWithPassphrase(*passphrase)
                             : Result<void>(fail(passphrase.error()));
    }
    if (!outcome)
        log::write(LogLevel::Warning, "vault.locked", {{"why", outcome.error().message.text}});
    if (auto policy = engine.policy())
        host.apply(std::move(*policy));
}

// A configuration that cannot be used changes nothing.
void reload(Engine& engine, gateway::GatewayHost& host) {
    const auto reloaded = engine.reload();
    auto next = reloaded ? engine.policy() : Result<gateway::PolicyPtr>(fail(reloaded.error()));
    if (next)
        host.apply(std::move(*next));
    else
        log::write(LogLevel::Error, "reload.failed", {{"why", next.error().message.text}});
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

// Runs `work` where everything it touches lives, and waits for its answer. Empty when the program
// ends first.
std::string onMainThread(asio::io_context& main, const std::atomic<bool>& ending,
                         std::function<std::string()> work) {
    const auto answer = std::make_shared<std::promise<std::string>>();
    std::future<std::string> future = answer->get_future();
    asio::post(main, [answer, work = std::move(work)] { answer->set_value(work()); });
    while (future.wait_for(Milliseconds(100)) != std::future_status::ready) {
        if (ending)
            return {};
    }
    return future.get();
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

}  // namespace

void announce(const std::string& address, std::uint16_t port,
              const std::optional<Secret>& sandboxKey) {
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
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit noCore{0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
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
    auto opened = Engine::open(options, keychain.get(), problems);
    if (!opened) {
        for (const settings::Problem& problem : problems)
            std::fprintf(stderr, "%s\n", settings::toLine(problem).c_str());
        return complain(opened.error());
    }
    Engine& engine = **opened;
    std::optional<Secret> sandboxKey;
    if (engine.sandbox())
        sandboxKey = engine.addSessionKey("sandbox-try", {"sandbox/*"});
    if (auto made = makeFirstKey(engine); !made)
        return complain(made.error());
    auto policy = engine.policy();
    if (!policy)
        return complain(policy.error());

    asio::io_context main;
    asio::signal_set signalSet(main, SIGINT, SIGTERM, SIGHUP);
    gateway::GatewayHost::Callbacks callbacks;
    callbacks.foundServers = logFoundServers;
    gateway::GatewayHost host(engine.ledger(), std::move(callbacks));
    if (auto started = host.start(std::move(*policy)); !started)
        return complain(started.error());

    std::atomic<bool> ending = false;
    const auto onControl = [&](std::string_view line) {
        return onMainThread(main, ending, [&engine, &host, &main, line = std::string(line)] {
            const auto stop = [&main] { asio::post(main, [&main] { main.stop(); }); };
            return answerControl(line, engine, host, stop);
        });
    };
    auto control = gateway::ControlServer::start(engine.paths().controlSocket(), onControl);
    if (!control)
        return complain(control.error());

    announce(host.status().address, host.status().port, sandboxKey);
    host.lookForServers();
    // The endpoint listens while the vault is locked; /readyz says 503 until it is open.
    openVault(engine, host);
    logProblems(engine);

    const std::function<void(boost::system::error_code, int)> onSignal =
        [&](boost::system::error_code error, int signal) {
            if (error)
                return;
            if (signal != SIGHUP)
                return main.stop();
            reload(engine, host);
            signalSet.async_wait(onSignal);
        };
    signalSet.async_wait(onSignal);
    const auto work = asio::make_work_guard(main);
    main.run();
    ending = true;
    control->reset();
    host.stop();
    engine.ledger().flush();
    return 0;
}

}  // namespace gr::app
