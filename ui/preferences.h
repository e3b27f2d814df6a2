// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QObject>
#include <QSettings>
#include <QString>

#include "theme/theme.h"

namespace gr::ui {

// How the icon in the tray is drawn: no desktop tells a program how dark its panel is.
enum class TrayStyle : quint8 { Colour, White, Black };

// How the window looks and where it stands: what belongs to this desktop and not to the gateway's
// configuration. Lies in `window.ini` of the data directory. Main thread.
class Preferences final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Preferences)

  public:
    explicit Preferences(const QString& file, QObject* parent = nullptr);

    ThemeMode theme() const;
    void setTheme(ThemeMode mode);
    int textStep() const;
    void setTextStep(int step);
    TrayStyle trayStyle() const;
    void setTrayStyle(TrayStyle style);
    bool closeToTray() const;
    void setCloseToTray(bool on);
    bool startGateway() const;  // start answering when the program starts
    void setStartGateway(bool on);

    // State of a window, splitter or table by name; empty when never stored.
    QByteArray state(const QString& name) const;
    void setState(const QString& name, const QByteArray& state);
    bool flag(const QString& name, bool fallback) const;
    void setFlag(const QString& name, bool on);

  signals:
    void appearanceChanged();

  private:
    QSettings m_file;
};

}  // namespace gr::ui
