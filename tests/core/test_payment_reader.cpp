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
    void tellsIncomeOverTime();
    void tellsWhatAnswersWereSoldFor();
    void splitsCostsByRail();
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

void TestPaymentReader::tellsIncomeOverTime() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = SaleBook::open(folder.location(), "one");
    QVERIFY(went(book));
    const auto sell = [&](std::uint64_t nonce, std::int64_t chain, const char* model) {
        auto intent = saleOf(nonce, dollars("0.25"));
        intent.chainId = chain;
        intent.model = model;
        const auto made = (*book)->reserve(intent);
        return went(made) && bring(**book, made->sale.id, SaleOrder::PaidFirst, SaleState::Served);
    };
    QVERIFY(sell(1, 8453, "a") && sell(2, 8453, "a") && sell(3, 84532, "a") && sell(4, 8453, "b"));
    QVERIFY(went((*book)->reserve(saleOf(5, dollars("5")))));  // not paid
    Reader reader = folder.reader();
    const UnixMs now = gr::SystemClock().now();
    // Steps are counted from the beginning, which is no whole hour: the last one has it all.
    const UnixMs from{now.value - 90 * 60'000};
    const UnixMs to{now.value + 1'000};
    const auto bars = reader.payments().incomeBars(from, to, Step::Hour, IncomeBy::Model);
    QVERIFY(went(bars));
    QCOMPARE(bars->size(), 3U);
    const auto is = [&](const IncomeBucket& bar, const char* group, std::int64_t chain, int sales,
                        const char* usd) {
        return bar.start.value == from.value + 3'600'000 && bar.group == group &&
               bar.chainId == chain && bar.sales == sales && bar.income == dollars(usd);
    };
    QVERIFY(is((*bars)[0], "a", 8453, 2, "0.5"));
    QVERIFY(is((*bars)[1], "a", 84532, 1, "0.25"));
    QVERIFY(is((*bars)[2], "b", 8453, 1, "0.25"));
    const auto payers = reader.payments().incomeBars(from, to, Step::Day, IncomeBy::Payer);
    QVERIFY(went(payers));
    QCOMPARE(payers->size(), 2U);  // one, on two chains
    QCOMPARE((*payers)[0].group, saleOf(1, {}).payer);
    QCOMPARE((*payers)[0].start, from);
    QCOMPARE((*payers)[0].sales, 3);
    QVERIFY(reader.payments().incomeBars({0}, from, Step::Day, IncomeBy::Model)->empty());
}

void TestPaymentReader::tellsWhatAnswersWereSoldFor() {
    const LedgerFolder folder;
    const auto ledger = folder.ledger();
    auto book = SaleBook::open(folder.location(), "one");
    QVERIFY(went(book));
    const auto served = (*book)->reserve(saleOf(1, dollars("0.25")));
    const auto owed = (*book)->reserve(saleOf(2, dollars("0.5")));
    QVERIFY(went(served) && went(owed));
    QVERIFY(bring(**book, served->sale.id, SaleOrder::PaidFirst, SaleState::Served));
    QVERIFY(bring(**book, owed->sale.id, SaleOrder::PaidFirst, SaleState::Credit));
    Reader reader = folder.reader();
    const auto one = reader.payments().salesOf("req_1");
    QVERIFY(went(one));
    QCOMPARE(one->size(), 1U);
    QVERIFY(one->front().sale.state == SaleState::Served && !one->front().credit);
    const auto two = reader.payments().salesOf("req_2");
    QVERIFY(went(two));
    QCOMPARE(two->size(), 1U);
    QVERIFY(two->front().credit && two->front().credit->state == CreditState::Open);
    QCOMPARE(two->front().credit->usd, dollars("0.5"));
    QVERIFY(reader.payments().salesOf("req_3")->empty());
    // A later request that uses the credit tells of the same sale.
    const auto intent = saleOf(2, dollars("0.5"));
    CreditClaim claim;
    claim.payer = intent.payer;
    claim.requestDigest = intent.requestDigest;
    claim.signedAnew = true;
    claim.requestId = "req_again";
    QVERIFY(went((*book)->takeCredit(claim)));
    const auto again = reader.payments().salesOf("req_again");
    QVERIFY(went(again));
    QCOMPARE(again->size(), 1U);
    QCOMPARE(again->front().sale.id, owed->sale.id);
    QVERIFY(again->front().credit->state == CreditState::Taken);
}

// What a seller was paid for is not paid for with keys of one's own.
void TestPaymentReader::splitsCostsByRail() {
    const LedgerFolder folder;
    const UnixMs now = gr::SystemClock().now();
    auto ledger = folder.ledger();
    auto book = PurchaseBook::open(folder.location());
    QVERIFY(went(book));
    const auto write = [&](const char* id, std::optional<Money> cost, const char* client) {
        RequestRecord record = gr::test::sampleRecord(now);
        record.id = id;
        record.cost = cost;
        record.client = client;
        ledger->append(std::move(record));
    };
    write("req_own", dollars("3"), "editor");
    write("req_free", std::nullopt, "editor");
    write("req_a", dollars("0.5"), "editor");
    write("req_b", std::nullopt, "x402:0x857b06519e91e3a54538791bdbb0e22373e36b66");
    write("req_denied", dollars("1"), "editor");
    QVERIFY(went((*book)->intend(intentOf("a", dollars("0.5")), allowAll)));
    auto other = intentOf("b", dollars("0.25"));
    other.chainId = 84532;
    QVERIFY(went((*book)->intend(other, allowAll)));
    QVERIFY(went((*book)->intend(intentOf("denied", dollars("1")), holdAll)));
    ledger.reset();  // everything is written
    Reader reader = folder.reader();
    const UnixMs from{now.value / 3'600'000 * 3'600'000};
    const auto bars = reader.series(from, {now.value + 1}, Step::Hour, GroupBy::Rail);
    QVERIFY(went(bars));
    std::map<std::string, Bucket> rails;
    for (const Bucket& bar : *bars)
        rails[bar.group] = bar;
    QCOMPARE(rails.size(), 3U);
    QCOMPARE(rails["keys"].requests, 3);
    QCOMPARE(rails["keys"].knownCost, dollars("4"));
    QCOMPARE(rails["keys"].unknownCost, 1);
    QCOMPARE(rails["eip155:8453"].knownCost, dollars("0.5"));
    QCOMPARE(rails["eip155:8453"].requests, 1);
    QCOMPARE(rails["eip155:84532"].unknownCost, 1);
    const auto bought = reader.page({.trade = Trade::Bought}, {}, 10);
    const auto sold = reader.page({.trade = Trade::Sold}, {}, 10);
    QVERIFY(went(bought) && went(sold));
    QCOMPARE(bought->size(), 2U);
    QCOMPARE(sold->size(), 1U);
    QCOMPARE(sold->front().record.id, std::string("req_b"));
    QCOMPARE(reader.totals({.from = from, .trade = Trade::Sold})->requests, 1);
    QCOMPARE(reader.totals({.from = from, .trade = Trade::Bought})->knownCost, dollars("0.5"));
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
