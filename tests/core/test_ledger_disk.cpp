// SPDX-License-Identifier: MIT
// The ledger on a disk that refuses or forgets.
#include <QtTest>
#include <random>
#include <set>

#include "base/text.h"
#include "ledger/verify.h"
#include "support/frail_disk.h"
#include "support/ledger_fixture.h"

using gr::ErrorCode;
using gr::ledger::ClientKey;
using gr::ledger::Ledger;
using gr::ledger::RequestRecord;
using gr::ledger::verifyBooks;
using gr::test::FrailDisk;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

ClientKey key(int number) {
    return {.id = "key-" + std::to_string(number),
            .sha256 = gr::sha256(std::to_string(number)),
            .createdAt = {kNoon.value + number},
            .expiresAt = std::nullopt,
            .revokedAt = std::nullopt};
}

bool soundBooks(const std::filesystem::path& file) {
    const auto report = verifyBooks(file);
    if (!went(report))
        return false;
    for (const std::string& finding : report->findings)
        qWarning("%s", finding.c_str());
    return report->findings.empty();
}

}  // namespace

class TestLedgerDisk final : public QObject {
    Q_OBJECT

  private:
    FrailDisk m_disk;

  private slots:
    void cleanup() { m_disk.refuse(SQLITE_OK); }

