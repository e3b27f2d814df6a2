// SPDX-License-Identifier: MIT
#include "app/single_instance.h"

#include <QCryptographicHash>
#include <QDir>
#include <QLocalSocket>

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {
constexpr int kPatienceMs = 500;
}

SingleInstance::SingleInstance(const QString& dataDirectory, QObject* parent) : QObject(parent) {
    const QByteArray path = QDir(dataDirectory).absolutePath().toUtf8();
    m_name = u"gaterouter-"_s +
             QString::fromLatin1(
                 QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(24));
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket* socket = m_server.nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            socket->disconnectFromServer();
            emit raiseWanted();
        }
    });
}

bool SingleInstance::raiseOther() const {
    QLocalSocket socket;
    socket.connectToServer(m_name);
    return socket.waitForConnected(kPatienceMs);
}

bool SingleInstance::listen() {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    if (m_server.listen(m_name)) {
        return true;
    }
    if (raiseOther()) {
        return false;
    }
    QLocalServer::removeServer(m_name);  // a file that a killed process left
    m_server.listen(m_name);
    return true;
}

}  // namespace gr::app
