// SPDX-License-Identifier: MIT
#include <QtTest>
#include <set>
#include <thread>
#include <vector>

#include "base/ulid.h"

using gr::newRequestId;
using gr::timeOfRequestId;
using gr::UnixMs;

class TestUlid final : public QObject {
    Q_OBJECT

  private slots:
    void carriesItsTime() {
        for (const std::int64_t ms : {0LL, 1LL, 1'795'370'000'123LL, (1LL << 48) - 1}) {
            const std::string id = newRequestId({ms});
            QCOMPARE(id.size(), std::size_t(30));
            QVERIFY(id.starts_with("req_"));
            const auto time = timeOfRequestId(id);
            QVERIFY(time);
            QCOMPARE(qint64(time->value), qint64(ms));
        }
        // A published pair: the example of the ULID specification.
        const auto known = timeOfRequestId("req_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        QVERIFY(known);
        QCOMPARE(qint64(known->value), qint64(1'469'922'850'259));
    }

    void neverRepeatsAndKeepsTheOrder() {
        std::string last;
        for (int i = 0; i < 200'000; ++i) {
            const std::string id = newRequestId({1'700'000'000'000 + i / 1000});
            QVERIFY2(id > last, qPrintable(QString::fromStdString(last + " then " + id)));
            last = id;
        }
    }

    void threadsDoNotCollide() {
        std::vector<std::vector<std::string>> made(4);
        std::vector<std::thread> threads;
        for (auto& ids : made) {
            threads.emplace_back([&ids] {
                for (int i = 0; i < 10'000; ++i)
                    ids.push_back(newRequestId({1'700'000'000'000}));
            });
        }
        for (auto& thread : threads)
            thread.join();
        std::set<std::string> all;
        for (const auto& ids : made)
            all.insert(ids.begin(), ids.end());
        QCOMPARE(all.size(), std::size_t(40'000));
    }

    void otherTextsHaveNoTime_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text :
             {"", "req_", "req_01ARZ3NDEKTSV4RRFFQ69G5FA", "req_01ARZ3NDEKTSV4RRFFQ69G5FAVX",
              "rex_01ARZ3NDEKTSV4RRFFQ69G5FAV", "req_01ARZ3NDEKTSV4RRFFQ69G5FAU",
              "req_01arz3ndektsv4rrffq69g5fav", "req_81ARZ3NDEKTSV4RRFFQ69G5FAV",
              "req_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"})
            QTest::newRow(text) << QByteArray(text);
    }
    void otherTextsHaveNoTime() {
        QFETCH(QByteArray, text);
        QVERIFY(!timeOfRequestId(text.toStdString()));
    }
};

QTEST_APPLESS_MAIN(TestUlid)
#include "test_ulid.moc"
