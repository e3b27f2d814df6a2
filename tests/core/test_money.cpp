// SPDX-License-Identifier: MIT
#include <QtTest>
#include <random>

#include "base/money.h"

using gr::Money;

class TestMoney final : public QObject {
    Q_OBJECT

  private slots:
    void parsesExactly_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("pico");
        QTest::newRow("whole") << QByteArray("5") << qint64(5'000'000'000'000);
        QTest::newRow("cents") << QByteArray("5.00") << qint64(5'000'000'000'000);
        QTest::newRow("small") << QByteArray("0.000000000001") << qint64(1);
        QTest::newRow("negative") << QByteArray("-0.0375") << qint64(-37'500'000'000);
        QTest::newRow("largest") << QByteArray("9223372.036854775807")
                                 << std::numeric_limits<qint64>::max();
    }
    void parsesExactly() {
        QFETCH(QByteArray, text);
        QFETCH(qint64, pico);
        const auto money = Money::parse(text.toStdString());
        QVERIFY(money);
        QCOMPARE(qint64(money->pico()), pico);
    }

    void refusesWhatIsNotExact_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"", "-", ".5", "5.", "1e3", " 1", "1 ", "$1", "+1", "1,5", "1.2.3",
                                 "0.0000000000001", "9223372.036854775808", "99999999999"})
            QTest::newRow(text) << QByteArray(text);
    }
    void refusesWhatIsNotExact() {
        QFETCH(QByteArray, text);
        QVERIFY(!Money::parse(text.toStdString()));
    }

    void printsWhatItParses() {
        std::mt19937_64 random(7);
        for (int i = 0; i < 20'000; ++i) {
            const auto money = Money::fromPico(static_cast<std::int64_t>(random()) >> (i % 60));
            const auto again = Money::parse(money.toDecimal());
            // The smallest number has no positive twin and cannot be parsed back.
            if (money.pico() != std::numeric_limits<std::int64_t>::min()) {
                QVERIFY(again);
                QCOMPARE(again->pico(), money.pico());
            }
        }
        QCOMPARE(Money::fromPico(0).toDecimal(), std::string("0.00"));
        QCOMPARE(Money::fromPico(37'500'000'000).toDecimal(), std::string("0.0375"));
    }

    void overflowGivesNothing() {
        const auto most = Money::fromPico(std::numeric_limits<std::int64_t>::max());
        QVERIFY(!most.plus(Money::fromPico(1)));
        QVERIFY(!most.times(2));
        QVERIFY(
            !Money::fromPico(std::numeric_limits<std::int64_t>::min()).minus(Money::fromPico(1)));
        QCOMPARE(most.minus(most)->pico(), std::int64_t(0));
    }
};

QTEST_APPLESS_MAIN(TestMoney)
#include "test_money.moc"
