// SPDX-License-Identifier: MIT
// Purchases and sales as a window reads them, beside a gateway that writes them.
#include <QtTest>

#include "ledger/payment_reader.h"
#include "ledger/purchase_book.h"
#include "ledger/sale_book.h"
#include "support/ledger_fixture.h"
#include "support/purchase_samples.h"
#include "support/sale_samples.h"

using namespace gr::ledger;
using gr::Money;
using gr::UnixMs;
using gr::test::allowAll;
using gr::test::bring;
using gr::test::dollars;
using gr::test::holdAll;
using gr::test::intentOf;
using gr::test::LedgerFolder;
using gr::test::saleOf;
using gr::test::went;

class TestPaymentReader final : public QObject {
    Q_OBJECT

  private slots:
    void readsPurchasesInPages();
    void findsThoseOfARequest();
    void givesNoAuthorization();
    void sumsWhatIsSpent();
    void sumsWhatCameIn();
    void isEmptyAtFirst();
};

void TestPaymentReader::readsPurchasesInPages() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = PurchaseBook::open(folder.location());
    QVERIFY(went(book));
    for (int i = 0; i < 450; ++i) {
        const bool held = i % 3 == 0;
        QVERIFY(went((*book)->intend(intentOf(std::to_string(i), dollars("0.001")),
                                     held ? holdAll : allowAll)));
    }
    Reader reader = folder.reader();
    std::vector<std::string> seen;
    std::int64_t before = 0;
    for (int pages = 0; pages < 10; ++pages) {
        const auto page = reader.payments().purchases({}, before, 200);
        QVERIFY(went(page));
        if (page->empty())
            break;
        for (const Purchase& purchase : *page)
            seen.push_back(purchase.requestId);
        before = page->back().sequence;
    }
    QCOMPARE(seen.size(), 450U);
    QCOMPARE(seen.front(), std::string("req_449"));
    QCOMPARE(seen.back(), std::string("req_0"));
    const auto held = reader.payments().purchases({.states = {PurchaseState::Held}}, 0, 1'000);
    QVERIFY(went(held));
    QCOMPARE(held->size(), 150U);
}

void TestPaymentReader::findsThoseOfARequest() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = PurchaseBook::open(folder.location());
    QVERIFY(went(book));
    for (const char* name : {"a", "b", "c"})
        QVERIFY(went((*book)->intend(intentOf(name, dollars("0.5")), allowAll)));
    auto again = intentOf("d", dollars("0.25"));
    again.requestId = "req_b";
    QVERIFY(went((*book)->intend(again, allowAll)));
    Reader reader = folder.reader();
    const auto found = reader.payments().purchasesOf("req_b");
    QVERIFY(went(found));
    QCOMPARE(found->size(), 2U);
    QCOMPARE((*found)[0].usd, dollars("0.5"));
    QCOMPARE((*found)[1].usd, dollars("0.25"));
    QVERIFY(reader.payments().purchasesOf("req_nobody")->empty());
}

// What is as good as money does not leave the books for a picture of them.
void TestPaymentReader::givesNoAuthorization() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = PurchaseBook::open(folder.location());
    QVERIFY(went(book));
    const auto made = (*book)->intend(intentOf("a", dollars("0.5")), allowAll);
    QVERIFY(went(made));
    QVERIFY(bring(**book, made->purchase.id, PurchaseState::Intended, PurchaseState::Sent));
    QVERIFY(!(*(*book)->find(made->purchase.id))->sealedHeader.empty());
    Reader reader = folder.reader();
    const auto page = reader.payments().purchases({}, 0, 10);
    const auto found = reader.payments().purchasesOf("req_a");
    QVERIFY(went(page) && went(found));
    QVERIFY(page->front().sealedHeader.empty() && found->front().sealedHeader.empty());
    QVERIFY(page->front().state == PurchaseState::Sent);
}

void TestPaymentReader::sumsWhatIsSpent() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = PurchaseBook::open(folder.location());
    QVERIFY(went(book));
    const std::string seller = "https://seller.example:443";
    QVERIFY(went((*book)->seePayee(seller, intentOf("a", {}).payee)));
    QVERIFY(went((*book)->intend(intentOf("a", dollars("0.5")), allowAll)));
    QVERIFY(went(
        (*book)->intend(intentOf("b", dollars("0.25"), "https://other.example:443"), allowAll)));
    Reader reader = folder.reader();
    const auto sums = reader.payments().spending(gr::SystemClock().now(), seller);
    QVERIFY(went(sums));
    QCOMPARE(sums->day, dollars("0.75"));
    QCOMPARE(sums->payeeDay, dollars("0.5"));
    QVERIFY(sums->payee && !sums->payee->allowedAt);
    const auto others = reader.payments().spending(gr::SystemClock().now(), {});
    QVERIFY(went(others));
    QVERIFY(!others->payee);
    QCOMPARE(others->total, dollars("0.75"));
}

void TestPaymentReader::sumsWhatCameIn() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = SaleBook::open(folder.location(), "one");
    QVERIFY(went(book));
    const auto sell = [&](std::uint64_t nonce, const char* usd, const std::string& payer) {
        auto intent = saleOf(nonce, dollars(usd));
        intent.payer = payer;
        const auto made = (*book)->reserve(intent);
        return went(made) && bring(**book, made->sale.id, SaleOrder::PaidFirst, SaleState::Served);
    };
    const std::string one = "0x1111111111111111111111111111111111111111";
    const std::string two = "0x2222222222222222222222222222222222222222";
    QVERIFY(sell(1, "0.25", one) && sell(2, "0.25", one) && sell(3, "2", two));
    QVERIFY(went((*book)->reserve(saleOf(4, dollars("5")))));  // not paid
    Reader reader = folder.reader();
    const UnixMs now = gr::SystemClock().now();
    const auto sums = reader.payments().income({0}, {now.value + 1'000}, now);
    QVERIFY(went(sums));
    QCOMPARE(sums->sales, 3);
    QCOMPARE(sums->income, dollars("2.5"));
    const auto payers = reader.payments().payers({0}, 10);
    QVERIFY(went(payers));
    QCOMPARE(payers->size(), 2U);
    QCOMPARE((*payers)[0].payer, two);
    QCOMPARE((*payers)[1].sales, 2);
    QCOMPARE((*payers)[1].income, dollars("0.5"));
    QCOMPARE(reader.payments().payers({0}, 1)->size(), 1U);
    const auto sales = reader.payments().sales({.payer = one}, 0, 10);
    QVERIFY(went(sales));
    QCOMPARE(sales->size(), 2U);
}

void TestPaymentReader::isEmptyAtFirst() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    Reader reader = folder.reader();
    QVERIFY(reader.payments().purchases({}, 0, 10)->empty());
    QVERIFY(reader.payments().payers({0}, 10)->empty());
    const auto sums = reader.payments().spending(gr::SystemClock().now(), {});
    QVERIFY(went(sums) && sums->day.isZero());
}

int main(int argc, char** argv) {
    return LedgerFolder::runTest<TestPaymentReader>(argc, argv);
}
#include "test_payment_reader.moc"
