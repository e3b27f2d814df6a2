// SPDX-License-Identifier: MIT
#pragma once

#include <QIcon>
#include <QObject>
#include <functional>
#include <memory>

#include "pages/page.h"
#include "preferences.h"

class QAction;
class QMenu;
class QSystemTrayIcon;

namespace gr::ui {

struct StateLook;

// The sign with a mark in the corner: none while the gateway runs, a shape for each other state.
QIcon trayIcon(TrayStyle style, const StateLook& look, bool running);

// The icon in the system's tray: the state at a glance, the few commands one wants without the
// window. Exists only where the desktop has a tray. Main thread.
class Tray final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Tray)

  public:
    static bool possible();
    // What `context` names outlives it.
    Tray(const PageContext& context, QObject* parent);
    ~Tray() override;

    void setToday(const QString& cost);
    // `onClick`: leads to the place it is about, once the window is there.
    void say(const QString& title, const QString& body, std::function<void()> onClick = {});

  signals:
    void openWanted();

  private:
    void showState();
    Backend& m_backend;
    Preferences& m_preferences;
    QSystemTrayIcon* m_icon;
    std::unique_ptr<QMenu> m_menu;
    QAction* m_state;
    QAction* m_today;
    std::function<void()> m_onClick;  // of the message that is shown
};

}  // namespace gr::ui
