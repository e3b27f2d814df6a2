// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
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

    // Tells a running first window what is wanted of it; false when there is none. Empty: to come
    // to the front; the address of a page (ui/page_address.h): to show that, too; kStay: nothing.
    bool tellOther(const QByteArray& wish = {}) const;
    static constexpr const char* kStay = "stay";
    // From now on this is the first. Only the same user can reach it. False when another began at
    // the same moment and was quicker; it is told `wish`.
    bool listen(const QByteArray& wish = {});

  signals:
    void raiseWanted(const QString& page);  // an address as it came, or empty

  private:
    QString m_name;
    QLocalServer m_server;
};

}  // namespace gr::app
