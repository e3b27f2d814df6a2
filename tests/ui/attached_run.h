// SPDX-License-Identifier: MIT
#pragma once

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>

#include "app/attached_gateway.h"
#include "app/local_gateway.h"
#include "app/window_backend.h"
#include "desktop_run.h"
#include "gateway/control.h"

// A folder, a daemon that runs in it, the backend of a window that finds it; and a scripted control
// socket in a daemon's place.
namespace gr::app {

inline std::uint16_t freePort() {
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return server.serverPort();
}

// Looks often, so that a test need not wait.
inline WatchPace quickly() {
    WatchPace pace;
    pace.pulse = Milliseconds(300);
    pace.search = Milliseconds(100);
    pace.patience = Milliseconds(2'000);
    return pace;
}

// A folder that daemons and windows share, with a provider that takes requests and never answers.
struct Place {
    Place() {
        folder.setAutoRemove(true);
        silent.listen(QHostAddress::LocalHost);
        options.dataDir = folder.filePath(QStringLiteral("data")).toStdString();
        options.configFile = folder.filePath(QStringLiteral("config.json")).toStdString();
        options.sandbox = true;
        write(QStringLiteral("{\"listen\": {\"port\": %1}, \"providers\": [{\"id\": \"silent\", "
                             "\"keys\": [], \"models\": [{\"id\": \"m\"}], "
                             "\"base_url\": \"http://127.0.0.1:%2/v1\"}]}")
                  .arg(port)
                  .arg(silent.serverPort()));
    }
    QString configFile() const { return folder.filePath(QStringLiteral("config.json")); }
    QString dataDir() const { return folder.filePath(QStringLiteral("data")); }
    void write(const QString& config) const {
        QFile file(configFile());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(config.toUtf8());
    }
    QByteArray config() const {
        QFile file(configFile());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    std::uint16_t port = freePort();
    QTemporaryDir folder;
    QTcpServer silent;
    EngineOptions options;
};

struct Daemon {
    explicit Daemon(const Place& place) {
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QString::fromUtf8(GR_DAEMON),
                      {QStringLiteral("--config"), place.configFile(), QStringLiteral("--data-dir"),
                       place.dataDir(), QStringLiteral("--sandbox")});
        QByteArray said;
        while (!said.contains("listening on") && process.waitForReadyRead(20'000)) {
            said += process.readAll();
        }
        if (!said.contains("listening on")) {
            qWarning("the daemon says: %s", said.constData());
        }
    }
    ~Daemon() {
        process.kill();
        process.waitForFinished();
    }
    // A command of the program, as on a terminal.
    static QByteArray tell(const Place& place, const QStringList& command) {
        QProcess once;
        once.start(QString::fromUtf8(GR_DAEMON),
                   command + QStringList{QStringLiteral("--config"), place.configFile(),
                                         QStringLiteral("--data-dir"), place.dataDir()});
        once.waitForFinished();
        return once.readAllStandardOutput() + once.readAllStandardError();
    }

    QProcess process;
};

// The backend of a window that found the daemon.
struct Attached {
    explicit Attached(const Place& at, const WatchPace& pace = quickly()) : place(at) {
        keychain.works = false;
        std::vector<settings::Problem> problems;
        configuration = *Configuration::open(pathsFor(place.options), &keychain, problems);
        ControlLink link(QString::fromStdString(configuration->paths().controlSocket().string()));
        std::optional<Result<GatewayFacts>> found;
        AttachedGateway::find(link, [&](auto facts) { found = std::move(facts); });
        for (int i = 0; i < 2000 && !found; ++i) {
            QTest::qWait(10);
        }
        if (!found || !*found) {
            qWarning("%s", found ? found->error().message.text.c_str() : "no answer");
            return;
        }
        backend = std::make_unique<WindowBackend>(
            *configuration,
            std::make_unique<AttachedGateway>(configuration->paths().dataDir, **found, pace),
            [this]() -> Result<std::unique_ptr<GatewayDoor>> {
                auto engine = Engine::open(place.options, *configuration);
                if (!engine) {
                    return fail(engine.error());
                }
                return std::make_unique<LocalGateway>(std::move(*engine));
            });
        backend->begin();
    }
    ui::Background::State behind() const { return backend->background()->state; }
    gateway::ProviderStatus::State stateOf(const std::string& provider) const {
        for (const gateway::ProviderStatus& status : backend->providerStatuses()) {
            if (status.id == provider) {
                return status.state;
            }
        }
        return gateway::ProviderStatus::State::Down;
    }
    bool knows(const std::string& provider) const {
        return std::ranges::any_of(backend->providerStatuses(),
                                   [&](const auto& status) { return status.id == provider; });
    }

    // The last request in the books.
    std::string newest() const {
        std::optional<std::string> id;
        QObject context;
        backend->queryHistory(&context, {}, {}, 1, [&](const auto& rows) {
            id = rows && !rows->empty() ? rows->front().record.id : std::string();
        });
        for (int i = 0; i < 500 && !id; ++i) {
            QTest::qWait(10);
        }
        return id.value_or(std::string());
    }

    const Place& place;
    FakeKeychain keychain;
    std::unique_ptr<Configuration> configuration;
    std::unique_ptr<WindowBackend> backend;
};

// A control socket that answers from a script.
struct Script {
    explicit Script(const Place& place) {
        QDir().mkpath(place.dataDir());
        auto started = gateway::ControlServer::start(
            *place.options.dataDir / "control.sock",
            [this](const std::string& line, const gateway::ControlServer::Answer& answer) {
                for (const auto& [part, says] : answers) {
                    if (line.find(part) != std::string::npos) {
                        answer(says);
                        return;
                    }
                }
            });
        server = std::move(*started);
    }
    static std::string status(const std::string& version) {
        return R"({"ok":true,"state":"running","address":"127.0.0.1","port":4402,"pid":77,)"
               R"("program":"gaterouterd","version":")" +
               version + R"(","config":"/c","ledger":"/l","vault":"none"})";
    }
    std::vector<std::pair<std::string, std::string>> answers;
    std::unique_ptr<gateway::ControlServer> server;
};

}  // namespace gr::app
