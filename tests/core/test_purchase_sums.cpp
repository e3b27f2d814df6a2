// SPDX-License-Identifier: MIT
// What payments sum up to: windows, payees, what the chain tells later, and clocks that are wrong.
#include <QtTest>
#include <random>

#include "base/text.h"
#include "ledger/purchase_book.h"
#include "ledger/purchase_rows.h"
#include "ledger/schema.h"
#include "support/ledger_fixture.h"
#include "support/made_purchase.h"
#include "support/purchase_samples.h"

using namespace gr::ledger;
using gr::Money;
using gr::UnixMs;
using gr::test::allowAll;
using gr::test::bookOf;
using gr::test::dollars;
using gr::test::intentOf;
using gr::test::LedgerFolder;
using gr::test::made;
using gr::test::went;
using Kind = IntendAnswer::Kind;
using State = PurchaseState;

namespace {

constexpr std::int64_t kDay = 24 * kHourMs;

}  // namespace

class PurchaseSumsTest final : public QObject {
    Q_OBJECT

  private slots:
    void windowsAndPayeesHaveTheirSums() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        made(*book, "a", State::Settled, dollars("1"));
        made(*book, "b", State::Unknown, dollars("2"));
        made(*book, "c", State::Held, dollars("4"));
        made(*book, "d", State::Released, dollars("8"));
        QVERIFY(book->intend(intentOf("e", dollars("16"), "http://other:80"), allowAll)->kind ==
                Kind::New);
        auto database = openForReading(folder.location());
        QVERIFY(went(database));
        const std::int64_t now = (**book->findByKey(gr::sha256("a"))).bookedAt->value;
        const auto at = [&](std::int64_t later) {
            const auto sums =
                readSums(*database, {now + later}, "https://seller.example:443", gr::sha256("b"));
            if (!went(sums))
                qFatal("no sums");
            return *sums;
        };
        SpendingSums sums = at(0);
        QCOMPARE(sums.hour.toDecimal(), std::string("19.00"));
        QCOMPARE(sums.day.toDecimal(), std::string("19.00"));
        QCOMPARE(sums.total.toDecimal(), std::string("19.00"));
        QCOMPARE(sums.outstanding.toDecimal(), std::string("18.00"));
        QCOMPARE(sums.payeeDay.toDecimal(), std::string("3.00"));
        QCOMPARE(sums.payeeOutstanding.toDecimal(), std::string("2.00"));
        QCOMPARE(sums.hourPurchases, 4);
        QCOMPARE(sums.hourSame, 1);
        QVERIFY(!sums.payee);
        // An hour is the last 60 minutes, wherever the clock stands.
        sums = at(kHourMs - 1);
        QCOMPARE(sums.hour.toDecimal(), std::string("19.00"));
        sums = at(kHourMs + 60'000);
        QCOMPARE(sums.hour.pico(), 0);
        QCOMPARE(sums.hourPurchases, 0);
        sums = at(kDay);
        QCOMPARE(sums.day.pico(), 0);
        QCOMPARE(sums.payeeDay.pico(), 0);
        QCOMPARE(sums.total.toDecimal(), std::string("19.00"));
        QCOMPARE(sums.payeeOutstanding.toDecimal(), std::string("2.00"));
        // A clock that is set back gives nothing back.
        QCOMPARE(at(-400 * kDay).day.toDecimal(), std::string("19.00"));
        QCOMPARE(at(-400 * kDay).hour.toDecimal(), std::string("19.00"));
    }

