// SPDX-License-Identifier: MIT
// Work on another thread, from the side of the coroutine that waits for it.
#include <QtTest>
#include <future>
#include <stdexcept>
#include <thread>

#include "http/offload.h"
#include "support/busy.h"
#include "support/io_loop.h"

using namespace gr;
using gr::http::AbortSlot;
using gr::test::Busy;
using gr::test::IoLoop;

namespace {

using Work = std::function<Result<int>()>;

}  // namespace

class TestOffload final : public QObject {
    Q_OBJECT

  private slots:
    void worksOnTheOtherThreadInOrder() {
        JobThread thread("jobs", 10);
        IoLoop loop;
        AbortSlot abort;
        const auto here = std::this_thread::get_id();
        for (int i = 0; i < 100; ++i) {
            const Work work = [here, i]() -> Result<int> {
                return std::this_thread::get_id() == here ? -1 : i;
            };
            const auto result = loop.get(http::offload<int>(thread, loop.executor(), abort, work));
            QVERIFY(result);
            QCOMPARE(*result, i);
        }
    }

    void theIoThreadGoesOnMeanwhile() {
        JobThread thread("jobs", 10);
        IoLoop loop;
        AbortSlot abort;
        std::promise<void> go;
        std::optional<int> result;
        const Work work = [&go]() -> Result<int> {
            go.get_future().wait();
            return 7;
        };
        const auto wait = [&]() -> http::Awaitable<void> {
            const auto done = co_await http::offload<int>(thread, loop.executor(), abort, work);
            result = done.value_or(-1);
        };
        loop.start(wait());
        bool other = false;
        http::asio::post(loop.executor(), [&other] { other = true; });
        loop.runUntil([&other] { return other; });
        QVERIFY(!result);
        go.set_value();
        loop.runUntil([&result] { return result.has_value(); });
        QCOMPARE(*result, 7);
    }

    void errorsAndExceptionsComeBack() {
        JobThread thread("jobs", 10);
        IoLoop loop;
        AbortSlot abort;
        const Work failing = []() -> Result<int> { return fail(ErrorCode::LedgerBusy, "later"); };
        QCOMPARE(loop.get(http::offload<int>(thread, loop.executor(), abort, failing)).error().code,
                 ErrorCode::LedgerBusy);
        const Work throwing = []() -> Result<int> { throw std::runtime_error("no memory"); };
        QCOMPARE(
            loop.get(http::offload<int>(thread, loop.executor(), abort, throwing)).error().code,
            ErrorCode::Internal);
    }

    void tooMuchIsRefusedAtOnce() {
        JobThread thread("jobs", 2);
        Busy busy(thread);
        IoLoop loop;
        AbortSlot abort;
        int done = 0;
        int refused = 0;
        const Work work = []() -> Result<int> { return 1; };
        const auto wait = [&]() -> http::Awaitable<void> {
            const auto result = co_await http::offload<int>(thread, loop.executor(), abort, work);
            done += result ? 1 : 0;
            refused += !result && result.error().code == ErrorCode::Overloaded ? 1 : 0;
        };
        for (int i = 0; i < 5; ++i)
            loop.start(wait());
        loop.runUntil([&] { return refused == 3; });
        QCOMPARE(done, 0);
        busy.end();
        loop.runUntil([&] { return done == 2; });
    }

    void whatHasNotBegunIsLeftOut() {
        JobThread thread("jobs", 10);
        Busy busy(thread);
        IoLoop loop;
        AbortSlot abort;
        std::atomic<int> worked = 0;
        std::optional<ErrorCode> error;
        const Work work = [&worked]() -> Result<int> { return ++worked; };
        const auto wait = [&]() -> http::Awaitable<void> {
            const auto result = co_await http::offload<int>(thread, loop.executor(), abort, work);
            error = result ? ErrorCode::Internal : result.error().code;
        };
        loop.start(wait());
        bool waiting = false;
        http::asio::post(loop.executor(), [&waiting] { waiting = true; });
        loop.runUntil([&waiting] { return waiting; });
        abort.fire();
        busy.end();
        loop.runUntil([&error] { return error.has_value(); });
        QCOMPARE(*error, ErrorCode::Cancelled);
        QCOMPARE(worked.load(), 0);
    }

    void whatBeganIsWaitedFor() {
        JobThread thread("jobs", 10);
        IoLoop loop;
        AbortSlot abort;
        std::promise<void> begun;
        std::promise<void> go;
        bool over = false;
        std::optional<int> result;
        const Work work = [&]() -> Result<int> {
            begun.set_value();
            go.get_future().wait();
            over = true;
            return 3;
        };
        const auto wait = [&]() -> http::Awaitable<void> {
            const auto done = co_await http::offload<int>(thread, loop.executor(), abort, work);
            result = done.value_or(-1);
        };
        loop.start(wait());
        bool waiting = false;
        http::asio::post(loop.executor(), [&waiting] { waiting = true; });
        loop.runUntil([&waiting] { return waiting; });
        begun.get_future().wait();
        abort.fire();
        go.set_value();
        loop.runUntil([&result] { return result.has_value(); });
        QVERIFY(over);
        QCOMPARE(*result, 3);
    }

    void jobsThatWaitAreDroppedAtTheEnd() {
        std::atomic<int> done = 0;
        std::promise<void> ending;
        {
            JobThread thread("jobs", 10);
            std::promise<void> begun;
            thread.post([&] {
                begun.set_value();
                ending.get_future().wait();
                ++done;
            });
            for (int i = 0; i < 5; ++i)
                thread.post([&done] { ++done; });
            begun.get_future().wait();
            ending.set_value();
        }
        QVERIFY(done >= 1);  // the one that ran was not cut off
    }
};

QTEST_APPLESS_MAIN(TestOffload)
#include "test_offload.moc"
