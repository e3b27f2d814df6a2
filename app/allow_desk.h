// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <QThreadPool>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "app/approval_run.h"
#include "ui/payments.h"

namespace gr::app {

// Approvals of Permit2 for the window, one at a time: the run has a thread of its own, and waits
// there for what a person says here. Main thread.
class AllowDesk final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AllowDesk)

  public:
    AllowDesk() = default;
    ~AllowDesk() override;  // stops, and waits for it

    // `talk` and `done` come later, on the main thread, and never after `context` is gone.
    // InvalidField: one is under way.
    void start(QObject* context, std::filesystem::path dataDir, ledger::Location books,
               ApprovalOrder order, ui::AllowanceTalk talk, ui::Payments::Reply<void> done);
    // To what was asked last.
    void answer(bool yes);
    // Nothing is signed any more, and no block is waited for.
    void stop();

  private:
    // What the two threads share.
    struct Talk {
        std::mutex mutex;
        std::condition_variable said;
        std::optional<bool> answer;
        bool stopped = false;
    };
    gateway::Approver::World person(QObject* context, payment::ApprovalWish wish,
                                    const ui::AllowanceTalk& talk);

    std::shared_ptr<ApprovalRun> m_run;  // that is under way
    std::shared_ptr<Talk> m_talk;
    QThreadPool m_worker;
};

}  // namespace gr::app