    // What was signed and released is asked for again; what was never signed is not.
    void theReleasedAreLookedAtAgain() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const std::string released = made(*book, "a", State::Released).id;
        const std::string never = made(*book, "b", State::Intended).id;
        QVERIFY(book->advance(never, {State::Intended}, State::Released)->done);
        const std::string sent = made(*book, "c", State::Sent).id;
        auto rows = book->unresolved();
        QVERIFY(went(rows));
        QCOMPARE(rows->size(), std::size_t(2));
        QCOMPARE(rows->front().id, sent);
        QCOMPARE(rows->back().id, released);
        const std::string table = LedgerFolder::inPostgres() ? "gaterouter.purchases" : "purchases";
        folder.tamper("UPDATE " + table + " SET booked_ms = booked_ms - " +
                      std::to_string(PurchaseBook::kLookAgain + 1));
        rows = book->unresolved();
        QCOMPARE(rows->size(), std::size_t(1));
        QCOMPARE(rows->front().id, sent);
    }

    // Another port, or http beside https, has no caps of its own; another host has.
    void onePurseForAllPortsOfAHost() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        int name = 0;
        for (const char* origin :
             {"https://seller.example:443", "https://seller.example:8443",
              "http://seller.example:80", "https://a.seller.example:443",
              "https://seller.example.net:443", "https://sellerxexample:443", "odd"})
            QVERIFY(book->intend(intentOf(std::to_string(++name), dollars("1"), origin), allowAll)
                        ->kind == Kind::New);
        auto sums = *book->sums("https://seller.example:9000");
        for (const Money sum :
             {sums.payeeHour, sums.payeeDay, sums.payeeTotal, sums.payeeOutstanding})
            QCOMPARE(sum.toDecimal(), std::string("3.00"));
        QCOMPARE(sums.payeeMinute, 3);
        QCOMPARE(sums.originTotal.pico(), 0);
        QCOMPARE(book->sums("https://seller.example:443")->originTotal.toDecimal(),
                 std::string("1.00"));
        QCOMPARE(book->sums("odd")->payeeTotal.toDecimal(), std::string("1.00"));
        QCOMPARE(book->sums()->payeeTotal.pico(), 0);
    }

    // Whoever pays what the sums leave pays no more than the cap in any 60 minutes.
    void noSixtyMinutesPassTheCap() {
        const LedgerFolder folder;
        bookOf(folder);
        auto database = openForWriting(folder.location());
        QVERIFY(went(database));
        const std::int64_t cap = dollars("1").pico();
        std::mt19937_64 random(11);
        std::vector<std::pair<std::int64_t, std::int64_t>> paid;  // when, how much
        std::int64_t now = 1'795'003'200'000;
        for (int i = 0; i < 400; ++i) {
            now += static_cast<std::int64_t>(random() % (kHourMs / 8));
            const Money usd = Money::fromPico(static_cast<std::int64_t>(random() % (cap / 2)));
            const auto sums = readSums(*database, {now}, "https://seller.example:443", {});
            QVERIFY(went(sums));
            if (sums->hour.pico() + usd.pico() > cap)
                continue;
            Purchase row;
            static_cast<PurchaseIntent&>(row) = intentOf(std::to_string(i), usd);
            row.id = "pay_" + std::to_string(i);
            row.state = State::Sent;
            row.createdAt = row.updatedAt = {now};
            row.bookedAt = UnixMs{now};
            QVERIFY(insertPurchase(*database, row));
            paid.emplace_back(now, usd.pico());
        }
        QVERIFY(paid.size() > 100);
        for (std::size_t first = 0; first < paid.size(); ++first) {
            std::int64_t sum = 0;
            for (std::size_t i = first;
                 i < paid.size() && paid[i].first < paid[first].first + kHourMs; ++i)
                sum += paid[i].second;
            QVERIFY(sum <= cap);
        }
    }

    // An upto payment counts with its maximum until the chain shows what was taken.
    void whatWasTakenTakesThePlaceOfTheMost() {
        const LedgerFolder folder;
        const auto book = bookOf(folder);
        const std::string id = made(*book, "a", State::Sent, dollars("1")).id;
        const auto learn = [&](State from, State to, const char* units, const char* usd) {
            PurchaseChange change;
            change.taken = TakenPart{units, dollars(usd)};
            return book->advance(id, {from}, to, change);
        };
        // Not before it is settled, and never more.
        QVERIFY(learn(State::Sent, State::Unknown, "1", "0.01")->done);
        QCOMPARE(book->sums()->day.toDecimal(), std::string("1.00"));
        QVERIFY(learn(State::Unknown, State::Settled, "250000", "0.25")->done);
        QVERIFY(learn(State::Settled, State::Settled, "900000", "0.90")->done);
        const Purchase row = **book->find(id);
        QCOMPARE(row.amount, std::string("250000"));
        QCOMPARE(row.usd.toDecimal(), std::string("0.25"));
        QCOMPARE(row.quote.toDecimal(), std::string("1.00"));
        const auto sums = book->sums("https://seller.example:443");
        for (const Money sum : {sums->hour, sums->day, sums->total, sums->payeeTotal})
            QCOMPARE(sum.toDecimal(), std::string("0.25"));
    }

    // As after a start with a wrong clock.
    void aClockThatContradictsTheBooksIsDoubted() {
        const LedgerFolder folder;
        const Purchase paid = made(*bookOf(folder), "a", State::Settled);
        const std::string table = LedgerFolder::inPostgres() ? "gaterouter.purchases" : "purchases";
        folder.tamper("UPDATE " + table +
                      " SET booked_ms = " + std::to_string(paid.bookedAt->value + 10 * kDay));
        const auto book = bookOf(folder);
        auto sums = book->sums();
        QVERIFY(went(sums));
        QVERIFY(sums->clockDoubtMs && *sums->clockDoubtMs < -9 * kDay);
        QVERIFY(sums->now.value >= paid.bookedAt->value + 10 * kDay);
        book->believeClock();
        sums = book->sums();
        QVERIFY(!sums->clockDoubtMs);
        QVERIFY(sums->now.value < paid.bookedAt->value + kDay);
        QCOMPARE(sums->hour.pico(), paid.usd.pico());  // and what was booked still counts
    }
};

int main(int argc, char* argv[]) {
    return LedgerFolder::runTest<PurchaseSumsTest>(argc, argv);
}
#include "test_purchase_sums.moc"
