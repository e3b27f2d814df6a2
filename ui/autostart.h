// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QStringList>

#include "base/result.h"

namespace gr::ui {

// Whether the desktop starts this program with the session: one file, gaterouter.desktop, in the
// folder that the Desktop Application Autostart Specification names. Nothing is kept in memory, so
// that the desktop's own settings may turn it on and off as well. Main thread.
class Autostart final {
  public:
    // `folder` is the autostart folder, `command` the program by its absolute path with its
    // arguments.
    Autostart(QString folder, QStringList command);
    // Other systems than Linux start programs in other ways.
    static bool isPossible();
    // $XDG_CONFIG_HOME/autostart, and this program in the background.
    static Autostart ofThisProgram();

    bool isOn() const;
    // Writes the file or removes it. Fails with FileUnwritable, DiskFull or ReadOnly.
    Result<void> setOn(bool on) const;
    const QString& file() const { return m_file; }

  private:
    QString m_file;
    QStringList m_command;
};

// The words as the value of Exec= in a desktop file: quoted, and % doubled. Pure.
QString execLine(const QStringList& words);

}  // namespace gr::ui
