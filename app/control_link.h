// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonObject>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>
#include <QQueue>
#include <functional>

#include "base/clock.h"
#include "base/result.h"

namespace gr::app {

// The window's end of a control socket (core/gateway/control.h): questions go one after the other,
// each on a connection of its own, except those that may be held for long. Nothing waits. The other
// side must be a process of the same user. Main thread.
class ControlLink final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ControlLink)

  public:
    // The whole line, or Unreachable: nobody is there (any more), or is silent for too long.
    using LineReply = std::function<void(Result<QByteArray>)>;
    // The answer, or the sentence of a refusal with the code BadRequest, or Unreachable.
    using Reply = std::function<void(Result<QJsonObject>)>;

    explicit ControlLink(const QString& socket, QObject* parent = nullptr);

    // Replies come later, in order; none when this object is gone before.
    void ask(const QJsonObject& question, Reply reply);
    // On the side, without a limit of time.
    void askHeld(const QJsonObject& question, LineReply reply);

    void setPatience(Milliseconds patience) { m_patience = patience; }

  private:
    struct Question {
        QByteArray line;
        Reply reply;
    };
    void send(const QByteArray& line, Milliseconds patience, LineReply reply);
    void next();

    QString m_socket;
    Milliseconds m_patience{8'000};
    QQueue<Question> m_questions;
    bool m_asking = false;
};

}  // namespace gr::app
