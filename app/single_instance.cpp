// SPDX-License-Identifier: MIT
#include "app/single_instance.h"

#include <QCryptographicHash>
#include <QDir>
#include <QLocalSocket>

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {
constexpr int kPatienceMs = 500;
constexpr qint64 kLongestWish =
    1024;  // longer than any address that is opened (ui/provider_link.cpp)
}  // namespace

SingleInstance::SingleInstance(const QString& dataDirectory, QObject* parent) : QObject(parent) {
    const QByteArray path = QDir(dataDirectory).absolutePath().toUtf8();
    m_name = u"gaterouter-"_s +
             QString::fromLatin1(
                 QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(24));
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket* socket = m_server.nextPendingConnection()) {
            // It says what it wants, and goes.
            connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
                const QByteArray wish = socket->read(kLongestWish);
                socket->deleteLater();
                if (wish != kStay) {
                    emit raiseWanted(QString::fromUtf8(wish));
                }
            });
        }
    });
}

bool SingleInstance::tellOther(const QByteArray& wish) const {
    QLocalSocket socket;
    socket.connectToServer(m_name);
    if (!socket.waitForConnected(kPatienceMs)) {
        return false;
    }
    socket.write(wish.left(kLongestWish));
    socket.disconnectFromServer();
    if (socket.state() != QLocalSocket::UnconnectedState) {
        socket.waitForDisconnected(kPatienceMs);
    }
    return true;
}

bool SingleInstance::listen(const QByteArray& wish) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    if (m_server.listen(m_name)) {
        return true;
    }
    if (tellOther(wish)) {
        return false;
    }
    QLocalServer::removeServer(m_name);  // a file that a killed process left
    m_server.listen(m_name);
    return true;
}

}  // namespace gr::app
