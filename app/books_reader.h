// SPDX-License-Identifier: MIT
#pragma once

#include <QPointer>
#include <QThread>
#include <functional>
#include <optional>

#include "ledger/reader.h"

namespace gr::app {

// The reading side of the books on a thread of its own, so that no page ever waits for the disk.
// Owns the thread. Created, called and destroyed on the main thread.
class BooksReader final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BooksReader)

  public:
    explicit BooksReader(ledger::Location location);
    ~BooksReader() override;  // waits for the query that runs

    // Runs `query` on the thread and gives its result to `reply` on the main thread, unless
    // `context` is gone by then.
    template <class T>
    void ask(QObject* context, std::function<Result<T>(ledger::Reader&)> query,
             std::function<void(Result<T>)> reply) {
        const QPointer<QObject> alive(context);
        run([this, alive, query = std::move(query),
             reply = std::move(reply)](Result<ledger::Reader*> reader) {
            Result<T> result = reader ? query(**reader) : Result<T>(fail(reader.error()));
            QMetaObject::invokeMethod(
                this,
                [alive, reply, result = std::move(result)] {
                    if (alive) {
                        reply(result);
                    }
                },
                Qt::QueuedConnection);
        });
    }

  private:
    void run(std::function<void(Result<ledger::Reader*>)> job);
    Result<ledger::Reader*> reader();  // on the thread; opened at the first question

    ledger::Location m_location;
    std::optional<ledger::Reader> m_reader;  // of the thread
    QObject m_there;                         // lives on the thread: jobs are posted to it
    QThread m_thread;
};

}  // namespace gr::app
