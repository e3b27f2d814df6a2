// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonObject>
#include <QList>
#include <QStringList>
#include <QTcpServer>
#include <QUrl>

class QTcpSocket;

namespace gr::ui {

// A small endpoint on loopback that says what a test tells it to: the playground and the probe
// talk to it as they would to the gateway.
class FakeEndpoint final : public QTcpServer {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FakeEndpoint)

  public:
    FakeEndpoint();
    QUrl baseUrl() const;

    QString answer;       // streamed word by word
    int errorStatus = 0;  // not 0: refuse with this status and the sentence below
    QString errorSentence;
    bool keepOpen = false;      // stream one word and then nothing more
    QList<QJsonObject> asked;   // bodies of the chat requests
    QList<QJsonObject> judged;  // bodies of feedback; what comes behind the first is refused
    QStringList otherPaths;     // asked for, and none of those above
    int closedByClient = 0;

  private:
    void serve(QTcpSocket* socket);
    void handle(QTcpSocket* socket, const QByteArray& head, const QByteArray& body);
    void stream(QTcpSocket* socket);
};

}  // namespace gr::ui
