// SPDX-License-Identifier: MIT
#include "net/endpoint.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkProxy>
#include <QNetworkReply>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kListTimeoutMs = 10'000;
constexpr int kAnswerTokens = 1024;  // room to think and to say hello

// The sentence of an error body in the endpoint's format, or what the network said.
QString sentenceOf(const QByteArray& body, const QNetworkReply& reply) {
    const QString told =
        QJsonDocument::fromJson(body).object()["error"_L1]["message"_L1].toString();
    if (!told.isEmpty()) {
        return told;
    }
    if (reply.error() == QNetworkReply::ConnectionRefusedError) {
        return Endpoint::tr("The gateway is not running.");
    }
    return reply.errorString();
}

}  // namespace

ChatStream::ChatStream(QNetworkReply* reply, QObject* parent)
    : QObject(parent), m_reply(reply), m_startedMs(QDateTime::currentMSecsSinceEpoch()) {
    reply->setParent(this);
    connect(reply, &QNetworkReply::readyRead, this, &ChatStream::read);
    connect(reply, &QNetworkReply::finished, this, &ChatStream::end);
}

ChatStream::~ChatStream() {
    m_reply->disconnect(this);
    m_reply->abort();
}

void ChatStream::stop() {
    m_end.stopped = true;
    m_reply->abort();
}

void ChatStream::read() {
    const QByteArray bytes = m_reply->readAll();
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status != 200) {
        m_errorBody += bytes;
        return;
    }
    const std::string_view view(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    const Result<void> fed =
        m_splitter.feed(view, [this](std::string_view event) { takeEvent(event); });
    if (!fed) {
        m_brokenBy = text(fed.error().message.text);
        m_reply->abort();
    }
}

void ChatStream::takeEvent(std::string_view event) {
    std::string scratch;
    const std::string_view data = http::sseData(event, scratch);
    if (data == "[DONE]") {
        m_done = true;
        return;
    }
    const QJsonObject object =
        QJsonDocument::fromJson(QByteArray(data.data(), static_cast<qsizetype>(data.size())))
            .object();
    if (object.contains("error"_L1)) {
        m_brokenBy = object["error"_L1]["message"_L1].toString();
        return;
    }
    if (const QJsonValue usage = object["usage"_L1]; usage.isObject()) {
        m_end.tokens = usage["total_tokens"_L1].toInteger(
            usage["prompt_tokens"_L1].toInteger() + usage["completion_tokens"_L1].toInteger());
    }
    const QString piece = object["choices"_L1][0]["delta"_L1]["content"_L1].toString();
    if (piece.isEmpty()) {
        return;
    }
    if (!m_end.firstTokenMs) {
        m_end.firstTokenMs = QDateTime::currentMSecsSinceEpoch() - m_startedMs;
    }
    emit delta(piece);
}

void ChatStream::end() {
    if (m_reply->bytesAvailable() > 0) {
        read();
    }
    const auto header = [this](const char* name) {
        return QString::fromLatin1(m_reply->rawHeader(name));
    };
    m_end.requestId = utf8(header("x-gaterouter-request-id"));
    m_end.model = header("x-gaterouter-model");
    m_end.code = header("x-gaterouter-error");
    const bool clean = m_reply->error() == QNetworkReply::NoError;
    m_end.ok = clean && m_done && m_brokenBy.isEmpty();
    if (m_end.stopped) {
        m_end.ok = true;
    } else if (!m_brokenBy.isEmpty()) {
        m_end.sentence = m_brokenBy;
    } else if (!clean) {
        m_end.sentence = sentenceOf(m_errorBody, *m_reply);
    } else if (!m_done) {
        m_end.sentence = tr("The answer stopped early.");
    }
    emit finished(m_end);
    deleteLater();
}

Endpoint::Endpoint(Backend& backend, QObject* parent) : QObject(parent), m_backend(backend) {
    // The endpoint is on this machine; loopback never goes through a proxy.
    m_network.setProxy(QNetworkProxy::NoProxy);
}

Endpoint::~Endpoint() {
    // Before the network that they stand on; children would go after it.
    qDeleteAll(findChildren<ChatStream*>(Qt::FindDirectChildrenOnly));
}

QNetworkRequest Endpoint::request(const QString& path, const QByteArray& key) const {
    QUrl url = m_backend.baseUrl();
    url.setPath(url.path() + path);
    QNetworkRequest request(url);
    request.setRawHeader("Authorization",
                         "Bearer " + (key.isEmpty() ? m_backend.sessionKey() : key));
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute,
                         QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    return request;
}

