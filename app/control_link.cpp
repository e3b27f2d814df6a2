// SPDX-License-Identifier: MIT
#include "app/control_link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <QJsonDocument>
#include <QTimer>
#include <memory>

#include "base/secret.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMostBytes = 8 * 1024 * 1024;  // of one answer

bool sameUser(const QLocalSocket& socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(static_cast<int>(socket.socketDescriptor()), SOL_SOCKET, SO_PEERCRED, &peer,
                        &size) == 0 &&
           peer.uid == ::getuid();
}

Result<QJsonObject> readAnswer(const Result<QByteArray>& line) {
    if (!line) {
        return fail(line.error());
    }
    const QJsonObject answer = QJsonDocument::fromJson(*line).object();
    if (answer["ok"_L1].toBool()) {
        return answer;
    }
    const std::string sentence = answer["error"_L1].toString().toStdString();
    return fail(ErrorCode::BadRequest,
                sentence.empty() ? "The running gateway gave an answer without sense." : sentence);
}

// One question on its way. Lives until it is answered, once.
class Round final : public QObject {
  public:
    Round(const QByteArray& line, ControlLink::LineReply reply, QObject* parent)
        : QObject(parent), m_line(line), m_reply(std::move(reply)) {
        connect(&m_socket, &QLocalSocket::connected, this, &Round::say);
        connect(&m_socket, &QLocalSocket::readyRead, this, &Round::hear);
        connect(&m_socket, &QLocalSocket::errorOccurred, this,
                [this] { end(fail(ErrorCode::Unreachable, "The running gateway is gone.")); });
    }
    void go(const QString& socket, Milliseconds patience) {
        if (patience.count() > 0) {
            QTimer::singleShot(patience, this, [this] {
                end(fail(ErrorCode::Unreachable, "The running gateway does not answer."));
            });
        }
        // Later, because it may fail at once.
        QTimer::singleShot(0, this, [this, socket] { m_socket.connectToServer(socket); });
    }

  private:
    void say() {
        if (!sameUser(m_socket)) {
            end(fail(ErrorCode::Unreachable, "The control socket belongs to another user."));
            return;
        }
        m_socket.write(m_line + '\n');
        wipe(m_line.data(), static_cast<std::size_t>(m_line.size()));  // it may hold a key
    }
    void hear() {
        if (m_socket.canReadLine()) {
            end(m_socket.readLine(kMostBytes));
        } else if (m_socket.bytesAvailable() > kMostBytes) {
            end(fail(ErrorCode::Unreachable, "The running gateway says too much."));
        }
    }
    void end(Result<QByteArray> answer) {
        m_socket.disconnect(this);
        m_socket.abort();
        const ControlLink::LineReply reply = std::exchange(m_reply, {});
        deleteLater();
        if (reply) {
            reply(std::move(answer));
        }
    }

    QLocalSocket m_socket;
    QByteArray m_line;
    ControlLink::LineReply m_reply;
};

QByteArray lineOf(const QJsonObject& question) {
    return QJsonDocument(question).toJson(QJsonDocument::Compact);
}

}  // namespace

ControlLink::ControlLink(const QString& socket, QObject* parent)
    : QObject(parent), m_socket(socket) {}

void ControlLink::ask(const QJsonObject& question, Reply reply) {
    m_questions.enqueue({lineOf(question), std::move(reply)});
    next();
}

void ControlLink::askHeld(const QJsonObject& question, LineReply reply) {
    send(lineOf(question), Milliseconds(0), std::move(reply));
}

void ControlLink::next() {
    if (m_asking || m_questions.isEmpty()) {
        return;
    }
    m_asking = true;
    Question question = m_questions.dequeue();
    send(question.line, m_patience,
         [this, reply = std::move(question.reply)](const Result<QByteArray>& line) {
             m_asking = false;
             const QPointer<ControlLink> alive(this);
             reply(readAnswer(line));
             if (alive) {
                 next();
             }
         });
}

void ControlLink::send(const QByteArray& line, Milliseconds patience, LineReply reply) {
    (new Round(line, std::move(reply), this))->go(m_socket, patience);
}

}  // namespace gr::app
