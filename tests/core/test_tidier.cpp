// SPDX-License-Identifier: MIT
// Memory goes back to the system when the work is over, and only then is it looked for.
#include <QtTest>
#include <thread>
#include <vector>

#include "base/memory.h"
#include "gateway/tidier.h"
#include "support/io_loop.h"

using namespace gr;
using namespace std::chrono_literals;
using gr::gateway::Tidier;
using gr::test::IoLoop;

namespace {

constexpr std::size_t kMb = 1024 * 1024;

// Leaves `count` blocks of 300 KB free, each behind one that stays, as bodies and what was kept of
// their requests lie. On a thread of its own, so that they are in a heap of its own.
std::vector<std::string> leaveHoles(int count) {
    std::vector<std::string> kept;
    std::thread([&kept, count] {
        std::vector<std::string> blocks;
        // The first block that is freed teaches the C library to take such sizes from its heap.
        for (int i = 0; i < 2; ++i)
            std::string(300'000, 'x').append("y");
        for (int i = 0; i < count; ++i) {
            blocks.emplace_back(300'000, 'a');
            kept.emplace_back(1'000, 'k');
        }
    }).join();
    return kept;
}

}  // namespace

class TestTidier final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsFreeGoesBack() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer brings its own memory");
#endif
        const std::size_t before = residentBytes();
        const auto kept = leaveHoles(200);
        const std::size_t after = residentBytes();
        QVERIFY2(after > before + 40 * kMb, "nothing to give back: the test tests nothing");
        giveBackMemory();
        QVERIFY2(residentBytes() < before + 10 * kMb,
                 std::to_string(residentBytes() / kMb).c_str());
        QCOMPARE(kept.size(), std::size_t(200));
    }

    void itLooksOnceAfterWorkAndAgainWhileThereIsMore() {
        IoLoop loop;
        JobThread worker("tidy", 1);
        int looks = 0;
        Tidier tidier(loop.executor(), worker, [&looks] { return ++looks < 3; }, {20ms, 20ms});
        tidier.touched();
        tidier.touched();
        loop.runUntil([&] { return looks == 3; });
        // Nothing is pending now: without the guard of the loop it would be over.
        QCOMPARE(loop.io().poll(), std::size_t(0));
        tidier.touched();
        loop.runUntil([&] { return looks == 4; });
    }

    void workIsNotDisturbed() {
        IoLoop loop;
        JobThread worker("tidy", 1);
        int looks = 0;
        const std::function<bool()> release = [&looks] { return ++looks < 0; };
        Tidier tidier(loop.executor(), worker, release, {5ms, 5ms});
        // Each end of a request puts the look off by one more time.
        std::size_t turns = 0;
        for (tidier.touched(); turns < 20; ++turns) {
            tidier.touched();
            loop.io().restart();
            loop.io().run_one();
            QCOMPARE(looks, 0);
        }
        loop.runUntil([&] { return looks == 1; });
    }

    void littleIsNotWorthIt() {
        QVERIFY(!Tidier::worthIt(20 * kMb, 20 * kMb));
        QVERIFY(!Tidier::worthIt(28 * kMb, 20 * kMb));
        QVERIFY(Tidier::worthIt(28 * kMb + 1, 20 * kMb));
        QVERIFY(!Tidier::worthIt(10 * kMb, 20 * kMb));
        QVERIFY(!Tidier::worthIt(0, 0));
    }
};

QTEST_GUILESS_MAIN(TestTidier)
#include "test_tidier.moc"
