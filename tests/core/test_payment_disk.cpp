// SPDX-License-Identifier: MIT
// Payments on a disk that refuses or forgets.
#include <QtTest>
#include <random>

#include "ledger/verify.h"
#include "support/frail_disk.h"
#include "support/ledger_fixture.h"
#include "support/payment_script.h"

using namespace gr::ledger;
using gr::ErrorCode;
using gr::test::allowAll;
using gr::test::dollars;
using gr::test::FrailDisk;
using gr::test::intentOf;
using gr::test::LedgerFolder;
using gr::test::PaymentScript;
using gr::test::saleOf;
using gr::test::signedWith;
using gr::test::went;

class PaymentDiskTest final : public QObject {
    Q_OBJECT

  private:
    FrailDisk m_disk;

  private slots:
    void cleanup() { m_disk.refuse(SQLITE_OK); }

    void whatWasAcknowledgedSurvivesAPowerCut() {
        std::mt19937 random(20);
        const LedgerFolder folder;
        auto script = PaymentScript::open(folder.location());
        QVERIFY(script.has_value());
        std::size_t cuts = 0;
        for (bool more = true; more;) {
            more = false;
            for (std::size_t i = 0; i < PaymentScript::ways().size(); ++i) {
                if (!script->step(i))
                    continue;
                more = true;
                const std::vector<int> now = script->look();
                QTemporaryDir after;
                const std::filesystem::path place = after.path().toStdString();
                m_disk.cutPower(folder.file().parent_path(), place, random);
                ++cuts;
                auto left = PaymentScript::open(place / folder.file().filename());
                QVERIFY(left.has_value());
                QCOMPARE(left->look(), now);
                const auto report = verifyBooks(place / folder.file().filename());
                QVERIFY(went(report));
                QVERIFY(report->findings.empty());
            }
        }
        QVERIFY(cuts >= 30);
    }

    void whatCannotBeWrittenIsNotDone_data() {
        QTest::addColumn<int>("refusal");
        QTest::addColumn<int>("code");
        QTest::newRow("full") << SQLITE_FULL << int(ErrorCode::DiskFull);
        QTest::newRow("broken") << SQLITE_IOERR_WRITE << int(ErrorCode::FileUnwritable);
    }
    void whatCannotBeWrittenIsNotDone() {
        QFETCH(int, refusal);
        QFETCH(int, code);
        const LedgerFolder folder;
        const auto purchases = PurchaseBook::open(folder.location()).value();
        const auto sales = SaleBook::open(folder.location(), "one").value();
        const auto id = purchases->intend(intentOf("a", dollars("1")), allowAll)->purchase.id;
        m_disk.refuse(refusal);
        const auto refused = purchases->intend(intentOf("b", dollars("1")), allowAll);
        QVERIFY(!refused);
        QCOMPARE(int(refused.error().code), code);
        QVERIFY(!purchases->advance(id, {PurchaseState::Intended}, PurchaseState::Signed,
                                    signedWith("0x1")));
        QVERIFY(!sales->reserve(saleOf(1, dollars("1"))));
        QCOMPARE(purchases->sums()->total.toDecimal(), std::string("1.00"));
        m_disk.refuse(SQLITE_OK);
        QVERIFY((**purchases->find(id)).state == PurchaseState::Intended);
        QVERIFY(purchases->intend(intentOf("b", dollars("1")), allowAll)->kind ==
                IntendAnswer::Kind::New);
        QVERIFY(sales->reserve(saleOf(1, dollars("1")))->kind == SaleReserved::Kind::New);
        QVERIFY(verifyBooks(folder.file())->findings.empty());
    }
};

QTEST_APPLESS_MAIN(PaymentDiskTest)
#include "test_payment_disk.moc"
