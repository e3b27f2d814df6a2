// SPDX-License-Identifier: MIT
// Payments as `ledger verify`, `ledger export` and the removal of old rows see them.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <algorithm>
#include <sstream>

#include "ledger/payment_export.h"
#include "ledger/purchase_book.h"
#include "ledger/relayer_book.h"
#include "ledger/sale_book.h"
#include "ledger/verify.h"
#include "support/ledger_fixture.h"
#include "support/purchase_samples.h"
#include "support/sale_samples.h"

using namespace gr::ledger;
using gr::Result;
using gr::test::allowAll;
using gr::test::bring;
using gr::test::dollars;
using gr::test::holdAll;
using gr::test::intentOf;
using gr::test::LedgerFolder;
using gr::test::saleOf;
using gr::test::went;

namespace {

std::string table(const std::string& name) {
    return (LedgerFolder::inPostgres() ? "gaterouter." : "") + name;
}

// One row of every state of both machines, and what belongs to them.
void fill(const LedgerFolder& folder) {
    auto purchases = PurchaseBook::open(folder.location());
    auto sales = SaleBook::open(folder.location(), "one");
    auto relayers = RelayerBook::open(folder.location());
    if (!went(purchases) || !went(sales) || !went(relayers))
        qFatal("no books");
    for (const PurchaseState state : kPurchaseStates) {
        const bool held = state == PurchaseState::Held || state == PurchaseState::Denied;
        const auto made = (*purchases)
                              ->intend(intentOf(std::string(nameOf(state)), dollars("0.5")),
                                       held ? holdAll : allowAll);
        if (!bring(**purchases, made->purchase.id, made->purchase.state, state))
            qFatal("a purchase was not brought there");
    }
    std::uint64_t nonce = 0;
    for (const SaleOrder order : {SaleOrder::PaidFirst, SaleOrder::ServedFirst}) {
        for (const SaleState state : kSaleStates) {
            if (order == SaleOrder::ServedFirst && state == SaleState::Credit)
                continue;
            const auto made = (*sales)->reserve(saleOf(++nonce, dollars("0.25"), order));
            if (!bring(**sales, made->sale.id, order, state))
                qFatal("a sale was not brought there");
        }
    }
    (void)(*relayers)->prepare(1, "0xf3", 0, "sale", [](std::int64_t) {
        RelayTransaction made;
        made.raw = "raw";
        made.hash = "0xaa";
        return Result<RelayTransaction>(made);
    });
}

BooksReport verified(const LedgerFolder& folder) {
    auto report = verifyBooks(folder.location(), folder.keys());
    if (!went(report))
        qFatal("not verified");
    for (const std::string& finding : report->findings)
        qInfo("%s", finding.c_str());
    return *report;
}

std::string exported(const LedgerFolder& folder, ExportFormat format, bool sales) {
    std::ostringstream out;
    const auto done = sales ? exportSales(folder.location(), format, {}, out)
                            : exportPurchases(folder.location(), format, {}, out);
    return went(done) ? out.str() : std::string();
}

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

}  // namespace

class PaymentBooksTest final : public QObject {
    Q_OBJECT

