// SPDX-License-Identifier: MIT
#include "app/application.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <QApplication>
#include <QIcon>
#include <QSocketNotifier>
#include <QTimer>
#include <csignal>
#include <future>

#include "app/control_commands.h"
#include "app/local_backend.h"
#include "app/serve.h"
#include "app/single_instance.h"
#include "base/log.h"
#include "settings/keychain.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/theme/theme.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

sigset_t ourSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&set, number);
    }
    return set;
}

}  // namespace

Application::Application(EngineOptions options)
    : m_options(std::move(options)),
      m_keychain(settings::systemKeychain()),
      m_instance(std::make_unique<SingleInstance>(
          QString::fromStdString(pathsFor(m_options).dataDir.string()))) {
    listenForSignals();
}

Application::~Application() {
    // No new commands, then no more requests; the window goes when nothing speaks to it any more,
    // and the engine, which flushes the books, last.
    m_control.reset();
    if (m_backend) {
        m_backend->stopGateway();
    }
    m_window.reset();
    m_backend.reset();
    m_theme.reset();
    m_preferences.reset();
    m_engine.reset();
    if (m_signalFd >= 0) {
        ::close(m_signalFd);
    }
}

bool Application::raisedOther() const {
    return m_instance->raiseOther();
}

Result<void> Application::open() {
    std::vector<settings::Problem> problems;
    auto engine = Engine::open(m_options, m_keychain.get(), problems);
    if (!engine) {
        return fail(engine.error());
    }
    m_engine = std::move(*engine);
    m_instance->listen();
    const auto file = m_engine->paths().dataDir / "window.ini";
    m_preferences = std::make_unique<ui::Preferences>(QString::fromStdString(file.string()));
    m_theme = std::make_unique<ui::Theme>();
    m_backend = std::make_unique<LocalBackend>(*m_engine);
    m_backend->begin();
    showWindow();
    listenForControl();
    if (m_preferences->startGateway()) {
        QTimer::singleShot(0, m_backend.get(), [this] { startGateway(); });
    }
    return {};
}

// As the daemon does, it says on its terminal where it listens.
void Application::startGateway() {
    std::optional<Secret> tryKey;
    if (m_engine->sandbox()) {
        tryKey = m_engine->addSessionKey("sandbox-try", {"sandbox/*"});
    }
    m_backend->startGateway();
    const gateway::GatewayStatus status = m_backend->gatewayStatus();
    if (status.state == gateway::GatewayStatus::State::Running) {
        announce(status.address, status.port, tryKey);
    }
}

void Application::showWindow() {
    m_window = std::make_unique<ui::MainWindow>(*m_backend, *m_preferences, *m_theme);
    connect(m_window.get(), &ui::MainWindow::quitWanted, this, &Application::quit);
    connect(m_instance.get(), &SingleInstance::raiseWanted, m_window.get(),
            &ui::MainWindow::raiseToFront);
    m_window->show();
    log::write(LogLevel::Debug, "window.shown");
}

void Application::quit() {
    if (!m_quitting) {
        m_quitting = true;
        QTimer::singleShot(0, this, [] { QCoreApplication::quit(); });
    }
}

// The control thread asks, the main thread answers: it owns everything a command touches.
void Application::listenForControl() {
    const auto onLine = [this](std::string_view line) {
        auto answer = std::make_shared<std::promise<std::string>>();
        std::future<std::string> future = answer->get_future();
        QMetaObject::invokeMethod(
            this,
            [this, answer, line = std::string(line)] {
                answer->set_value(
                    answerControl(line, *m_engine, m_backend->host(), [this] { quit(); }));
                m_backend->configurationChanged();
            },
            Qt::QueuedConnection);
        while (future.wait_for(Milliseconds(100)) != std::future_status::ready) {
            if (m_quitting) {
                return std::string();
            }
        }
        return future.get();
    };
    auto control = gateway::ControlServer::start(m_engine->paths().controlSocket(), onLine);
    if (control) {
        m_control = std::move(*control);
    } else {
        log::write(LogLevel::Warning, "control.unavailable",
                   {{"why", control.error().message.text}});
    }
}

void Application::claimSignals() {
    const sigset_t set = ourSignals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// SIGINT and SIGTERM end the program cleanly, SIGHUP reads the configuration again.
void Application::listenForSignals() {
    const sigset_t set = ourSignals();
    m_signalFd = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (m_signalFd < 0) {
        return;
    }
    m_signals = std::make_unique<QSocketNotifier>(m_signalFd, QSocketNotifier::Read);
    connect(m_signals.get(), &QSocketNotifier::activated, this, [this] {
        signalfd_siginfo info{};
        if (::read(m_signalFd, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
            return;
        }
        if (info.ssi_signo == SIGHUP && m_backend) {
            m_backend->reloadConfiguration();
        } else {
            quit();
        }
    });
}

}  // namespace gr::app
