// SPDX-License-Identifier: MIT
#include "fake_endpoint.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTcpSocket>
#include <memory>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QByteArray eventOf(const QJsonObject& object) {
    return "data: " + QJsonDocument(object).toJson(QJsonDocument::Compact) + "\n\n";
}

QByteArray piece(const QString& words) {
    const QJsonObject delta{{u"content"_s, words}};
    return eventOf({{u"choices"_s, QJsonArray{QJsonObject{{u"index"_s, 0}, {u"delta"_s, delta}}}}});
}

QByteArray lengthOf(const QByteArray& head) {
    for (const QByteArray& line : head.split('\n')) {
        if (line.toLower().startsWith("content-length:")) {
            return line.mid(15).trimmed();
        }
    }
    return "0";
}

}  // namespace

FakeEndpoint::FakeEndpoint() {
    connect(this, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket* socket = nextPendingConnection()) {
            serve(socket);
        }
    });
    listen(QHostAddress::LocalHost);
}

QUrl FakeEndpoint::baseUrl() const {
    return QUrl(u"http://127.0.0.1:%1/v1"_s.arg(serverPort()));
}

void FakeEndpoint::serve(QTcpSocket* socket) {
    auto buffer = std::make_shared<QByteArray>();
    connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
        ++closedByClient;
        socket->deleteLater();
    });
    connect(socket, &QTcpSocket::readyRead, this, [this, socket, buffer] {
        *buffer += socket->readAll();
        const qsizetype end = buffer->indexOf("\r\n\r\n");
        if (end < 0) {
            return;
        }
        const qsizetype length = lengthOf(buffer->left(end)).toInt();
        if (buffer->size() < end + 4 + length) {
            return;
        }
        const QByteArray head = buffer->left(end);
        const QByteArray body = buffer->mid(end + 4, length);
        buffer->clear();
        handle(socket, head, body);
    });
}

void FakeEndpoint::handle(QTcpSocket* socket, const QByteArray& head, const QByteArray& body) {
    const auto send = [socket](int status, const QByteArray& json) {
        socket->write("HTTP/1.1 " + QByteArray::number(status) +
                      " X\r\nContent-Type: application/json\r\nContent-Length: " +
                      QByteArray::number(json.size()) + "\r\n\r\n" + json);
    };
    if (head.startsWith("GET /v1/models ")) {
        send(200, R"({"object":"list","data":[{"id":"sandbox/story"},{"id":"sandbox/echo"},)"
                  R"({"id":"openai/gpt-5.4-mini"}]})");
        return;
    }
    if (head.startsWith("POST /v1/feedback ")) {
        judged << QJsonDocument::fromJson(body).object();
        send(judged.size() == 1 ? 200 : 404,
             judged.size() == 1 ? R"({"ok":true})"
                                : R"({"error":{"message":"No answer that was chosen lately."}})");
        return;
    }
    if (!head.startsWith("POST /v1/chat/completions ")) {
        otherPaths << QString::fromLatin1(head.left(head.indexOf('\r')));
        send(404, "{}");
        return;
    }
    asked << QJsonDocument::fromJson(body).object();
    if (errorStatus != 0) {
        const QJsonObject error{{u"message"_s, errorSentence}, {u"type"_s, u"server_error"_s}};
        send(errorStatus, QJsonDocument(QJsonObject{{u"error"_s, error}}).toJson());
        return;
    }
    stream(socket);
}

void FakeEndpoint::stream(QTcpSocket* socket) {
    const QByteArray model = asked.last()["model"_L1].toString().toLatin1();
    socket->write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        "Connection: close\r\nx-gaterouter-request-id: req_play1\r\n"
        "x-gaterouter-model: " +
        model + "\r\n\r\n");
    if (keepOpen) {
        socket->write(piece(u"Once "_s));
        return;
    }
    for (const QString& word : answer.split(u' ')) {
        socket->write(piece(word + u' '));
    }
    socket->write(eventOf({{u"choices"_s, QJsonArray()},
                           {u"usage"_s, QJsonObject{{u"prompt_tokens"_s, 12},
                                                    {u"completion_tokens"_s, 240},
                                                    {u"total_tokens"_s, 252}}}}));
    socket->write("data: [DONE]\n\n");
    socket->disconnectFromHost();
}

}  // namespace gr::ui
