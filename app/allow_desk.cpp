// SPDX-License-Identifier: MIT
#include "app/allow_desk.h"

#include <QPointer>
#include <utility>

#include "app/guarded.h"

namespace gr::app {

namespace {
constexpr Milliseconds kRest{1'000};
}

AllowDesk::~AllowDesk() {
    stop();
    m_worker.waitForDone();
}

// Of the worker: what is told goes to the main thread, and what is asked waits for it.
gateway::Approver::World AllowDesk::person(QObject* context, payment::ApprovalWish wish,
                                           const ui::AllowanceTalk& talk) {
    const auto shared = m_talk;
    const auto post = [this, alive = QPointer<QObject>(context)](std::function<void()> say) {
        QMetaObject::invokeMethod(
            this,
            [alive, say = std::move(say)] {
                if (alive) {
                    say();
                }
            },
            Qt::QueuedConnection);
    };
    const auto ask = [shared, post](std::function<void()> question) {
        {
            const std::lock_guard guard(shared->mutex);
            shared->answer.reset();
        }
        post(std::move(question));
        std::unique_lock lock(shared->mutex);
        shared->said.wait(lock, [&] { return shared->answer || shared->stopped; });
        return !shared->stopped && *shared->answer;
    };
    gateway::Approver::World world;
    world.confirm = [ask, talk, wish = std::move(wish)](
                        const payment::ApprovalSight& sight,
                        const payment::ApprovalStep& step) -> Result<void> {
        const bool yes =
            ask([talk, offer = ui::AllowanceOffer{wish, sight, step}] { talk.offered(offer); });
        return yes ? Result<void>() : fail(ErrorCode::Cancelled, "Nothing was signed.");
    };
    world.mayRaise = [ask, talk](const payment::Uint256& wei) {
        return ask([talk, wei] { talk.dearer(wei); });
    };
    world.tell = [post, talk](std::string_view sentence) {
        post([talk, said = std::string(sentence)] { talk.told(said); });
    };
    world.rest = [shared, post, talk](Milliseconds waited) {
        post([talk, waited] { talk.waited(waited); });
        std::unique_lock lock(shared->mutex);
        return !shared->said.wait_for(lock, kRest, [&] { return shared->stopped; });
    };
    return world;
}

void AllowDesk::start(QObject* context, std::filesystem::path dataDir, ledger::Location books,
                      ApprovalOrder order, ui::AllowanceTalk talk, ui::Payments::Reply<void> done) {
    const auto reply = guarded<void>(context, std::move(done));
    if (m_run) {
        QMetaObject::invokeMethod(
            this,
            [reply] {
                reply(fail(ErrorCode::InvalidField,
                           "Another approval of this window is still under way."));
            },
            Qt::QueuedConnection);
        return;
    }
    m_talk = std::make_shared<Talk>();
    auto person = this->person(context, order.wish, talk);
    m_run = std::make_shared<ApprovalRun>(std::move(dataDir), std::move(books), std::move(order),
                                          std::move(person));
    m_worker.start([this, run = m_run, reply] {
        const auto result = std::make_shared<const Result<void>>(run->run());
        QMetaObject::invokeMethod(
            this,
            [this, reply, result] {
                m_run.reset();  // and the key with it
                reply(*result);
            },
            Qt::QueuedConnection);
    });
}

void AllowDesk::answer(bool yes) {
    if (!m_talk) {
        return;
    }
    const std::lock_guard guard(m_talk->mutex);
    m_talk->answer = yes;
    m_talk->said.notify_all();
}

void AllowDesk::stop() {
    if (!m_run) {
        return;
    }
    {
        const std::lock_guard guard(m_talk->mutex);
        m_talk->stopped = true;
        m_talk->said.notify_all();
    }
    m_run->stop();
}

}  // namespace gr::app