void Endpoint::listModels(QObject* context, Backend::Reply<QStringList> reply) {
    QNetworkRequest wanted = request(u"/models"_s, {});
    wanted.setTransferTimeout(kListTimeoutMs);
    QNetworkReply* answer = m_network.get(wanted);
    connect(answer, &QNetworkReply::finished, answer, &QObject::deleteLater);
    connect(answer, &QNetworkReply::finished, context, [answer, reply = std::move(reply)] {
        const QByteArray body = answer->readAll();
        if (answer->error() != QNetworkReply::NoError) {
            reply(fail(ErrorCode::Unreachable, utf8(sentenceOf(body, *answer))));
            return;
        }
        QStringList names;
        const QJsonArray models = QJsonDocument::fromJson(body).object()["data"_L1].toArray();
        for (const QJsonValue& model : models) {
            names << model["id"_L1].toString();
        }
        reply(names);
    });
}

ChatStream* Endpoint::chat(const QString& model, const QJsonArray& messages,
                           const QByteArray& key) {
    QNetworkRequest wanted = request(u"/chat/completions"_s, key);
    wanted.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    wanted.setRawHeader("Accept", "text/event-stream");
    const QJsonObject body{{u"model"_s, model},
                           {u"messages"_s, messages},
                           {u"stream"_s, true},
                           {u"stream_options"_s, QJsonObject{{u"include_usage"_s, true}}}};
    return new ChatStream(
        m_network.post(wanted, QJsonDocument(body).toJson(QJsonDocument::Compact)), this);
}

void Endpoint::ask(connect::Speaks format, const QString& model, const QString& question,
                   const QByteArray& key, QObject* context, std::function<void(AnswerEnd)> done) {
    const QJsonArray messages{QJsonObject{{u"role"_s, u"user"_s}, {u"content"_s, question}}};
    QJsonObject body{{u"model"_s, model}, {u"messages"_s, messages}};
    QNetworkRequest wanted = request(u"/chat/completions"_s, key);
    switch (format) {
        case connect::Speaks::Chat:
            break;
        case connect::Speaks::Messages:
            wanted = request(u"/messages"_s, key);
            wanted.setRawHeader("anthropic-version", "2023-06-01");
            body[u"max_tokens"_s] = kAnswerTokens;
            break;
        case connect::Speaks::Responses:
            wanted = request(u"/responses"_s, key);
            body = {{u"model"_s, model}, {u"input"_s, messages}, {u"store"_s, false}};
            break;
        case connect::Speaks::Gemini: {
            wanted = request({}, key);
            QUrl url = m_backend.baseUrl();
            url.setPath(u"/v1beta/models/%1:generateContent"_s.arg(model));
            wanted.setUrl(url);
            const QJsonArray parts{QJsonObject{{u"text"_s, question}}};
            const QJsonObject content{{u"role"_s, u"user"_s}, {u"parts"_s, parts}};
            body = {{u"contents"_s, QJsonArray{content}}};
            break;
        }
    }
    wanted.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    QNetworkReply* answer =
        m_network.post(wanted, QJsonDocument(body).toJson(QJsonDocument::Compact));
    connect(answer, &QNetworkReply::finished, answer, &QObject::deleteLater);
    connect(answer, &QNetworkReply::finished, context, [answer, done = std::move(done)] {
        AnswerEnd end;
        end.ok = answer->error() == QNetworkReply::NoError;
        end.requestId = utf8(QString::fromLatin1(answer->rawHeader("x-gaterouter-request-id")));
        end.model = QString::fromLatin1(answer->rawHeader("x-gaterouter-model"));
        end.code = QString::fromLatin1(answer->rawHeader("x-gaterouter-error"));
        if (!end.ok) {
            end.sentence = sentenceOf(answer->readAll(), *answer);
        }
        done(end);
    });
}

void Endpoint::judge(const std::string& requestId, bool good, QObject* context,
                     Backend::Reply<void> reply) {
    QNetworkRequest wanted = request(u"/feedback"_s, {});
    wanted.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    wanted.setTransferTimeout(kListTimeoutMs);
    const QJsonObject body{{u"id"_s, QString::fromStdString(requestId)}, {u"good"_s, good}};
    QNetworkReply* answer =
        m_network.post(wanted, QJsonDocument(body).toJson(QJsonDocument::Compact));
    connect(answer, &QNetworkReply::finished, answer, &QObject::deleteLater);
    connect(answer, &QNetworkReply::finished, context, [answer, reply = std::move(reply)] {
        if (answer->error() == QNetworkReply::NoError) {
            reply(Result<void>());
        } else {
            reply(fail(ErrorCode::Unreachable, utf8(sentenceOf(answer->readAll(), *answer))));
        }
    });
}

bool isSimulated(const QString& model) {
    return model.startsWith("sandbox/"_L1);
}

}  // namespace gr::ui
