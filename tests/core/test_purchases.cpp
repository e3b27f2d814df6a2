// SPDX-License-Identifier: MIT
#include <QtTest>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "ledger/purchase_book.h"
#include "ledger/purchase_rows.h"
#include "ledger/schema.h"
#include "ledger/signer_lock.h"
#include "support/ledger_fixture.h"
#include "support/made_purchase.h"
#include "support/purchase_samples.h"

using namespace gr::ledger;
using gr::ErrorCode;
using gr::Money;
using gr::UnixMs;
using gr::test::allowAll;
using gr::test::bookOf;
using gr::test::bring;
using gr::test::capOf;
using gr::test::dollars;
using gr::test::holdAll;
using gr::test::intentOf;
using gr::test::LedgerFolder;
using gr::test::made;
using gr::test::signedWith;
using gr::test::went;
using Kind = IntendAnswer::Kind;
using State = PurchaseState;

namespace {

std::ptrdiff_t outstanding(PurchaseBook& book) {
    const auto rows = book.unresolved().value();
    return std::count_if(rows.begin(), rows.end(),
                         [](const Purchase& row) { return isOutstanding(row.state); });
}

// Which state may follow which, once more, to be compared: from → all that may follow.
const std::map<State, std::set<State>>& arcs() {
    using enum PurchaseState;
    static const std::map<State, std::set<State>> table{
        {Held, {Intended, Denied}},
        {Denied, {}},
        {Intended, {Signed, Released}},
        {Signed, {Sent, Expired, Unknown}},
        {Sent, {Sent, Settled, Refused, Expired, Unknown}},
        {Settled, {Settled, Unknown}},
        {Refused, {Sent, Settled, Expired, Unknown, Released}},
        {Expired, {Settled, Unknown, Released}},
        {Unknown, {Unknown, Sent, Settled, Refused, Expired, Released}},
        {Released, {Settled}}};
    return table;
}

}  // namespace

class PurchasesTest final : public QObject {
    Q_OBJECT

  private slots:
    void statesHaveNames() {
        for (const State state : kPurchaseStates)
            QVERIFY(purchaseState(nameOf(state)) == state);
        QVERIFY(!purchaseState("paid"));
        QVERIFY(!purchaseState(""));
    }

