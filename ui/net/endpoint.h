// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QObject>
#include <QPointer>
#include <QString>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "backend.h"
#include "connect/tools.h"
#include "http/sse.h"

class QNetworkReply;

// The window as an ordinary client of the endpoint: what it does here, every tool can do.
namespace gr::ui {

// How a streamed answer ended.
struct AnswerEnd {
    bool ok = false;
    bool stopped = false;   // by the person
    QString sentence;       // not ok: what happened
    QString code;           // not ok: our own code (x-gaterouter-error), may be empty
    std::string requestId;  // empty when no answer came
    QString model;          // provider/model that answered
    std::optional<std::int64_t> firstTokenMs;
    std::optional<std::int64_t> tokens;  // in and out, when reported
};

// One streamed chat answer. Deletes itself after `finished`.
class ChatStream final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChatStream)

  public:
    ChatStream(QNetworkReply* reply, QObject* parent);
    ~ChatStream() override;
    void stop();

  signals:
    void delta(const QString& text);
    void finished(const gr::ui::AnswerEnd& end);

  private:
    void read();
    void takeEvent(std::string_view event);
    void end();

    QNetworkReply* m_reply;
    http::SseSplitter m_splitter;
    AnswerEnd m_end;
    QByteArray m_errorBody;
    QString m_brokenBy;  // sentence of an error event inside the stream
    qint64 m_startedMs;
    bool m_done = false;  // [DONE] was seen
};

class Endpoint final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Endpoint)

  public:
    explicit Endpoint(Backend& backend, QObject* parent = nullptr);
    ~Endpoint() override;  // ends what still streams

    // Names from GET /v1/models, in the endpoint's order. Called once, later.
    void listModels(QObject* context, Backend::Reply<QStringList> reply);
    // `messages` as the chat format has them. `key` empty: the window's own.
    ChatStream* chat(const QString& model, const QJsonArray& messages, const QByteArray& key = {});
    // The same question as a tool of that format asks it, answered as a whole. `done` on the main
    // thread, later; never after `context` is gone.
    void ask(connect::Speaks format, const QString& model, const QString& question,
             const QByteArray& key, QObject* context, std::function<void(AnswerEnd)> done);
    // How the person found the answer to this request of the window's own (POST /v1/feedback).
    void judge(const std::string& requestId, bool good, QObject* context,
               Backend::Reply<void> reply);

  private:
    QNetworkRequest request(const QString& path, const QByteArray& key) const;
    Backend& m_backend;
    QNetworkAccessManager m_network;
};

// Simulated models are named as such wherever they appear.
bool isSimulated(const QString& model);

}  // namespace gr::ui
