// SPDX-License-Identifier: MIT
#include <QtTest>

#include "ledger/reconcile.h"

using namespace gr;
using namespace gr::ledger;

namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr UnixMs kNow{1'795'000'000'000};

Money usd(const char* text) {
    return *Money::parse(text);
}

Sale sale(SaleState state, bool paid, bool served) {
    Sale made;
    made.state = state;
    made.createdAt = {kNow.value - 2 * kHour};
    made.validBefore = kNow.value / 1'000 - 2 * 3'600;
    made.usd = made.chargedUsd = usd("0.03");
    if (paid) {
        made.paidAt = made.createdAt;
        made.transaction = "0x1";
    }
    if (served)
        made.servedAt = made.createdAt;
    return made;
}

Purchase purchase(PurchaseState state) {
    Purchase made;
    made.state = state;
    made.createdAt = {kNow.value - 2 * kHour};
    made.validBefore = kNow.value / 1'000 - 2 * 3'600;
    made.usd = usd("0.03");
    made.bound = usd("0.04");
    made.transaction = "0x1";
    made.delivered = true;
    return made;
}

RequestRecord costing(std::optional<Money> cost) {
    RequestRecord record;
    record.cost = cost;
    return record;
}

std::string joined(const std::vector<std::string>& found) {
    std::string all;
    for (const std::string& one : found)
        all += one + "; ";
    return all;
}

}  // namespace

class TestReconcile final : public QObject {
    Q_OBJECT

  private slots:
    void whatAgreesIsNotNamed() {
        const RequestRecord record = costing(usd("0.02"));
        QVERIFY(mismatchesOf(sale(SaleState::Served, true, true), &record, kNow).empty());
        QVERIFY(mismatchesOf(sale(SaleState::Credit, true, false), &record, kNow).empty());
        QVERIFY(mismatchesOf(sale(SaleState::Failed, false, false), nullptr, kNow).empty());
        QVERIFY(mismatchesOf(purchase(PurchaseState::Settled), &record, kNow).empty());
        QVERIFY(mismatchesOf(purchase(PurchaseState::Released), nullptr, kNow).empty());
        QVERIFY(mismatchesOf(purchase(PurchaseState::Denied), nullptr, kNow).empty());
        // Nobody knows what it cost, or the record was removed.
        const RequestRecord unknown = costing(std::nullopt);
        QVERIFY(mismatchesOf(sale(SaleState::Served, true, true), &unknown, kNow).empty());
    }

    // What is charged by use is worked for first, and its answer waits for the money.
    void workByUseThatWasNotChargedIsNoAnswer() {
        Sale row = sale(SaleState::Failed, false, true);
        QCOMPARE(mismatchesOf(row, nullptr, kNow).size(), std::size_t{1});
        row.order = SaleOrder::ServedFirst;
        const RequestRecord gratis = costing(std::nullopt);
        QVERIFY(mismatchesOf(row, nullptr, kNow).empty());
        QVERIFY(mismatchesOf(row, &gratis, kNow).empty());
        const RequestRecord record = costing(usd("0.02"));
        QVERIFY(mismatchesOf(row, &record, kNow) ==
                std::vector<std::string>{"brought nothing, and its work cost $0.02"});
        row.state = SaleState::Reorged;
        QCOMPARE(mismatchesOf(row, nullptr, kNow).size(), std::size_t{1});
    }

    void whatIsOnItsWayIsNotNamed() {
        for (const SaleState state : {SaleState::Reserved, SaleState::Settling, SaleState::Serving})
            QVERIFY(mismatchesOf(sale(state, false, state == SaleState::Serving), nullptr, kNow)
                        .empty());
        Sale fresh = sale(SaleState::Unknown, false, false);
        fresh.validBefore = kNow.value / 1'000 + 60;
        QVERIFY(mismatchesOf(fresh, nullptr, kNow).empty());
        Purchase sent = purchase(PurchaseState::Sent);
        sent.validBefore = kNow.value / 1'000 + 60;
        QVERIFY(mismatchesOf(sent, nullptr, kNow).empty());
    }

    void sales_data() {
        QTest::addColumn<QString>("words");
        QTest::addColumn<int>("which");
        QTest::newRow("reorged behind the answer") << "was answered, and no money came; " << 0;
        QTest::newRow("never looked up")
            << "may have been paid: nobody could look at the chain; " << 1;
        QTest::newRow("no transaction") << "is paid, and no transaction is known; " << 2;
        QTest::newRow("not final")
            << "was paid more than a day ago, and its block is not known to be final; " << 3;
        QTest::newRow("nothing delivered")
            << "was paid, and nothing was delivered (the payer left); " << 4;
        QTest::newRow("no record") << "was answered, and its request is in no record; " << 5;
        QTest::newRow("too cheap") << "brought $0.03, and its work cost $0.05; " << 6;
    }
    void sales() {
        QFETCH(QString, words);
        QFETCH(int, which);
        RequestRecord record = costing(usd("0.02"));
        Sale row = sale(SaleState::Served, true, true);
        bool recorded = true;
        switch (which) {
            case 0:
                row = sale(SaleState::Reorged, false, true);
                break;
            case 1:
                row = sale(SaleState::Unknown, false, false);
                break;
            case 2:
                row.transaction.clear();
                break;
            case 3:
                row.paidAt = UnixMs{kNow.value - 25 * kHour};
                break;
            case 4:
                row = sale(SaleState::Failed, true, false);
                row.note = "the payer left";
                break;
            case 5:
                recorded = false;
                break;
            default:
                record = costing(usd("0.05"));
        }
        QCOMPARE(joined(mismatchesOf(row, recorded ? &record : nullptr, kNow)),
                 words.toStdString());
    }

    void purchases() {
        const RequestRecord record = costing(usd("0.03"));
        Purchase row = purchase(PurchaseState::Unknown);
        QCOMPARE(joined(mismatchesOf(row, &record, kNow)),
                 std::string("may have been taken: nobody could look at the chain; "));
        row = purchase(PurchaseState::Settled);
        row.delivered = false;
        QCOMPARE(joined(mismatchesOf(row, &record, kNow)),
                 std::string("was taken, and its answer never came; "));
        row = purchase(PurchaseState::Settled);
        row.transaction.clear();
        QCOMPARE(joined(mismatchesOf(row, nullptr, kNow)),
                 std::string("was taken, and no transaction is known; was answered, and its "
                             "request is in no record; "));
        row = purchase(PurchaseState::Settled);
        row.usd = usd("0.05");
        QCOMPARE(joined(mismatchesOf(row, &record, kNow)),
                 std::string("took $0.05, and we reckoned with $0.04 at most; "));
    }
};

QTEST_APPLESS_MAIN(TestReconcile)
#include "test_reconcile.moc"
