// SPDX-License-Identifier: MIT
#include <QtTest>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "ledger/purchase_book.h"
#include "ledger/relayer_book.h"
#include "ledger/sale_book.h"
#include "support/ledger_fixture.h"
#include "support/purchase_samples.h"
#include "support/sale_samples.h"

using namespace gr::ledger;
using gr::ErrorCode;
using gr::Money;
using gr::UnixMs;
using gr::test::bring;
using gr::test::dollars;
using gr::test::hexNumber;
using gr::test::LedgerFolder;
using gr::test::saleOf;
using gr::test::went;
using gr::test::wideBounds;
using Kind = SaleReserved::Kind;
using State = SaleState;
using Whose = SaleBook::Whose;

namespace {

std::unique_ptr<SaleBook> bookOf(const LedgerFolder& folder, const std::string& gateway = "one") {
    auto book = SaleBook::open(folder.location(), gateway);
    if (!went(book))
        qFatal("no book");
    return std::move(*book);
}

// A new sale, brought to `state`.
Sale made(SaleBook& book, std::uint64_t nonce, State state, Money usd = dollars("0.01"),
          SaleOrder order = SaleOrder::PaidFirst) {
    const auto answer = book.reserve(saleOf(nonce, usd, order));
    if (!went(answer) || answer->kind != Kind::New || !bring(book, answer->sale.id, order, state))
        qFatal("not brought to %s", std::string(nameOf(state)).c_str());
    return **book.find(answer->sale.id);
}

// Which state may follow which, once more, to be compared. Failed: without money and bytes.
using Arcs = std::map<State, std::set<State>>;
Arcs arcsOf(SaleOrder order) {
    using enum SaleState;
    if (order == SaleOrder::PaidFirst)
        return {{Reserved, {Settling, Failed}},
                {Settling, {Settling, Settled, Failed, Unknown}},
                {Unknown, {Unknown, Settling, Settled, Failed}},
                {Settled, {Serving, Credit, Failed, Reorged}},
                {Serving, {Served, Credit, Failed, Reorged}},
                {Served, {Served, Reorged}},
                {Credit, {Credit, Reorged}},
                {Failed, {Reserved}},
                {Reorged, {Credit, Failed}}};
    return {{Reserved, {Serving, Failed}},
            {Serving, {Settling, Failed}},
            {Settling, {Settling, Settled, Failed, Unknown}},
            {Unknown, {Unknown, Settling, Settled, Failed}},
            {Settled, {Served, Credit, Reorged}},
            {Served, {Served, Reorged}},
            {Credit, {Credit, Reorged}},
            {Failed, {Reserved}},
            {Reorged, {Served, Failed}}};
}

}  // namespace

class SalesTest final : public QObject {
    Q_OBJECT

  private slots:
    void everyArcIsTakenOrRefused_data() {
        QTest::addColumn<bool>("paidFirst");
        QTest::newRow("exact") << true;
        QTest::newRow("upto") << false;
    }
    void everyArcIsTakenOrRefused() {
        QFETCH(bool, paidFirst);
        const SaleOrder order = paidFirst ? SaleOrder::PaidFirst : SaleOrder::ServedFirst;
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        std::uint64_t nonce = 0;
        for (const State from : kSaleStates) {
            for (const State to : kSaleStates) {
                const Sale before = made(*book, ++nonce, from, dollars("0.01"), order);
                const bool allowed = arcsOf(order).at(from).contains(to);
                const bool credit = to == State::Credit && from != State::Credit;
                const std::string arc =
                    std::string(nameOf(from)) + " to " + std::string(nameOf(to));
                if (credit)  // not without its row
                    QVERIFY(!book->advance(before.id, {from}, to));
                const auto done =
                    credit ? book->giveCredit(before.id, {from}, {INT64_MAX}, wideBounds())
                           : book->advance(before.id, {from}, to);
                QVERIFY2(allowed == (done && done->done), arc.c_str());
                const Sale after = **book->find(before.id);
                QVERIFY2(after.state == (allowed ? to : from), arc.c_str());
                // Money is there in these states alone, and where it came before a failure.
                const bool paid = after.state == State::Settled || after.state == State::Served ||
                                  after.state == State::Credit ||
                                  (after.state == State::Serving && paidFirst) ||
                                  (after.state == State::Failed && before.paidAt);
                QVERIFY2(after.paidAt.has_value() == paid, arc.c_str());
            }
        }
    }

