// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QTcpSocket>
#include <functional>

#include "attached_run.h"

namespace gr::app {

// A gateway of this process, in a folder of its own.
struct Own {
    explicit Own(const Place& place) {
        std::vector<settings::Problem> problems;
        configuration = *Configuration::open(pathsFor(place.options), &keychain, problems);
        auto engine = Engine::open(place.options, *configuration);
        backend = std::make_unique<WindowBackend>(
            *configuration, std::make_unique<LocalGateway>(std::move(*engine)));
        backend->begin();
    }
    ui::Payments& payments() const { return backend->payments(); }
    gateway::WalletFacts wallet() const {
        std::optional<gateway::WalletFacts> facts;
        QObject context;
        backend->payments().queryWallet(&context, [&](const auto& found) { facts = *found; });
        for (int i = 0; i < 500 && !facts; ++i) {
            QTest::qWait(10);
        }
        return facts.value_or(gateway::WalletFacts());
    }

    FakeKeychain keychain;
    std::unique_ptr<Configuration> configuration;
    std::unique_ptr<WindowBackend> backend;
};

// A node of a chain: answers JSON-RPC, a call alone as well as a batch. Its answers are results; an
// Undefined one is an error.
class RpcNode final : public QObject {
  public:
    using Answer = std::function<QJsonValue(const QString& method, const QJsonArray& params)>;
    explicit RpcNode(Answer answer) : m_answer(std::move(answer)) {
        m_server.listen(QHostAddress::LocalHost);
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            QTcpSocket* socket = m_server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
        });
    }
    QString url() const { return QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort()); }

  private:
    QJsonObject answerTo(const QJsonObject& call) const {
        QJsonObject answer{{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                           {QStringLiteral("id"), call[QStringLiteral("id")]}};
        const QJsonValue result = m_answer(call[QStringLiteral("method")].toString(),
                                           call[QStringLiteral("params")].toArray());
        if (result.isUndefined()) {
            answer[QStringLiteral("error")] =
                QJsonObject{{QStringLiteral("code"), 3},
                            {QStringLiteral("message"), QStringLiteral("reverted")}};
        } else {
            answer[QStringLiteral("result")] = result;
        }
        return answer;
    }
    void read(QTcpSocket* socket) {
        QByteArray& got = m_got[socket];
        got += socket->readAll();
        const qsizetype end = got.indexOf("\r\n\r\n");
        const QByteArray head = got.left(end).toLower();
        const qsizetype at = head.indexOf("content-length: ");
        const qsizetype length = head.mid(at + 16, head.indexOf('\r', at) - at - 16).toInt();
        if (end < 0 || got.size() < end + 4 + length) {
            return;
        }
        const QJsonDocument asked = QJsonDocument::fromJson(got.mid(end + 4));
        QJsonArray answers;
        for (const QJsonValue& call :
             asked.isArray() ? asked.array() : QJsonArray{asked.object()}) {
            answers.append(answerTo(call.toObject()));
        }
        got.clear();
        const QByteArray body =
            (asked.isArray() ? QJsonDocument(answers) : QJsonDocument(answers[0].toObject()))
                .toJson(QJsonDocument::Compact);
        socket->write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                      QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }

    Answer m_answer;
    QTcpServer m_server;
    QHash<QTcpSocket*, QByteArray> m_got;
};

}  // namespace gr::app
