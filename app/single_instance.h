// SPDX-License-Identifier: MIT
#pragma once

#include <QLocalServer>
#include <QObject>
#include <QString>
#include <memory>

namespace gr::app {

// One window for each data directory: a second start raises the first and ends. Main thread.
class SingleInstance final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SingleInstance)

  public:
    explicit SingleInstance(const QString& dataDirectory, QObject* parent = nullptr);

    // Asks a running first window to come to the front; false when there is none.
    bool raiseOther() const;
    // From now on this is the first. Only the same user can reach it. False when another began at
    // the same moment and was quicker; it is raised.
    bool listen();

  signals:
    void raiseWanted();

  private:
    QString m_name;
    QLocalServer m_server;
};

}  // namespace gr::app
