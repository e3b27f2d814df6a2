// SPDX-License-Identifier: MIT
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <memory>

#include "app/engine.h"
#include "gateway/control.h"

class QSocketNotifier;

namespace gr::ui {
class MainWindow;
class Preferences;
class Theme;
}  // namespace gr::ui

namespace gr::app {

// How the window begins.
struct WindowStart {
    bool background = false;  // in the tray; as an icon of the panel where there is no tray
    QString page;             // an address as ui/page_address.h has it, or empty
};

struct GatewayFacts;
class ControlLink;
class GatewayDoor;
class LocalGateway;
class SingleInstance;
class WindowBackend;

// Builds the desktop program and takes it down in the right order: configuration, backend with the
// gateway, window; and back. The gateway is its own, or the one that holds the data directory
// already. Lives in main() between the QApplication and its event loop.
class Application final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Application)

  public:
    // First thing in main(), before the QApplication and its threads: SIGINT, SIGTERM and SIGHUP
    // are then left to the event loop of the main thread.
    static void claimSignals();

    explicit Application(EngineOptions options, WindowStart start = {});
    ~Application() override;

    // True when there is another window of this data directory, which was raised unless this one
    // is for the background: end with 0.
    bool raisedOther() const;
    // Opens everything and shows the window, at once or when a gateway that runs already has
    // answered. The own gateway starts a moment later.
    void open();

  signals:
    void failed(const gr::Error& error);  // there will be no window

  private:
    Result<void> openConfiguration();
    Result<std::unique_ptr<GatewayDoor>> openHere();
    void attach();
    void takeFound(Result<GatewayFacts> found);
    void openWindow(std::unique_ptr<GatewayDoor> door);
    void startGateway();
    void listenForControl();
    void listenForSignals();
    void showFirst();
    void raise(const QString& page);
    QByteArray wish() const;
    void quit();

    EngineOptions m_options;
    WindowStart m_start;
    std::unique_ptr<settings::Keychain> m_keychain;
    std::unique_ptr<SingleInstance> m_instance;
    std::unique_ptr<Configuration> m_configuration;
    std::unique_ptr<ui::Preferences> m_preferences;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<WindowBackend> m_backend;
    LocalGateway* m_local = nullptr;  // of the backend; null: it is attached to another process
    std::unique_ptr<ui::MainWindow> m_window;
    std::unique_ptr<gateway::ControlServer> m_control;
    std::unique_ptr<ControlLink> m_link;  // while it looks for who holds the data directory
    QElapsedTimer m_looking;
    std::unique_ptr<QSocketNotifier> m_signals;
    int m_signalFd = -1;
    bool m_quitting = false;
};

}  // namespace gr::app