    void everyArcIsTakenOrRefused() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        int name = 0;
        for (const State from : kPurchaseStates) {
            for (const State to : kPurchaseStates) {
                const Purchase before = made(*book, std::to_string(++name), from);
                const Money counted = book->sums()->total;
                const auto change = to == State::Signed ? signedWith("0x01") : PurchaseChange{};
                const bool allowed = arcs().at(from).contains(to);
                const std::string arc =
                    std::string(nameOf(from)) + " to " + std::string(nameOf(to));
                if (from == State::Held && to == State::Intended) {
                    QVERIFY(!book->advance(before.id, {from}, to));  // the caps have a say
                    QVERIFY(book->approve(before.id, allowAll)->kind == Kind::New);
                } else if (allowed) {
                    const auto done = book->advance(before.id, {from}, to, change);
                    QVERIFY2(done && done->done, arc.c_str());
                } else {
                    QVERIFY2(!book->advance(before.id, {from}, to, change), arc.c_str());
                }
                const Purchase after = **book->find(before.id);
                QVERIFY2(after.state == (allowed ? to : from), arc.c_str());
                // The sums follow.
                const std::int64_t more = book->sums()->total.pico() - counted.pico();
                const std::int64_t expected =
                    isCounted(after.state) - static_cast<std::int64_t>(isCounted(from));
                QCOMPARE(more, expected * before.usd.pico());
                // Made away with, so that all that counts is nothing again.
                if (after.open)
                    QVERIFY(
                        book->intend(intentOf(std::to_string(name), before.usd), allowAll)->kind ==
                        Kind::Open);
            }
        }
    }

    void aPurchaseInAnotherStateIsTold() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const Purchase sent = made(*book, "a", State::Sent);
        const auto done = book->advance(sent.id, {State::Refused, State::Expired}, State::Settled);
        QVERIFY(went(done));
        QVERIFY(!done->done);
        QVERIFY(done->purchase.state == State::Sent);
        for (const char* id : {"pay_01K0000000000000000000000", "", "req_x", "\xff\xfe"})
            QVERIFY(book->advance(id, {State::Sent}, State::Settled).error().code ==
                    ErrorCode::RecordNotFound);
    }

    void everyFieldComesBack() {
        const LedgerFolder folder;
        PurchaseIntent intent = intentOf("a", dollars("0.0123"));
        intent.client = "größe \xff";
        intent.note = "n";
        intent.quote = dollars("0.02");
        intent.bound = dollars("0.5");
        std::string id;
        {
            const auto book = bookOf(folder);
            id = book->intend(intent, allowAll)->purchase.id;
            QVERIFY(book->advance(id, {State::Intended}, State::Signed, signedWith("0xab"))->done);
            QVERIFY(book->advance(id, {State::Signed}, State::Sent)->done);
            PurchaseChange change;
            change.transaction = "0xfeed";
            change.receipt = std::string(40'000, 'r');
            change.note = "paid";
            QVERIFY(book->advance(id, {State::Sent}, State::Settled, change)->done);
        }
        const auto book = bookOf(folder);
        const Purchase read = **book->find(id);
        QCOMPARE(read.key, intent.key);
        QCOMPARE(read.client, intent.client);
        QCOMPARE(read.requestId, intent.requestId);
        QCOMPARE(read.origin, intent.origin);
        QCOMPARE(read.payee, intent.payee);
        QCOMPARE(read.chainId, intent.chainId);
        QCOMPARE(read.token, intent.token);
        QCOMPARE(read.amount, intent.amount);
        QCOMPARE(read.usd.pico(), intent.usd.pico());
        QCOMPARE(read.scheme, intent.scheme);
        QCOMPARE(read.quote.pico(), intent.quote.pico());
        QCOMPARE(read.bound.pico(), intent.bound.pico());
        QCOMPARE(read.nonce, std::string("0xab"));
        QCOMPARE(read.validBefore, 1'795'003'300);
        QCOMPARE(read.headerName, std::string("PAYMENT-SIGNATURE"));
        QCOMPARE(read.sealedHeader, std::string("sealed\0bytes", 12));
        QCOMPARE(read.transaction, std::string("0xfeed"));
        QCOMPARE(read.receipt.size(), std::size_t(16'384));
        QCOMPARE(read.note, std::string("paid"));
        QVERIFY(read.open);
        QVERIFY(read.bookedAt);
        QVERIFY((**book->findByKey(intent.key)).id == id);
        // Closed, the header is gone and the same request is another purchase.
        QVERIFY(book->advance(id, {State::Settled}, State::Settled, {.delivered = true})->done);
        QVERIFY((**book->find(id)).delivered);
        QVERIFY((**book->find(id)).sealedHeader.empty());
        const auto again = book->intend(intent, allowAll);
        QVERIFY(again->kind == Kind::New);
        QVERIFY(again->purchase.id != id);
        QVERIFY((**book->findByKey(intent.key)).id == again->purchase.id);
    }

    // In either order; what is only one of both stays open.
    void paidAndDeliveredIsClosed() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const std::string first = made(*book, "a", State::Sent).id;
        QVERIFY(book->advance(first, {State::Sent}, State::Sent, {.delivered = true})->done);
        QVERIFY((**book->find(first)).open);
        QVERIFY(book->advance(first, {State::Sent}, State::Expired)->done);
        QVERIFY((**book->find(first)).open);
        QVERIFY(book->advance(first, {State::Expired}, State::Settled)->done);
        QVERIFY(!(**book->find(first)).open);
        const std::string second = made(*book, "b", State::Settled).id;
        QVERIFY((**book->find(second)).open);
        QVERIFY(book->advance(second, {State::Settled}, State::Settled, {.delivered = true})->done);
        QVERIFY(!(**book->find(second)).open);
        QVERIFY(book->unresolved()->empty());
    }

    // A person who says so cannot make a second one while the first may still be wanted.
    void onlyWhatIsPaidOrDeliveredGivesWay() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const std::string open = made(*book, "a", State::Expired).id;
        QCOMPARE(*book->close(open), false);
        QVERIFY((**book->find(open)).open);
        const std::string paid = made(*book, "b", State::Settled).id;
        QCOMPARE(*book->close(paid), true);
        const std::string answered = made(*book, "c", State::Sent).id;
        QVERIFY(book->advance(answered, {State::Sent}, State::Sent, {.delivered = true})->done);
        QCOMPARE(*book->close(answered), true);
        const Purchase closed = **book->find(answered);
        QVERIFY(!closed.open && closed.sealedHeader.empty());
        // It counts on, and the chain is asked about it as before.
        QVERIFY(closed.state == State::Sent);
        QCOMPARE(book->sums()->total.pico(), dollars("0.03").pico());
        QCOMPARE(book->unresolved()->size(), std::size_t(2));
        QVERIFY(book->intend(intentOf("c", dollars("0.01")), allowAll)->kind == Kind::New);
        QVERIFY(book->close("pay_none").error().code == ErrorCode::RecordNotFound);
    }

    void whatCannotBeBookedIsNamed() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const auto refused = [&](auto change) {
            PurchaseIntent intent = intentOf("a", dollars("1"));
            change(intent);
            const auto answer = book->intend(intent, allowAll);
            return answer ? std::string() : answer.error().field;
        };
        QCOMPARE(refused([](auto& i) { i.key.pop_back(); }), std::string("key"));
        QCOMPARE(refused([](auto& i) { i.usd = Money::fromPico(-1); }), std::string("usd"));
        for (const char* amount : {"", "-1", "1.5", "0x10", " 1", "1e3"})
            QCOMPARE(refused([&](auto& i) { i.amount = amount; }), std::string("amount"));
        QCOMPARE(refused([](auto& i) { i.origin.clear(); }), std::string("origin"));
        QCOMPARE(refused([](auto& i) { i.payee.clear(); }), std::string("payee"));
        // No signature without what it is known by on the chain.
        const std::string id = book->intend(intentOf("a", dollars("1")), allowAll)->purchase.id;
        QVERIFY(!book->advance(id, {State::Intended}, State::Signed, {.nonce = "0x1"}));
        QVERIFY((**book->find(id)).state == State::Intended);
        // Sums that could wrap are refused.
        QVERIFY(book->intend(intentOf("b", Money::fromPico(INT64_MAX)), allowAll).error().code ==
                ErrorCode::LimitReached);
        QCOMPARE(book->sums()->total.pico(), dollars("1").pico());
    }

    void aHeldPurchaseWaitsForAPerson() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const auto held = book->intend(intentOf("a", dollars("3")), holdAll);
        QVERIFY(held->kind == Kind::Held);
        QCOMPARE(held->purchase.note, std::string("the first payment to this seller"));
        QVERIFY(!held->purchase.bookedAt);
        QCOMPARE(book->held()->size(), std::size_t(1));
        QVERIFY(book->unresolved()->empty());
        QVERIFY(book->intend(intentOf("a", dollars("3")), allowAll)->kind == Kind::Open);
        // Others have taken the room meanwhile.
        made(*book, "b", State::Settled, dollars("3"));
        const Decide cap = capOf(dollars("5"), dollars("3"));
        auto answer = book->approve(held->purchase.id, cap);
        QVERIFY(answer->kind == Kind::Refused);
        QCOMPARE(answer->reason, std::string("the cap is reached"));
        QVERIFY((**book->find(held->purchase.id)).state == State::Held);
        answer = book->approve(held->purchase.id, capOf(dollars("6"), dollars("3")));
        QVERIFY(answer->kind == Kind::New);
        QVERIFY(answer->purchase.bookedAt);
        QVERIFY(book->approve(held->purchase.id, allowAll)->kind == Kind::Open);
        QCOMPARE(book->sums()->total.toDecimal(), std::string("6.00"));
        // Denied is the end of it, and frees the key.
        const auto other = book->intend(intentOf("c", dollars("1")), holdAll);
        QVERIFY(book->advance(other->purchase.id, {State::Held}, State::Denied)->done);
        QVERIFY(book->intend(intentOf("c", dollars("1")), holdAll)->kind == Kind::Held);
    }

    void refusalsAndDeadlinesFreeNothing() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const Decide cap = capOf(dollars("1"), dollars("1"));
        for (const State state : {State::Refused, State::Expired, State::Unknown}) {
            const Purchase purchase = made(*book, std::string(nameOf(state)), state, dollars("1"));
            const auto other = book->intend(intentOf("other", dollars("1")), cap);
            QVERIFY(other->kind == Kind::Refused);
            QCOMPARE(outstanding(*book), std::ptrdiff_t(1));
            QVERIFY(!(**book->find(purchase.id)).sealedHeader.empty());
            QVERIFY(book->advance(purchase.id, {state}, State::Released)->done);
            QVERIFY((**book->find(purchase.id)).sealedHeader.empty());
            QCOMPARE(outstanding(*book), std::ptrdiff_t(0));
        }
        QVERIFY(book->intend(intentOf("other", dollars("1")), cap)->kind == Kind::New);
    }

    void pagesGoBackInTime() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        for (int i = 0; i < 25; ++i)
            made(*book, std::to_string(i), i % 5 == 0 ? State::Settled : State::Sent);
        std::vector<std::string> seen;
        for (std::int64_t before = 0;;) {
            const auto page = book->page({}, before, 10);
            QVERIFY(went(page));
            if (page->empty())
                break;
            for (const Purchase& purchase : *page)
                seen.push_back(purchase.requestId);
            before = page->back().sequence;
        }
        QCOMPARE(seen.size(), std::size_t(25));
        QCOMPARE(seen.front(), std::string("req_24"));
        QCOMPARE(seen.back(), std::string("req_0"));
        QCOMPARE(book->page({.states = {State::Settled}}, 0, 100)->size(), std::size_t(5));
        QCOMPARE(book->page({.states = {State::Settled, State::Sent}}, 0, 100)->size(),
                 std::size_t(25));
        QCOMPARE(book->page({.client = "others"}, 0, 100)->size(), std::size_t(0));
        QCOMPARE(book->page({.origin = "https://seller.example:443"}, 0, 7)->size(),
                 std::size_t(7));
        const UnixMs last = book->page({}, 0, 1)->front().createdAt;
        QCOMPARE(book->page({.from = UnixMs{last.value + 1}}, 0, 100)->size(), std::size_t(0));
        QCOMPARE(book->page({.to = UnixMs{last.value + 1}}, 0, 100)->size(), std::size_t(25));
    }

    void payeesArePinned() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const std::string origin = "https://seller.example:443";
        Payee payee = *book->seePayee(origin, "0x01");
        QCOMPARE(payee.address, std::string("0x01"));
        QVERIFY(payee.allowedBy.empty() && !payee.allowedAt);
        // Nobody was paid yet: what is asked for last counts.
        QCOMPARE(book->seePayee(origin, "0x00")->address, std::string("0x00"));
        payee = *book->seePayee(origin, "0x01");
        QVERIFY(payee.address == "0x01" && payee.otherAddress.empty());
        made(*book, "a", State::Sent);
        payee = *book->seePayee(origin, "0x02");
        QCOMPARE(payee.address, std::string("0x01"));
        QCOMPARE(payee.otherAddress, std::string("0x02"));
        QVERIFY(book->sums(origin)->payee->otherAddress == "0x02");
        QVERIFY(book->seePayee(origin, "0x01")->otherAddress.empty());
        payee = *book->allowPayee(origin, "0x02", "window", dollars("0.10"));
        QCOMPARE(payee.address, std::string("0x02"));
        QCOMPARE(payee.alwaysUpTo.toDecimal(), std::string("0.10"));
        QVERIFY(payee.allowedAt && payee.allowedBy == "window");
        QVERIFY(book->seePayee(origin, "0x02")->otherAddress.empty());
        QVERIFY(went(book->allowPayee("http://a:80", "0x03", "terminal", {})));
        const auto all = *bookOf(folder)->payees();
        QCOMPARE(all.size(), std::size_t(2));
        QCOMPARE(all[0].origin, std::string("http://a:80"));
        QCOMPARE(all[1].address, std::string("0x02"));
        QVERIFY(went(book->forgetPayee(origin)));
        QVERIFY(!book->sums(origin)->payee);
    }

    void anOlderLedgerDoesNotReachItsMark() {
        const LedgerFolder folder;
        const LedgerFolder other;
        LedgerMark early;
        LedgerMark late;
        {
            const auto book = bookOf(folder);
            QVERIFY(book->mark()->lineage.empty());
            const Purchase purchase = made(*book, "a", State::Sent);
            early = *book->mark();
            // A change of state counts, too: an older state of the same rows is told.
            QVERIFY(book->advance(purchase.id, {State::Sent}, State::Settled)->done);
            late = *book->mark();
        }
        QVERIFY(!early.lineage.empty());
        QVERIFY(late.newest > early.newest);
        QVERIFY(late.reaches(early));
        QVERIFY(late.reaches(late));
        QVERIFY(late.reaches({}));
        QVERIFY(!early.reaches(late));
        QVERIFY(!LedgerMark{}.reaches(early));
        for (int i = 0; i < 9; ++i)
            made(*bookOf(other), std::to_string(i), State::Settled);
        QVERIFY(other.path() != folder.path() && !bookOf(other)->mark()->reaches(late));
        QVERIFY(bookOf(folder)->mark()->reaches(late));
    }

    void oneAtATimeSigns() {
        const LedgerFolder folder;
        const LedgerFolder other;
        const auto book = bookOf(folder);
        {
            const auto lock = SignerLock::take(folder.location());
            QVERIFY(went(lock));
            QVERIFY((*lock)->held());
            const auto second = SignerLock::take(folder.location());
            QVERIFY(!second);
            QVERIFY(second.error().code == ErrorCode::LedgerBusy);
            QVERIFY(second.error().message.text.find("pays from") != std::string::npos);
            QVERIFY(book->intend(intentOf("a", dollars("1")), allowAll)->kind == Kind::New);
            QVERIFY(bookOf(other)->mark().has_value());
            QVERIFY(went(SignerLock::take(other.location())));
        }
        QVERIFY(went(SignerLock::take(folder.location())));
    }

    void ledgersOfTheFormBeforeAreBroughtUpToDate() {
        const LedgerFolder folder;
        folder.ledger();
        const bool postgres = LedgerFolder::inPostgres();
        std::string sql;
        for (const char* table : {"payment_facts", "purchases", "spent_days", "payees", "sales",
                                  "credits", "relayer_transactions"})
            sql += "DROP TABLE " + std::string(postgres ? "gaterouter." : "") + table + "; ";
        folder.tamper(sql + (postgres ? "UPDATE gaterouter.form SET version = 8"
                                      : "PRAGMA user_version = 8"));
        const auto book = folder.ledger()->purchases();
        QVERIFY(went(book));
        QVERIFY((*book)->intend(intentOf("a", dollars("1")), allowAll)->kind == Kind::New);
    }

    // Many at once, each with a connection of its own, as gateways on one ledger are.
    void theSamePurchaseIsOneHoweverManyAsk() {
        const LedgerFolder folder;
        bookOf(folder);
        std::atomic<int> fresh = 0;
        std::atomic<int> open = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                const auto book = bookOf(folder);
                for (int j = 0; j < 10; ++j) {
                    const auto answer =
                        book->intend(intentOf(std::to_string(j), dollars("1")), allowAll);
                    if (answer && answer->kind == Kind::New)
                        ++fresh;
                    else if (answer && answer->kind == Kind::Open)
                        ++open;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(fresh.load(), 10);
        QCOMPARE(open.load(), 70);
        QCOMPARE(bookOf(folder)->sums()->total.toDecimal(), std::string("10.00"));
    }

    void noScheduleExceedsTheCap() {
        const LedgerFolder folder;
        bookOf(folder);
        const Money cap = dollars("1");
        std::atomic<bool> exceeded = false;
        std::atomic<int> changes = 0;
        std::vector<std::thread> threads;
        for (unsigned seed = 1; seed <= 6; ++seed) {
            threads.emplace_back([&, seed] {
                std::mt19937 random(seed);
                const auto book = bookOf(folder);
                std::vector<std::string> ids;
                for (int i = 0; i < 120; ++i) {
                    const Money usd =
                        Money::fromPico(static_cast<std::int64_t>(1 + random() % 200) *
                                        (Money::kPicoPerDollar / 1'000));
                    if (random() % 2 == 0 || ids.empty()) {
                        // Now and then the same key as another thread's.
                        const std::string name =
                            random() % 4 == 0 ? std::to_string(random() % 20)
                                              : std::to_string(seed * 1'000U + random() % 999);
                        const auto answer =
                            book->intend(intentOf(name, usd),
                                         random() % 5 == 0 ? Decide(holdAll) : capOf(cap, usd));
                        if (answer && answer->kind != Kind::Refused)
                            ids.push_back(answer->purchase.id);
                    } else {
                        const std::string id = ids[random() % ids.size()];
                        const Purchase now = **book->find(id);
                        // A late cashing is booked whatever the cap: not of this test.
                        if (now.state == State::Released)
                            continue;
                        if (now.state == State::Held)
                            (void)book->approve(id, capOf(cap, now.usd));
                        const std::size_t first = random() % kPurchaseStates.size();
                        for (std::size_t k = 0; k < kPurchaseStates.size(); ++k) {
                            const State to = kPurchaseStates[(first + k) % kPurchaseStates.size()];
                            if (now.state == State::Held || !mayFollow(now.state, to))
                                continue;
                            changes += book->advance(id, {now.state}, to, signedWith("0x1"))
                                           .value_or(PurchaseAdvanced{})
                                           .done;
                            break;
                        }
                    }
                    if (book->sums()->total > cap)
                        exceeded = true;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QVERIFY(!exceeded);
        QVERIFY(changes > 50);  // of about 300
        // The sums of days are those of the rows.
        const auto book = bookOf(folder);
        std::int64_t counted = 0;
        std::set<std::string> openKeys;
        const auto rows = *book->page({}, 0, 10'000);
        for (const Purchase& row : rows) {
            counted += isCounted(row.state) ? row.usd.pico() : 0;
            QVERIFY(!row.open || openKeys.insert(row.key).second);
        }
        QVERIFY(rows.size() > 20);
        QCOMPARE(book->sums()->total.pico(), counted);
    }
};

int main(int argc, char** argv) {
    return LedgerFolder::runTest<PurchasesTest>(argc, argv);
}
#include "test_purchases.moc"