    void whatIsInDoubtIsThePayersOwnAndForTheSameRequest() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const auto doubts = [&](const SaleIntent& intent) {
            std::string ids;
            const auto found = book->inDoubt(intent);
            for (const Sale& sale : *found)
                ids += sale.nonce.substr(65);
            return ids;
        };
        // All for the same request; only of the last but one does nobody know anything.
        SaleIntent again = saleOf(9, dollars("0.01"));
        std::uint64_t nonce = 0;
        for (const State state : kSaleStates) {
            SaleIntent intent = saleOf(++nonce, dollars("0.01"));
            intent.requestDigest = again.requestDigest;
            const std::string id = book->reserve(intent)->sale.id;
            QVERIFY(bring(*book, id, SaleOrder::PaidFirst, state));
        }
        again.nonce = hexNumber(0xf, 64);
        QCOMPARE(doubts(again), std::string("8"));
        SaleIntent another = again;
        another.requestDigest = gr::sha256("another");
        QCOMPARE(doubts(another), std::string());
        SaleIntent anothers = again;
        anothers.payer = hexNumber(1, 40);
        QCOMPARE(doubts(anothers), std::string());
        // What was here before is no new payment, unless nothing had come of it (7: failed).
        for (std::uint64_t known = 1; known <= kSaleStates.size(); ++known) {
            again.nonce = hexNumber(known, 64);
            QCOMPARE(doubts(again), std::string(known == 7 ? "8" : ""));
        }
    }

    void whatFailedBehindMoneyOrBytesIsOver() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const Sale paid = made(*book, 1, State::Settled);
        QVERIFY(book->advance(paid.id, {State::Settled}, State::Failed)->done);
        QVERIFY(!book->advance(paid.id, {State::Failed}, State::Reserved));
        QVERIFY(book->advance(paid.id, {State::Failed}, State::Reorged)->done);
        const Sale served = made(*book, 2, State::Serving, dollars("1"), SaleOrder::ServedFirst);
        QVERIFY(book->advance(served.id, {State::Serving}, State::Failed)->done);
        QVERIFY(!book->advance(served.id, {State::Failed}, State::Reserved));
        QVERIFY(!book->advance(served.id, {State::Failed}, State::Reorged));
    }

    void oneNonceIsOneSale() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const SaleIntent intent = saleOf(7, dollars("0.01"));
        const auto first = book->reserve(intent);
        QVERIFY(first->kind == Kind::New);
        QVERIFY(first->sale.state == State::Reserved);
        auto again = bookOf(folder, "two")->reserve(intent);
        QVERIFY(again->kind == Kind::SameNonce);
        QVERIFY(again->sameRequest);
        QCOMPARE(again->sale.id, first->sale.id);
        QCOMPARE(again->sale.gateway, std::string("one"));
        SaleIntent other = intent;
        other.requestDigest = gr::sha256("another request");
        again = book->reserve(other);
        QVERIFY(again->kind == Kind::SameNonce && !again->sameRequest);
        other = intent;
        other.amount = "1";
        QVERIFY(!book->reserve(other)->sameRequest);
        // Another chain, token, payer or nonce is another sale.
        const auto fresh = [&](auto change) {
            SaleIntent some = intent;
            change(some);
            return book->reserve(some)->kind == Kind::New;
        };
        QVERIFY(fresh([](auto& i) { i.chainId = 1; }));
        QVERIFY(fresh([](auto& i) { i.token = hexNumber(5, 40); }));
        QVERIFY(fresh([](auto& i) { i.payer = hexNumber(5, 40); }));
        QVERIFY(fresh([](auto& i) { i.nonce = "12345678901234567890"; }));
        // It stays taken when the sale failed, and the same header may try again.
        QVERIFY(book->advance(first->sale.id, {State::Reserved}, State::Failed)->done);
        QVERIFY(book->reserve(intent)->kind == Kind::SameNonce);
        QVERIFY(book->advance(first->sale.id, {State::Failed}, State::Reserved)->done);
    }

    void whatCannotBeBookedIsNamed_data() {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("value");
        const QString address = QStringLiteral("0x209693bc6afc0c5328ba36faf03c514ef312287c");
        for (const char* field : {"token", "payer", "pay_to"}) {
            const QString name = QString::fromLatin1(field);
            const auto row = [&](const char* what, const QString& value) {
                QTest::addRow("%s %s", field, what) << name << value;
            };
            row("upper", QStringLiteral("0x") + address.mid(2).toUpper());
            row("short", address.chopped(1));
            row("long", address + QStringLiteral("0"));
            row("without 0x", address.mid(2));
            row("empty", QString());
        }
        const QString field = QStringLiteral("nonce");
        for (const char* value :
             {"", "0x1", "0X1", "01", "1 ", "-1", "1.0",
              "0xABCDEF0000000000000000000000000000000000000000000000000000000000"})
            QTest::addRow("nonce '%s'", value) << field << QString::fromLatin1(value);
        for (const char* value : {"", "00", "0x10", "-5"})
            QTest::addRow("amount '%s'", value)
                << QStringLiteral("amount") << QString::fromLatin1(value);
    }
    void whatCannotBeBookedIsNamed() {
        QFETCH(QString, field);
        QFETCH(QString, value);
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        SaleIntent intent = saleOf(7, dollars("0.01"));
        const std::string name = field.toStdString();
        std::string& target = name == "token"    ? intent.token
                              : name == "payer"  ? intent.payer
                              : name == "pay_to" ? intent.payTo
                              : name == "nonce"  ? intent.nonce
                                                 : intent.amount;
        target = value.toStdString();
        const auto refused = book->reserve(intent);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::InvalidField);
        QCOMPARE(refused.error().field, name);
        QVERIFY(book->page({}, 0, 10)->empty());
    }

    void identifiersAreThePayersOwn() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        SaleIntent intent = saleOf(1, dollars("0.01"));
        intent.paymentIdentifier = "pay-me-once";
        const auto first = book->reserve(intent);
        SaleIntent second = saleOf(2, dollars("0.01"));
        second.paymentIdentifier = intent.paymentIdentifier;
        second.requestDigest = intent.requestDigest;
        auto again = book->reserve(second);
        QVERIFY(again->kind == Kind::SameIdentifier);
        QVERIFY(again->sameRequest);
        QCOMPARE(again->sale.id, first->sale.id);
        second.payer = hexNumber(9, 40);
        QVERIFY(book->reserve(second)->kind == Kind::New);
        // After a failure the payer may pay anew under it; the failed one is then no way back.
        QVERIFY(book->advance(first->sale.id, {State::Reserved}, State::Failed)->done);
        second.payer = intent.payer;
        QVERIFY(book->reserve(second)->kind == Kind::New);
        QVERIFY(book->advance(first->sale.id, {State::Failed}, State::Reserved).error().code ==
                ErrorCode::InvalidField);
        QVERIFY((**book->find(first->sale.id)).state == State::Failed);
    }

    void allSalesGoToOneAddress() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        QVERIFY(book->payTo()->empty());
        const SaleIntent intent = saleOf(1, dollars("0.01"));
        QVERIFY(book->reserve(intent)->kind == Kind::New);
        QCOMPARE(*book->payTo(), intent.payTo);
        SaleIntent other = saleOf(2, dollars("0.01"));
        other.payTo = hexNumber(3, 40);
        const auto refused = book->reserve(other);
        QVERIFY(refused->kind == Kind::OtherPayTo);
        QCOMPARE(refused->payTo, intent.payTo);
        QCOMPARE(book->page({}, 0, 10)->size(), std::size_t(1));
        QVERIFY(went(book->changePayTo(other.payTo)));
        QVERIFY(book->reserve(other)->kind == Kind::New);
    }

    void everyFieldComesBack() {
        const LedgerFolder folder;
        SaleIntent intent = saleOf(3, dollars("0.0123"), SaleOrder::ServedFirst);
        intent.paymentIdentifier = std::string("id\0\xff", 4);
        std::string id;
        {
            const auto book = bookOf(folder);
            id = book->reserve(intent)->sale.id;
            QVERIFY(book->advance(id, {State::Reserved}, State::Serving)->done);
            SaleChange change;
            change.transaction = "0xfeed";
            change.charged = "77";
            change.chargedUsd = dollars("0.000077");
            QVERIFY(book->advance(id, {State::Serving}, State::Settling, change)->done);
            change = {};
            change.block = 1'234'567;
            change.receipt = std::string(40'000, 'r');
            change.note = "n";
            QVERIFY(book->advance(id, {State::Settling}, State::Settled, change)->done);
            QVERIFY(book->advance(id, {State::Settled}, State::Served, {.final = true})->done);
        }
        const Sale read = **bookOf(folder)->find(id);
        QVERIFY(read.state == State::Served);
        QVERIFY(read.final && read.paidAt && read.servedAt);
        QCOMPARE(read.chainId, intent.chainId);
        QCOMPARE(read.token, intent.token);
        QCOMPARE(read.payer, intent.payer);
        QCOMPARE(read.nonce, intent.nonce);
        QCOMPARE(read.payTo, intent.payTo);
        QCOMPARE(read.amount, intent.amount);
        QCOMPARE(read.usd.pico(), intent.usd.pico());
        QCOMPARE(read.scheme, intent.scheme);
        QVERIFY(read.order == SaleOrder::ServedFirst);
        QCOMPARE(read.validBefore, intent.validBefore);
        QCOMPARE(read.requestDigest, intent.requestDigest);
        QCOMPARE(read.paymentIdentifier, intent.paymentIdentifier);
        QCOMPARE(read.model, intent.model);
        QCOMPARE(read.requestId, intent.requestId);
        QCOMPARE(read.transaction, std::string("0xfeed"));
        QCOMPARE(read.block, 1'234'567);
        QCOMPARE(read.charged, std::string("77"));
        QCOMPARE(read.chargedUsd.pico(), dollars("0.000077").pico());
        QCOMPARE(read.receipt.size(), std::size_t(16'384));
        QCOMPARE(read.note, std::string("n"));
    }

    void incomeIsWhatWasCharged() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        made(*book, 1, State::Served, dollars("1"));
        made(*book, 2, State::Credit, dollars("2"));
        made(*book, 3, State::Reorged, dollars("4"));
        made(*book, 4, State::Failed, dollars("8"));
        made(*book, 5, State::Unknown, dollars("16"));
        const Sale use = made(*book, 6, State::Serving, dollars("32"), SaleOrder::ServedFirst);
        SaleChange change;
        change.charged = "5";
        change.chargedUsd = dollars("0.5");
        QVERIFY(book->advance(use.id, {State::Serving}, State::Settling)->done);
        QVERIFY(book->advance(use.id, {State::Settling}, State::Settled, change)->done);
        IncomeSums sums = *book->sums({0}, {INT64_MAX});
        QCOMPARE(sums.sales, 3);
        QCOMPARE(sums.income.toDecimal(), std::string("3.50"));
        QCOMPARE(sums.credits.toDecimal(), std::string("2.00"));
        QCOMPARE(sums.unfinal.toDecimal(), std::string("51.00"));  // 1, 2, 16 and at most 32
        QCOMPARE(book->unfinal()->size(), std::size_t(4));         // and the reorged one
        QVERIFY(book->advance(use.id, {State::Settled}, State::Served, {.final = true})->done);
        sums = *book->sums({0}, {INT64_MAX});
        QCOMPARE(sums.unfinal.toDecimal(), std::string("19.00"));
        QCOMPARE(book->sums({0}, {1})->sales, 0);
    }

    // Who brings an unknown payment once more has it from then on.
    void anUnknownSaleIsHisWhoTakesItUp() {
        const LedgerFolder folder;
        const Sale sale = made(*bookOf(folder, "one"), 1, State::Unknown);
        const auto two = bookOf(folder, "two");
        QVERIFY(two->advance(sale.id, {State::Unknown}, State::Settling)->done);
        QVERIFY(bookOf(folder, "one")->unfinished(Whose::Mine)->empty());
        QCOMPARE(two->unfinished(Whose::Mine)->size(), std::size_t(1));
    }

    void whatIsUnfinishedIsFoundAtTheStart() {
        const LedgerFolder folder;
        std::set<State> expected;
        std::uint64_t nonce = 0;
        for (const State state : kSaleStates) {
            made(*bookOf(folder, "one"), ++nonce, state);
            made(*bookOf(folder, "two"), ++nonce, state);
        }
        const auto book = bookOf(folder, "one");
        const auto mine = *book->unfinished(Whose::Mine);
        std::set<State> states;
        for (const Sale& sale : mine) {
            QCOMPARE(sale.gateway, std::string("one"));
            states.insert(sale.state);
        }
        QCOMPARE(mine.size(), std::size_t(5));
        QVERIFY((states == std::set<State>{State::Reserved, State::Settling, State::Settled,
                                           State::Serving, State::Unknown}));
        QCOMPARE(book->unfinished(Whose::Everybodys)->size(), std::size_t(10));
        QCOMPARE(book->page({.states = {State::Served}}, 0, 100)->size(), std::size_t(2));
        QCOMPARE(book->page({}, 0, 3)->size(), std::size_t(3));
        QCOMPARE(book->page({}, book->page({}, 0, 3)->back().sequence, 100)->size(),
                 std::size_t(15));
        QCOMPARE(book->page({.payer = hexNumber(1, 40)}, 0, 100)->size(), std::size_t(0));
    }

    void creditsAreBoundedAndTakenOnce() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const UnixMs later{gr::SystemClock().now().value + 3'600'000};
        CreditBounds bounds{2, dollars("5"), dollars("6")};
        const auto give = [&](std::uint64_t nonce, const char* usd, const std::string& payer) {
            SaleIntent intent = saleOf(nonce, dollars(usd));
            intent.payer = payer;
            intent.paymentIdentifier = "id" + std::to_string(nonce);
            const std::string id = book->reserve(intent)->sale.id;
            if (!bring(*book, id, SaleOrder::PaidFirst, State::Settled))
                qFatal("not settled");
            return *book->giveCredit(id, {State::Settled}, later, bounds);
        };
        const std::string one = hexNumber(1, 40);
        const std::string two = hexNumber(2, 40);
        QVERIFY(give(1, "2", one).done);
        const SaleAdvanced past = give(2, "4", one);  // 6 for one payer
        QVERIFY(!past.done && past.sale.state == State::Settled);
        QVERIFY(give(3, "1", one).done);
        QVERIFY(!give(4, "0.1", one).done);  // a third
        QVERIFY(!give(5, "4", two).done);    // 7 in all
        QVERIFY(give(6, "3", two).done);
        QCOMPARE(book->sums({0}, {1})->credits.toDecimal(), std::string("6.00"));
        QCOMPARE(book->creditsOf(one)->size(), std::size_t(2));

        CreditClaim claim{one, gr::sha256("1"), "id1", false, "req_a"};
        const auto nothing = [&](auto change) {
            CreditClaim wrong = claim;
            change(wrong);
            const auto taken = book->takeCredit(wrong);
            return went(taken) && !*taken;
        };
        QVERIFY(nothing([&](auto& c) { c.payer = two; }));
        QVERIFY(nothing([](auto& c) { c.requestDigest = gr::sha256("2"); }));
        QVERIFY(nothing([](auto& c) { c.paymentIdentifier = "id2"; }));
        QVERIFY(nothing([](auto& c) { c.paymentIdentifier.clear(); }));
        auto taken = *book->takeCredit(claim);
        QVERIFY(taken && taken->state == CreditState::Taken);
        QCOMPARE(taken->usd.toDecimal(), std::string("2.00"));
        QVERIFY(nothing([](auto&) {}));
        QVERIFY(!give(7, "2", two).done);  // what is taken is owed still
        // Nothing delivered: it comes back; delivered: it does not.
        QVERIFY(*book->returnCredit(taken->id));
        QVERIFY(!*book->returnCredit(taken->id));
        claim.paymentIdentifier.clear();
        claim.signedAnew = true;
        taken = *book->takeCredit(claim);
        QVERIFY(taken.has_value());
        QVERIFY(*book->spendCredit(taken->id));
        QVERIFY(!*book->returnCredit(taken->id));
        QVERIFY(!*book->spendCredit(taken->id));
        QVERIFY(nothing([](auto&) {}));
        QCOMPARE(book->sums({0}, {1})->credits.toDecimal(), std::string("4.00"));
    }

    void creditsEndWithTimeAndWithTheirBlock() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const std::string payer = saleOf(1, dollars("1")).payer;
        const auto claim = [&](std::uint64_t nonce) {
            return CreditClaim{payer, gr::sha256(std::to_string(nonce)), {}, true, "req_a"};
        };
        Sale sale = made(*book, 1, State::Settled);
        QVERIFY(book->giveCredit(sale.id, {State::Settled}, {1}, wideBounds())->done);
        QVERIFY(!*book->takeCredit(claim(1)));
        QVERIFY(book->creditsOf(payer)->empty());
        QVERIFY(book->sums({0}, {1})->credits.isZero());
        sale = made(*book, 2, State::Credit);
        QVERIFY(book->advance(sale.id, {State::Credit}, State::Reorged)->done);
        QVERIFY(!*book->takeCredit(claim(2)));
        QVERIFY(book->giveCredit(sale.id, {State::Reorged}, {INT64_MAX}, wideBounds())->done);
        QVERIFY(book->takeCredit(claim(2))->has_value());
        // Taken when the block went: it does not come back.
        QVERIFY(book->advance(sale.id, {State::Credit}, State::Reorged)->done);
        QVERIFY(*book->returnCredit(sale.id));
        QVERIFY(!*book->takeCredit(claim(2)));
    }

    void whatBroughtNoMoneyIsForgottenBehindItsEnd() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        std::uint64_t nonce = 0;
        for (const State state : kSaleStates)
            made(*book, ++nonce, state);
        // It was sent, and may be asked for by its transaction.
        const Sale sent = made(*book, ++nonce, State::Settling);
        SaleChange change;
        change.transaction = hexNumber(7, 64);
        QVERIFY(went(book->advance(sent.id, {State::Settling}, State::Failed, change)));
        const UnixMs end{sent.validBefore * 1'000};
        QVERIFY(went(book->forgetUnpaid(end)));
        QCOMPARE(book->page({}, 0, 100)->size(), std::size_t(10));
        QVERIFY(went(book->forgetUnpaid({end.value + 1'000})));
        QCOMPARE(book->page({}, 0, 100)->size(), std::size_t(9));
        const auto failed = book->page({.states = {State::Failed}}, 0, 100);
        QCOMPARE(failed->size(), std::size_t(1));
        QCOMPARE(failed->front().id, sent.id);
    }

    void creditsOfTheDeadComeBack() {
        const LedgerFolder folder;
        const std::string payer = saleOf(1, dollars("1")).payer;
        made(*bookOf(folder), 1, State::Credit);
        made(*bookOf(folder), 2, State::Credit);
        const auto claim = [&](std::uint64_t nonce) {
            return CreditClaim{payer, gr::sha256(std::to_string(nonce)), {}, true, "req_a"};
        };
        QVERIFY(bookOf(folder, "one")->takeCredit(claim(1))->has_value());
        QVERIFY(bookOf(folder, "two")->takeCredit(claim(2))->has_value());
        const auto book = bookOf(folder, "one");
        QVERIFY(went(book->returnTakenCredits()));
        QVERIFY(book->takeCredit(claim(1))->has_value());
        QVERIFY(!*book->takeCredit(claim(2)));  // its gateway lives
    }

    // Many at once, each with a connection of its own, as gateways on one ledger are.
    void aRaceForANonceHasOneWinner() {
        const LedgerFolder folder;
        bookOf(folder);
        std::atomic<int> fresh = 0;
        std::atomic<int> same = 0;
        std::atomic<int> credits = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                const auto book = bookOf(folder, std::to_string(i));
                for (std::uint64_t nonce = 1; nonce <= 10; ++nonce) {
                    const auto answer = book->reserve(saleOf(nonce, dollars("0.01")));
                    if (answer && answer->kind == Kind::New) {
                        ++fresh;
                        (void)bring(*book, answer->sale.id, SaleOrder::PaidFirst, State::Credit);
                    } else if (answer && answer->kind == Kind::SameNonce) {
                        ++same;
                    }
                    const CreditClaim claim{saleOf(1, {}).payer,
                                            gr::sha256(std::to_string(nonce)),
                                            {},
                                            true,
                                            "req_" + std::to_string(i)};
                    const auto taken = book->takeCredit(claim);
                    credits += taken && *taken ? 1 : 0;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(fresh.load(), 10);
        QCOMPARE(same.load(), 70);
        QCOMPARE(credits.load(), 10);
    }

    void unfinalIncomeStaysBelowItsCap() {
        const LedgerFolder folder;
        bookOf(folder);
        std::atomic<int> fresh = 0;
        std::atomic<int> full = 0;
        std::vector<std::thread> threads;
        for (std::uint64_t i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                const auto book = bookOf(folder);
                for (std::uint64_t j = 0; j < 10; ++j) {
                    const auto answer =
                        book->reserve(saleOf(i * 100 + j, dollars("0.10")), dollars("2.05"));
                    fresh += answer && answer->kind == Kind::New;
                    full += answer && answer->kind == Kind::TooMuchUnfinal;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(fresh.load(), 20);
        QCOMPARE(full.load(), 40);
    }

    void ledgersOfFormsBeforeAreBroughtUpToDate_data() {
        QTest::addColumn<int>("form");
        QTest::newRow("before sales") << 9;
        QTest::newRow("before digests of answers") << 10;
    }

    void ledgersOfFormsBeforeAreBroughtUpToDate() {
        QFETCH(const int, form);
        const LedgerFolder folder;
        const bool postgres = LedgerFolder::inPostgres();
        const std::string schema = postgres ? "gaterouter." : "";
        const auto intent = gr::test::intentOf("a", dollars("1"));
        QVERIFY(went(
            PurchaseBook::open(folder.location()).value()->intend(intent, gr::test::allowAll)));
        QVERIFY(went((*folder.ledger()->sales())->reserve(saleOf(1, dollars("1")))));
        std::string sql = "ALTER TABLE " + schema + "purchases DROP COLUMN answer_digest; ";
        if (form == 10)
            sql += "ALTER TABLE " + schema + "sales DROP COLUMN answer_digest; ";
        for (const char* table : {"sales", "credits", "relayer_transactions"})
            sql += form == 9 ? "DROP TABLE " + schema + table + "; " : "";
        sql += postgres ? "UPDATE gaterouter.form SET version = " : "PRAGMA user_version = ";
        folder.tamper(sql + std::to_string(form));
        const auto ledger = folder.ledger();
        QVERIFY(ledger);
        const auto again = (*ledger->sales())->reserve(saleOf(1, dollars("1")));
        QVERIFY(again->kind == (form == 9 ? Kind::New : Kind::SameNonce));
        QVERIFY(went(ledger->relayers()));
        QVERIFY((*ledger->purchases())->findByKey(intent.key)->has_value());
    }
};

int main(int argc, char** argv) {
    return LedgerFolder::runTest<SalesTest>(argc, argv);
}
#include "test_sales.moc"
