// SPDX-License-Identifier: MIT
#include "app/application.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <QApplication>
#include <QIcon>
#include <QSocketNotifier>
#include <QTimer>
#include <csignal>

#include "app/attached_gateway.h"
#include "app/control_commands.h"
#include "app/local_gateway.h"
#include "app/serve.h"
#include "app/single_instance.h"
#include "app/window_backend.h"
#include "base/log.h"
#include "settings/keychain.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/theme/theme.h"
#include "ui/tray.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

// How long somebody who holds the data directory may be silent.
constexpr int kPatienceMs = 6'000;
constexpr int kAgainMs = 200;

sigset_t ourSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&set, number);
    }
    return set;
}

}  // namespace

Application::Application(EngineOptions options, WindowStart start)
    : m_options(std::move(options)),
      m_start(std::move(start)),
      m_keychain(settings::systemKeychain()),
      m_instance(std::make_unique<SingleInstance>(
          QString::fromStdString(pathsFor(m_options).dataDir.string()))) {
    listenForSignals();
}

Application::~Application() {
    // No new commands, then no more requests; the window goes when nothing speaks to it any more,
    // and the gateway with its engine, which flushes the books, last.
    m_control.reset();
    if (m_local != nullptr) {
        m_local->stop();
    }
    m_window.reset();
    m_backend.reset();
    m_theme.reset();
    m_preferences.reset();
    m_configuration.reset();
    if (m_signalFd >= 0) {
        ::close(m_signalFd);
    }
}

bool Application::raisedOther() const {
    return m_instance->tellOther(wish());
}

// What another window of the data directory shall do in our place.
QByteArray Application::wish() const {
    return m_start.background ? QByteArray(SingleInstance::kStay) : m_start.page.toUtf8();
}

void Application::open() {
    auto opened = openConfiguration();
    if (opened) {
        auto door = openHere();
        if (door) {
            openWindow(std::move(*door));
            return;
        }
        if (door.error().code == ErrorCode::DataDirInUse) {
            attach();
            return;
        }
        opened = fail(door.error());
    }
    emit failed(opened.error());
}

Result<void> Application::openConfiguration() {
    std::vector<settings::Problem> problems;
    auto opened = Configuration::open(pathsFor(m_options), m_keychain.get(), problems);
    if (!opened) {
        return fail(opened.error());
    }
    m_configuration = std::move(*opened);
    return {};
}

// A gateway in this process, with the control socket that belongs to it.
Result<std::unique_ptr<GatewayDoor>> Application::openHere() {
    auto engine = Engine::open(m_options, *m_configuration);
    if (!engine) {
        return fail(engine.error());
    }
    auto local = std::make_unique<LocalGateway>(std::move(*engine));
    m_local = local.get();
    listenForControl();
    return local;
}

// Another process holds the data directory: the window shows that one's gateway. It may have begun
// a moment ago, so it gets some time to answer.
void Application::attach() {
    const QString socket =
        QString::fromStdString(m_configuration->paths().controlSocket().string());
    m_link = std::make_unique<ControlLink>(socket);
    m_looking.start();
    AttachedGateway::find(*m_link, [this](auto found) { takeFound(std::move(found)); });
}

void Application::takeFound(Result<GatewayFacts> found) {
    const auto dataDir = m_configuration->paths().dataDir;
    if (!found && found.error().code == ErrorCode::Unreachable) {
        if (!settings::DataDirectory::holder(dataDir)) {
            m_link.release()->deleteLater();
            open();  // it ended meanwhile
        } else if (m_looking.elapsed() < kPatienceMs) {
            QTimer::singleShot(kAgainMs, this, [this] {
                AttachedGateway::find(*m_link, [this](auto next) { takeFound(std::move(next)); });
            });
        } else {
            emit failed(Error(
                ErrorCode::DataDirInUse,
                "Another GateRouter holds the data directory " + dataDir.string() +
                    " and does not answer. It may wait for its passphrase in a terminal. Let it "
                    "go on, or end it, then open the window again."));
        }
        return;
    }
    m_link.release()->deleteLater();
    if (!found) {
        emit failed(found.error());
        return;
    }
    // Both are to read the same file, and a sandbox stays one, whatever this command line said.
    m_options.configFile = found->configFile;
    m_options.sandbox = found->sandbox;
    if (const auto opened = openConfiguration(); !opened) {
        emit failed(opened.error());
        return;
    }
    openWindow(std::make_unique<AttachedGateway>(dataDir, std::move(*found)));
}

void Application::openWindow(std::unique_ptr<GatewayDoor> door) {
    if (!m_instance->listen(wish())) {
        quit();
        return;
    }
    const auto file = m_configuration->paths().dataDir / "window.ini";
    m_preferences = std::make_unique<ui::Preferences>(QString::fromStdString(file.string()));
    m_theme = std::make_unique<ui::Theme>();
    m_backend = std::make_unique<WindowBackend>(*m_configuration, std::move(door),
                                                [this] { return openHere(); });
    if (m_local != nullptr && !m_local->engine().hasClientKeys()) {
        if (auto key = m_local->engine().createClientKey("my-tools")) {
            m_backend->rememberClientKey("my-tools", std::move(*key));
        }
    }
    m_backend->begin();
    m_window = std::make_unique<ui::MainWindow>(*m_backend, *m_preferences, *m_theme);
    connect(m_window.get(), &ui::MainWindow::quitWanted, this, &Application::quit);
    connect(m_instance.get(), &SingleInstance::raiseWanted, this, &Application::raise);
    showFirst();
    log::write(LogLevel::Debug, "window.shown");
    if (m_local != nullptr && m_preferences->startGateway()) {
        QTimer::singleShot(0, m_backend.get(), [this] { startGateway(); });
    }
}

void Application::showFirst() {
    m_window->openAddress(m_start.page);
    if (!m_start.background) {
        m_window->show();
    } else if (!ui::Tray::possible()) {
        m_window->showMinimized();
    }
}

void Application::raise(const QString& page) {
    const bool known = m_window->openAddress(page);
    m_window->raiseToFront();
    log::write(LogLevel::Debug, "window.raised", {{"page", known ? page.toStdString() : ""}});
}

// As the daemon does, it says on its terminal where it listens.
void Application::startGateway() {
    std::optional<Secret> tryKey;
    if (m_local->sandbox()) {
        tryKey = m_local->engine().addSessionKey("sandbox-try", {"sandbox/*"});
    }
    m_backend->startGateway();
    const gateway::GatewayStatus status = m_backend->gatewayStatus();
    if (status.state == gateway::GatewayStatus::State::Running) {
        announce(status.address, status.port, tryKey, m_local->engine().sandboxServer());
    }
}

void Application::quit() {
    if (!m_quitting) {
        m_quitting = true;
        QTimer::singleShot(0, this, [] { QCoreApplication::quit(); });
    }
}

// The control thread asks, the main thread answers: it owns everything a command touches.
void Application::listenForControl() {
    const auto answerHere = [this](const std::string& line,
                                   const gateway::ControlServer::Answer& answer) {
        answerControl(line,
                      {m_local->engine(), m_local->host(), nullptr, [this] { quit(); },
                       [this] { m_backend->askKeychain(); }},
                      answer);
        if (m_backend) {
            m_backend->configurationChanged();
        }
    };
    auto control = gateway::ControlServer::start(
        m_configuration->paths().controlSocket(),
        [this, answerHere](std::string line, gateway::ControlServer::Answer answer) {
            QMetaObject::invokeMethod(
                this, [answerHere, line = std::move(line), answer] { answerHere(line, answer); },
                Qt::QueuedConnection);
        });
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