    void rowsWaitUntilTheDiskTakesThem_data() {
        QTest::addColumn<int>("refusal");
        QTest::addColumn<int>("code");
        QTest::newRow("full") << SQLITE_FULL << int(ErrorCode::DiskFull);
        QTest::newRow("broken") << SQLITE_IOERR_WRITE << int(ErrorCode::FileUnwritable);
        QTest::newRow("read-only") << SQLITE_READONLY << int(ErrorCode::ReadOnly);
    }
    void rowsWaitUntilTheDiskTakesThem() {
        QFETCH(int, refusal);
        QFETCH(int, code);
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        RandomRecords random(3);
        ledger->append(random.next(kNoon));
        ledger->flush();
        m_disk.refuse(refusal);
        for (int i = 1; i <= 2'000; ++i)
            ledger->append(random.next({kNoon.value + i}));
        ledger->flush();  // comes back although nothing can be written
        auto health = ledger->health();
        QVERIFY(health.error);
        QCOMPARE(int(health.error->code), code);
        QVERIFY(health.error->message.text.find(folder.file().string()) != std::string::npos);
        QCOMPARE(health.queued, std::uint64_t(2'000));
        QCOMPARE(health.lost, std::uint64_t(0));
        const auto refused = ledger->addClientKey(key(1));
        QVERIFY(!refused);
        QCOMPARE(int(refused.error().code), code);
        // What is there can still be read.
        QCOMPARE(folder.reader().page({}, {}, 10)->size(), std::size_t(1));

        m_disk.refuse(SQLITE_OK);
        ledger->flush();
        health = ledger->health();
        QVERIFY(!health.error);
        QCOMPARE(health.written, std::uint64_t(2'001));
        QCOMPARE(health.queued, std::uint64_t(0));
        QVERIFY(folder.reader().gaps({0}, {kNoon.value * 2})->empty());
        QVERIFY(went(ledger->addClientKey(key(1))));
        ledger.reset();
        QVERIFY(soundBooks(folder.file()));
    }

    void theDiskIsTriedAgainByItself() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        m_disk.refuse(SQLITE_FULL);
        ledger->append(sampleRecord(kNoon));
        QTRY_VERIFY(ledger->health().error.has_value());
        m_disk.refuse(SQLITE_OK);
        QTRY_COMPARE(ledger->health().written, std::uint64_t(1));
        QVERIFY(!ledger->health().error);
    }

    void whatDoesNotFitIsAGap() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        m_disk.refuse(SQLITE_FULL);
        constexpr int kAppended = 50'000;
        std::vector<std::string> ids;
        for (int i = 0; i < kAppended; ++i) {
            RequestRecord record = sampleRecord({kNoon.value + i});
            ids.push_back(record.id);
            ledger->append(std::move(record));
        }
        ledger->flush();
        const auto health = ledger->health();
        QVERIFY(health.lost > 0);
        QVERIFY(health.queued >= 10'000 && health.queued <= 20'000);
        QCOMPARE(health.lost + health.queued, std::uint64_t(kAppended));

        m_disk.refuse(SQLITE_OK);
        ledger->append(sampleRecord({kNoon.value + kAppended}));
        ledger->flush();
        QCOMPARE(ledger->health().written, health.queued + 1);
        auto reader = folder.reader();
        const auto gaps = reader.gaps({0}, {kNoon.value + kAppended});
        QVERIFY(went(gaps));
        QCOMPARE(gaps->size(), std::size_t(1));
        const auto lost = std::int64_t(health.lost);
        QCOMPARE(gaps->at(0).requests, lost);
        // The oldest are gone, and only they.
        QCOMPARE(gaps->at(0).from.value, kNoon.value);
        QCOMPARE(gaps->at(0).to.value, kNoon.value + lost - 1);
        const auto kept = reader.newerThan(0, 1);
        QVERIFY(went(kept));
        QCOMPARE(kept->at(0).record.id, ids[std::size_t(lost)]);
        QVERIFY(reader.gaps({kNoon.value + lost}, {kNoon.value * 2})->empty());
        QVERIFY(soundBooks(folder.file()));
    }

    void openingOnAFullDiskSaysSo() {
        const LedgerFolder folder;
        m_disk.refuse(SQLITE_FULL);
        const auto opened = Ledger::open(folder.file());
        QVERIFY(!opened);
        QVERIFY(opened.error().code == ErrorCode::DiskFull);
        m_disk.refuse(SQLITE_OK);
        QVERIFY(folder.ledger());  // the beginning that was left does no harm
    }

    void anExistingLedgerOpensOnAFullDisk() {
        const LedgerFolder folder;
        folder.ledger()->append(sampleRecord(kNoon));
        m_disk.refuse(SQLITE_FULL);
        {
            auto ledger = folder.ledger();
            QVERIFY(ledger);
            ledger->append(sampleRecord(kNoon));
            QCOMPARE(folder.reader().page({}, {}, 10)->size(), std::size_t(1));
            ledger->flush();
            QVERIFY(ledger->health().error);
            m_disk.refuse(SQLITE_OK);
        }
        QCOMPARE(folder.reader().page({}, {}, 10)->size(), std::size_t(2));
    }

    void acknowledgedKeysSurviveAPowerCut() {
        std::mt19937 random(11);
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        RandomRecords records(12);
        std::set<std::string> present;
        std::set<std::string> revoked;
        for (int round = 0; round < 60; ++round) {
            const int rows = static_cast<int>(records.below(400));
            for (int i = 0; i < rows; ++i)
                ledger->append(records.next({kNoon.value + round * 1'000 + i}));
            if (round % 3 == 0)
                ledger->flush();
            QVERIFY(went(ledger->addClientKey(key(round))));
            present.insert(key(round).id);
            if (round % 4 == 1) {
                QVERIFY(went(ledger->revokeClientKey(key(round / 2).id, kNoon)));
                revoked.insert(key(round / 2).id);
            }
            const LedgerFolder after;
            std::filesystem::create_directories(after.file().parent_path());
            m_disk.cutPower(folder.file().parent_path(), after.file().parent_path(), random);
            auto woken = after.ledger();
            QVERIFY(woken);
            const auto keys = woken->clientKeys();
            QVERIFY(went(keys));
            QCOMPARE(keys->size(), present.size());
            for (const ClientKey& found : *keys) {
                QVERIFY(present.contains(found.id));
                QCOMPARE(found.revokedAt.has_value(), revoked.contains(found.id));
            }
            QVERIFY(soundBooks(after.file()));
        }
    }
};

QTEST_APPLESS_MAIN(TestLedgerDisk)
#include "test_ledger_disk.moc"
