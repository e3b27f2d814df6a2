// SPDX-License-Identifier: MIT
// What the deadlines of an io thread promise, told by the order of things and not by a clock: the
// far ones are hours away, the near ones are past when the next tick looks.
#include <QtTest>
#include <functional>
#include <memory>
#include <string>

#include "http/deadlines.h"

using namespace gr;
using gr::http::Deadline;
using gr::http::Deadlines;

namespace {

constexpr Milliseconds kPast{0};
constexpr Milliseconds kFar{3'600'000};

// A deadline that does something.
struct Alarm {
    explicit Alarm(Deadlines& all) : deadline(all, ring, this) {}
    static void ring(void* self) {
        auto& alarm = *static_cast<Alarm*>(self);
        ++alarm.rung;
        const std::function<void()> action = alarm.then;  // it may end the alarm
        if (action)
            action();
    }

    int rung = 0;
    std::function<void()> then;
    Deadline deadline;
};

}  // namespace

class TestDeadlines final : public QObject {
    Q_OBJECT

  private:
    // Runs until `alarm` has rung so often.
    static void await(http::asio::io_context& io, const Alarm& alarm, int times = 1) {
        while (alarm.rung < times && io.run_one() > 0) {
        }
        QCOMPARE(alarm.rung, times);
    }

  private slots:
    void onlyWhatIsDueRings() {
        http::asio::io_context io;
        Deadlines all(io.get_executor());
        Alarm unset(all), far(all), cleared(all), moved(all), near(all);
        far.deadline.in(kFar);
        cleared.deadline.in(kPast);
        cleared.deadline.clear();
        moved.deadline.in(kPast);
        moved.deadline.in(kFar);
        near.deadline.in(kPast);
        await(io, near);
        // A second tick later each has had its chance, and what rang rests until it is set again.
        Alarm later(all);
        later.deadline.in(kPast);
        await(io, later);
        QCOMPARE(near.rung, 1);
        for (const Alarm* alarm : {&unset, &far, &cleared, &moved})
            QCOMPARE(alarm->rung, 0);
        near.deadline.in(kPast);
        await(io, near, 2);
    }

    // The action may end its own deadline and any other, the next in the row above all.
    void actionsMayEndDeadlines() {
        http::asio::io_context io;
        Deadlines all(io.get_executor());
        std::vector<std::unique_ptr<Alarm>> row;
        for (int i = 0; i < 5; ++i)
            row.push_back(std::make_unique<Alarm>(all));
        int rung = 0;
        for (auto& alarm : row) {
            alarm->deadline.in(kPast);
            alarm->then = [&row, &rung] {
                ++rung;
                row.clear();  // all of them, whichever rang first
            };
        }
        Alarm witness(all);  // the last to come is the first in the row
        witness.deadline.in(kFar);
        while (rung == 0 && io.run_one() > 0) {
        }
        QCOMPARE(rung, 1);
        witness.deadline.in(kPast);
        await(io, witness);
        QCOMPARE(rung, 1);
    }

    void aNeighbourThatGoesIsSteppedOver() {
        for (int goes = 0; goes < 3; ++goes) {
            http::asio::io_context io;
            Deadlines all(io.get_executor());
            std::vector<std::unique_ptr<Alarm>> row;
            for (int i = 0; i < 3; ++i) {
                row.push_back(std::make_unique<Alarm>(all));
                row.back()->deadline.in(kPast);
            }
            const auto ringer = static_cast<std::size_t>((goes + 1) % 3);
            const auto other = static_cast<std::size_t>((goes + 2) % 3);
            row[ringer]->then = [&row, goes] { row[static_cast<std::size_t>(goes)].reset(); };
            await(io, *row[ringer]);
            await(io, *row[other]);
        }
    }

    void actionsMayAddAndSetDeadlines() {
        http::asio::io_context io;
        Deadlines all(io.get_executor());
        Alarm first(all);
        std::unique_ptr<Alarm> added;
        first.then = [&] {
            if (added)
                return;
            first.deadline.in(kPast);  // once more
            added = std::make_unique<Alarm>(all);
            added->deadline.in(kPast);
        };
        first.deadline.in(kPast);
        await(io, first, 2);
        await(io, *added);
    }

    void nothingRingsAfterTheEnd() {
        http::asio::io_context io;
        Deadlines all(io.get_executor());
        Alarm alarm(all);
        io.poll();
        alarm.deadline.in(kPast);
        all.stop();
        io.run();  // returns: no tick is left
        QCOMPARE(alarm.rung, 0);
        Alarm later(all);
        later.deadline.in(kPast);
        io.restart();
        io.run();
        QCOMPARE(later.rung, 0);
    }

    // An io thread without connections must not be woken twice a second.
    void theTimerRestsWithoutDeadlines() {
        http::asio::io_context io;
        Deadlines all(io.get_executor());
        io.run();
        {
            Alarm alarm(all);
            alarm.deadline.in(kFar);
        }
        io.restart();
        io.run();  // returns after the tick that finds nobody
        Alarm again(all);
        again.deadline.in(kPast);
        io.restart();
        await(io, again);
    }
};

QTEST_APPLESS_MAIN(TestDeadlines)
#include "test_deadlines.moc"
