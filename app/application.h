// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <atomic>
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

class LocalBackend;
class SingleInstance;

// Builds the desktop program and takes it down in the right order: engine, backend with gateway,
// window; and back. Lives in main() between the QApplication and its event loop.
class Application final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Application)

  public:
    // First thing in main(), before the QApplication and its threads: SIGINT, SIGTERM and SIGHUP
    // are then left to the event loop of the main thread.
    static void claimSignals();

    explicit Application(EngineOptions options);
    ~Application() override;

    // True when another window of this data directory was raised instead: end with 0.
    bool raisedOther() const;
    // Opens everything and shows the window. The gateway starts a moment later.
    Result<void> open();

  private:
    void startGateway();
    void showWindow();
    void listenForControl();
    void listenForSignals();
    void quit();

    EngineOptions m_options;
    std::unique_ptr<settings::Keychain> m_keychain;
    std::unique_ptr<SingleInstance> m_instance;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<ui::Preferences> m_preferences;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<LocalBackend> m_backend;
    std::unique_ptr<ui::MainWindow> m_window;
    std::unique_ptr<gateway::ControlServer> m_control;
    std::unique_ptr<QSocketNotifier> m_signals;
    int m_signalFd = -1;
    std::atomic<bool> m_quitting = false;  // the control thread looks at it
};

}  // namespace gr::app