  private slots:
    void soundBooksAreSound() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        fill(folder);
        const BooksReport report = verified(folder);
        QVERIFY(report.findings.empty());
        QCOMPARE(report.payments.purchases, 10);
        QCOMPARE(report.payments.sales, 17);
    }

    void whatASlipDidIsFound_data() {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QString>("finding");
        const auto row = [](const char* name, const std::string& sql, const char* finding) {
            QTest::newRow(name) << QString::fromStdString(sql) << QString::fromLatin1(finding);
        };
        const std::string purchases = "UPDATE " + table("purchases") + " SET ";
        const std::string sales = "UPDATE " + table("sales") + " SET ";
        row("no such state", purchases + "state = 'paid' WHERE state = 'sent'",
            "there is no state \"paid\"");
        row("amount", purchases + "amount = '1.5' WHERE state = 'sent'", "its amount is no number");
        row("less spent", purchases + "usd_pico = 1 WHERE state = 'settled'",
            "the sum says 3500000000000 pico-dollars, the rows say 3000000000001");
        row("taken out", "DELETE FROM " + table("purchases") + " WHERE state = 'settled'",
            "the rows say 3000000000000");
        row("freed too early",
            purchases +
                "state = 'released', open = 0, header = '' "
                "WHERE state = 'refused'",
            "the rows say 3000000000000");
        row("sums gone", "DELETE FROM " + table("spent_days"), "there is no sum");
        row("not booked", purchases + "booked_ms = NULL WHERE state = 'unknown'",
            "it does not say since when it counts");
        row("held and booked", purchases + "booked_ms = 5 WHERE state = 'held'",
            "it counts and must not");
        row("opened again", purchases + "open = 1 WHERE state = 'released'", "it is open");
        row("no nonce", purchases + "nonce = '' WHERE state = 'sent'", "it has no nonce");
        row("no header", purchases + "header = '' WHERE state = 'signed'",
            "its authorization is missing");
        row("no such sale", sales + "state = 'sold' WHERE state = 'served'",
            "there is no state \"sold\"");
        row("sale's amount", sales + "amount = '-1' WHERE state = 'served'",
            "its amount is no number");
        row("charged", sales + "charged = 'much' WHERE state = 'served'",
            "its amount is no number");
        row("not paid", sales + "paid_ms = NULL WHERE state = 'settled'",
            "it does not say since when it is paid");
        row("paid", sales + "paid_ms = 5 WHERE state = 'reserved'", "it is paid and must not be");
        row("not served", sales + "served_ms = NULL WHERE state = 'serving'",
            "it does not say since when it is served");
        row("credit gone", "DELETE FROM " + table("credits"), "its credit is missing");
        row("credit of a served one",
            sales +
                "state = 'served', served_ms = 5 "
                "WHERE state = 'credit'",
            "it has a credit and must not have one");
        row("no such credit", "UPDATE " + table("credits") + " SET state = 'gift'",
            "there is no state \"gift\"");
        row("no bytes",
            "UPDATE " + table("relayer_transactions") +
                " SET raw = " + (LedgerFolder::inPostgres() ? "''" : "x''"),
            "has no bytes or no hash");
    }
    void whatASlipDidIsFound() {
        QFETCH(QString, sql);
        QFETCH(QString, finding);
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        fill(folder);
        std::string slip = sql.toStdString();
        if (!LedgerFolder::inPostgres()) {
            const std::size_t at = slip.find("header = ''");
            if (at != std::string::npos)
                slip.replace(at, 11, "header = x''");
        }
        folder.tamper(slip);
        const BooksReport report = verified(folder);
        const std::string part = finding.toStdString();
        QVERIFY(std::any_of(
            report.findings.begin(), report.findings.end(),
            [&](const std::string& text) { return text.find(part) != std::string::npos; }));
    }

    void exportsAreForBookkeepers() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        fill(folder);
        auto book = ledger->purchases();
        PurchaseIntent intent = intentOf("formula", dollars("0.0375"), "=HYPERLINK(\"x\")");
        intent.note = "a \"quote\",\nand a line";
        QVERIFY(went((*book)->intend(intent, allowAll)));

        const auto lines = linesOf(exported(folder, ExportFormat::Csv, false));
        QCOMPARE(lines.size(), std::size_t(13));  // titles, eleven rows, one of two lines
        QVERIFY(lines[0].starts_with("id,created_at,updated_at,booked_at,state,client,"));
        QVERIFY(lines[11].find(",\"'=HYPERLINK(\"\"x\"\")\",") != std::string::npos);
        QVERIFY(lines[11].find(",0.0375,0.0375,") != std::string::npos);
        QVERIFY(lines[11].ends_with("\"a \"\"quote\"\","));
        QCOMPARE(lines[12], "and a line\"," +
                                QByteArray::fromStdString(intent.key).toHex().toStdString() + ",");

        const auto json = QJsonDocument::fromJson(QByteArray::fromStdString(
                                                      exported(folder, ExportFormat::Json, false)))
                              .array();
        QCOMPARE(json.size(), qsizetype(11));
        const auto settled = std::find_if(json.begin(), json.end(), [](const QJsonValue& value) {
            return value[u"state"].toString() == QStringLiteral("settled");
        });
        QVERIFY(settled != json.end());
        QCOMPARE((*settled)[u"usd"].toString(), QStringLiteral("0.50"));
        QCOMPARE((*settled)[u"chain_id"].toInt(), 8453);
        QVERIFY((*settled)[u"booked_at"].isString());
        const auto released = std::find_if(json.begin(), json.end(), [](const QJsonValue& value) {
            return value[u"state"].toString() == QStringLiteral("released");
        });
        QCOMPARE((*released)[u"counted_usd"].toString(), QStringLiteral("0.00"));

        // Nothing that is as good as money leaves.
        for (const ExportFormat format : {ExportFormat::Csv, ExportFormat::Json})
            QVERIFY(exported(folder, format, false).find("sealed") == std::string::npos);

        const auto income = linesOf(exported(folder, ExportFormat::Csv, true));
        QCOMPARE(income.size(), std::size_t(18));
        QVERIFY(income[0].starts_with("id,created_at,updated_at,paid_at,state,final,model,"));
        const auto sales = QJsonDocument::fromJson(QByteArray::fromStdString(
                                                       exported(folder, ExportFormat::Json, true)))
                               .array();
        double sum = 0;
        for (const QJsonValue& sale : sales)
            sum += sale[u"income_usd"].toString().toDouble();
        auto told = (*ledger->sales())->sums({0}, {INT64_MAX});
        QCOMPARE(sum, QString::fromStdString(told->income.toDecimal()).toDouble());
        QVERIFY(sum > 1);

        std::ostringstream none;
        const auto range =
            exportSales(folder.location(), ExportFormat::Json, {.to = gr::UnixMs{1}}, none);
        QCOMPARE(range->requests, 0);
        QCOMPARE(none.str(), std::string("[]\n"));
    }

    // Whatever `ledger.keep_days` says.
    void ageTakesNoPayment() {
        const LedgerFolder folder;
        fill(folder);
        for (const char* name : {"purchases", "sales"})
            folder.tamper("UPDATE " + table(name) + " SET created_ms = 5, updated_ms = 5");
        folder.tamper("UPDATE " + table("credits") + " SET created_ms = 5");
        {
            const auto ledger = folder.ledger();
            gr::ledger::RequestRecord old = gr::test::sampleRecord({1'000'000'000});
            ledger->append(old);
            ledger->append(gr::test::sampleRecord(gr::SystemClock().now()));
            ledger->flush();
            ledger->setKeepDays(1);
            QTRY_VERIFY(folder.reader().cut()->has_value());
        }
        const BooksReport report = verified(folder);
        QVERIFY(report.findings.empty());
        QCOMPARE(report.payments.purchases, 10);
        QCOMPARE(report.payments.sales, 17);
        QVERIFY(!(*folder.ledger()->sales())->creditsOf(saleOf(1, {}).payer)->empty());
    }
};

int main(int argc, char** argv) {
    return LedgerFolder::runTest<PaymentBooksTest>(argc, argv);
}
#include "test_payment_books.moc"
