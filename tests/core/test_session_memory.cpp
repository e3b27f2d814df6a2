// SPDX-License-Identifier: MIT
#include <QtTest>

#include "routing/session_memory.h"

using namespace gr;
using namespace gr::routing;

namespace {

SteadyTime minute(int count) {
    return SteadyTime() + std::chrono::hours(1'000) + std::chrono::minutes(count);
}

SessionMemory::Served by(const char* model, int at) {
    return {"p", model, minute(at), 1'000};
}

}  // namespace

class SessionMemoryTest final : public QObject {
    Q_OBJECT

  private slots:
    void theLatestStandsFirst() {
        SessionMemory memory;
        QVERIFY(!memory.find("s", minute(0)));
        memory.answered("s", by("a", 0), Money::fromPico(5));
        memory.answered("s", by("b", 1), Money::fromPico(7));
        memory.answered("s", by("a", 2), Money());
        const auto session = memory.find("s", minute(3));
        QVERIFY(session);
        QCOMPARE(session->served.size(), std::size_t{2});
        QCOMPARE(session->served[0].model, std::string("a"));
        QVERIFY(session->served[0].at == minute(2));
        QCOMPARE(session->answers, 3);
        QCOMPARE(session->spent.pico(), 12);
    }

    void afterAFailureThereIsNothingToStayWith() {
        SessionMemory memory;
        memory.answered("s", by("a", 0), Money());
        memory.failed("s", minute(1));
        QVERIFY(memory.find("s", minute(1))->failed);
        memory.answered("s", by("b", 2), Money());
        QVERIFY(!memory.find("s", minute(2))->failed);
    }

    void itForgets() {
        SessionMemory memory(3);
        for (const char* name : {"1", "2", "3"})
            memory.answered(name, by("a", 0), Money());
        memory.answered("1", by("a", 1), Money());
        memory.answered("4", by("a", 2), Money());
        QCOMPARE(memory.size(), std::size_t{3});
        QVERIFY(memory.find("1", minute(2)) && !memory.find("2", minute(2)));
        QVERIFY(!memory.find("1", minute(2 + 24 * 60)));
        memory.answered("5", by("a", 2 + 24 * 60), Money::fromPico(1));
        QCOMPARE(memory.size(), std::size_t{1});
    }

    // Many places of one session: the oldest go.
    void fewPlaces() {
        SessionMemory memory;
        for (const char* model : {"a", "b", "c", "d", "e"})
            memory.answered("s", by(model, 0), Money());
        QCOMPARE(memory.find("s", minute(0))->served.size(), std::size_t{4});
        QCOMPARE(memory.find("s", minute(0))->served.back().model, std::string("b"));
    }
};

QTEST_APPLESS_MAIN(SessionMemoryTest)
#include "test_session_memory.moc"
