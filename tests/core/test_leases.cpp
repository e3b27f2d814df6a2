// SPDX-License-Identifier: MIT
#include <QtTest>

#include "ledger/budget.h"
#include "ledger/lease_keeper.h"
#include "ledger/lease_table.h"
#include "ledger/schema.h"
#include "ledger/verify.h"
#include "support/ledger_fixture.h"

using namespace gr::ledger;
using gr::Money;
using gr::UnixMs;
using gr::test::LedgerFolder;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

constexpr std::int64_t kDay = 86'400'000;

Limit dayLimit(std::int64_t amount) {
    Limit limit;
    limit.amount = amount;
    return limit;
}

UnixMs nowMs() {
    return gr::SystemClock().now();
}

LeaseWork ask(const Limit& limit, std::int64_t least, std::int64_t want,
              std::int64_t giveBack = 0) {
    LeaseWork work;
    work.limit = limit;
    work.window = windowAt(limit.window, nowMs(), {});
    work.least = least;
    work.want = want;
    work.giveBack = giveBack;
    return work;
}

std::unique_ptr<LeaseTable> tableOf(const LedgerFolder& folder, std::int64_t holder) {
    auto table = LeaseTable::open(folder.location(), holder);
    if (!went(table))
        qFatal("no leases");
    return std::move(*table);
}

LeaseAnswer lease(LeaseStore& store, const LeaseWork& work) {
    const auto answers = store.lease({&work, 1});
    if (!went(answers))
        qFatal("no answer");
    return answers->at(0);
}

}  // namespace

class LeasesTest final : public QObject {
    Q_OBJECT

  private slots:
    void grantsNoMoreThanThereIs() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        const auto one = tableOf(folder, 1);
        const auto two = tableOf(folder, 2);
        const Limit limit = dayLimit(1'000);
        LeaseAnswer answer = lease(*one, ask(limit, 100, 400));
        QCOMPARE(answer.granted, 400);
        QCOMPARE(answer.free, 600);
        answer = lease(*two, ask(limit, 100, 900));
        QCOMPARE(answer.granted, 600);  // less than wanted, enough to go on
        QCOMPARE(answer.others, 400);
        answer = lease(*two, ask(limit, 1, 1));
        QCOMPARE(answer.granted, 0);
        QCOMPARE(answer.free, 0);
        QCOMPARE(*one->recalled(), std::vector<std::string>{"all|day|usd"});
        QVERIFY(one->recalled()->empty());  // told once
        answer = lease(*one, ask(limit, 0, 0, 350));
        QCOMPARE(answer.free, 350);
        QCOMPARE(lease(*two, ask(limit, 300, 300)).granted, 300);
        QCOMPARE(lease(*two, ask(limit, 0, 0)).others, 50);
        QVERIFY(went(one->tidy()));  // forgets nothing that holds something
        QCOMPARE(lease(*two, ask(limit, 0, 0)).others, 50);
    }

    void whatIsAllowedCountsOnce() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        const auto one = tableOf(folder, 1);
        LeaseWork work = ask(dayLimit(1'000), 1'200, 1'200);
        work.allow = {{7, 200}};
        LeaseAnswer answer = lease(*one, work);
        QCOMPARE(answer.granted, 1'200);
        QCOMPARE(answer.allowed, 200);
        work.want = 0;
        QCOMPARE(lease(*one, work).allowed, 200);
        answer = lease(*tableOf(folder, 2), ask(dayLimit(1'000), 1, 1));
        QCOMPARE(answer.allowed, 200);
        QCOMPARE(answer.granted, 0);
    }

    // By hand: nobody else knows that they will not come back.
    void whatTheDeadHeldIsFreedByHand() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        const auto note = folder.path() / "holder";
        const Limit limit = dayLimit(1'000);
        {
            auto table = LeaseTable::open(folder.location(), 1, note);
            QVERIFY(went(table));
            QCOMPARE(lease(**table, ask(limit, 300, 300)).granted, 300);
        }
        auto table = LeaseTable::open(folder.location(), 2, note);
        QVERIFY(went(table));
        const auto living = tableOf(folder, 3);
        QCOMPARE(lease(*living, ask(limit, 100, 100)).granted, 100);
        LeaseAnswer answer = lease(**table, ask(limit, 0, 0));
        QCOMPARE(answer.dead, 300);
        QCOMPARE(answer.free, 600);
        LeaseWork more = ask(limit, 0, 0);
        more.allow = {{9, 50}};
        lease(**table, more);
        QVERIFY(went((*table)->freeDead()));
        answer = lease(**table, ask(limit, 0, 0));
        QCOMPARE(answer.dead, 0);
        QCOMPARE(answer.allowed, 50);
        QCOMPARE(answer.others, 100);
        QCOMPARE(answer.free, 950);
    }

    // The rows and what they were charged are one transaction, and the lease shrinks with it.
    void rowsChargeTheirLease() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        auto leases = ledger->leases();
        QVERIFY(went(leases));
        const Limit limit = dayLimit(1'000);
        QCOMPARE(lease(**leases, ask(limit, 500, 500)).granted, 500);
        RequestRecord record = sampleRecord(nowMs());
        const std::int64_t window = windowAt(WindowKind::Day, nowMs(), {}).start;
        record.charges = {{"all|day|usd", window, 300, 200}};  // 100 more than was reserved
        ledger->append(record);
        ledger->flush();
        // 300 spent, and 300 of the lease left.
        QCOMPARE(lease(**leases, ask(limit, 0, 0)).free, 400);
        auto reader = folder.reader();
        const auto page = reader.page({}, {}, 10);
        QVERIFY(went(page));
        QVERIFY(page->at(0).record.charges == record.charges);

        const auto sound = verifyBooks(folder.location());
        QVERIFY(went(sound));
        QCOMPARE(sound->findings, std::vector<std::string>());
        auto books = openForWriting(folder.location());
        QVERIFY(went(books) && went(books->execute("UPDATE limit_windows SET settled = 299")));
        const auto changed = verifyBooks(folder.location());
        QVERIFY(went(changed));
        QCOMPARE(changed->findings.size(), 1U);
        QVERIFY(QString::fromStdString(changed->findings[0])
                    .startsWith(QStringLiteral("Limit all|day|usd, window of 20")));
        QVERIFY(QString::fromStdString(changed->findings[0])
                    .endsWith(QStringLiteral("it says 299 is spent, the rows say 300.")));
        QVERIFY(went(books->execute("DELETE FROM limit_windows")));
        const auto taken = verifyBooks(folder.location());
        QVERIFY(went(taken));
        QCOMPARE(taken->findings.size(), 1U);
        QVERIFY(QString::fromStdString(taken->findings[0])
                    .endsWith(QStringLiteral("it says 0 is spent, the rows say 300.")));
    }

    // Windows of an hour or less go when they are over.
    void aShortWindowThatIsGoneIsNoFinding() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        RequestRecord record = sampleRecord(nowMs());
        record.charges = {{"all|hour|usd", windowAt(WindowKind::Hour, nowMs(), {}).start, 300, 300},
                          {"client:a|b|minute|usd", 60'000, 300, 300}};
        ledger->append(record);
        ledger->flush();
        const auto sound = verifyBooks(folder.location());
        QVERIFY(went(sound));
        QCOMPARE(sound->findings, std::vector<std::string>());
    }

    // A limit that is new, or comes back after a while, knows what was spent without it.
    void aNewLimitKnowsTheRows() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        for (const std::int64_t age : {std::int64_t{0}, 2 * kDay}) {
            RequestRecord record = sampleRecord({nowMs().value - age});
            record.client = "tools";
            record.cost = Money::fromPico(250);
            ledger->append(record);
        }
        ledger->flush();
        const auto leases = tableOf(folder, 7);
        const auto freeOf = [&](Limit limit) {
            LeaseWork work = ask(limit, 0, 0);
            work.first = true;
            return lease(*leases, work).free;
        };
        Limit limit = dayLimit(1'000);
        QCOMPARE(freeOf(limit), 750);
        limit.scope = ScopeKind::Client;
        limit.name = "tools";
        QCOMPARE(freeOf(limit), 750);
        limit.name = "others";
        QCOMPARE(freeOf(limit), 1'000);
        limit = dayLimit(1'000);
        limit.window = WindowKind::Total;
        QCOMPARE(freeOf(limit), 500);
        limit.unit = LimitUnit::Requests;
        QCOMPARE(freeOf(limit), 998);
        limit.window = WindowKind::Minute;
        QCOMPARE(freeOf(limit), 999);
        QCOMPARE(freeOf(limit), 999);  // asked again, it does not count twice
    }

    // What a gateway held when it died stays spent.
    void theDeadGiveNothingBack() {
        const LedgerFolder folder;
        const Limit limit = dayLimit(1'000);
        {
            auto ledger = folder.ledger();
            auto leases = ledger->leases();
            QVERIFY(went(leases));
            QCOMPARE(lease(**leases, ask(limit, 300, 300)).granted, 300);
        }
        auto ledger = folder.ledger();
        auto leases = ledger->leases();
        QVERIFY(went(leases));
        const LeaseAnswer answer = lease(**leases, ask(limit, 1'000, 1'000));
        QCOMPARE(answer.granted, 0);
        QCOMPARE(answer.others, 0);  // nobody waits for what will not come back
        QCOMPARE(lease(**leases, ask(limit, 700, 1'000)).granted, 700);
    }

    // The whole: budget, thread and tables.
    void aKeeperServesABudget() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        Budget budget(Moment::now());
        auto leases = ledger->leases();
        QVERIFY(went(leases));
        auto keeper = std::make_unique<LeaseKeeper>(budget, std::move(*leases));
        budget.apply({dayLimit(1'000)}, Moment::now());
        std::atomic<bool> woken = false;
        const ReserveAsk ask{.spender = {"c", "p", "m", {}}, .worst = {900, 0, 1}, .likely = {}};
        auto given = budget.reserve(ask, Moment::now(), [&woken] { woken = true; });
        std::optional<Budget::Answer> answer;
        if (std::holds_alternative<Budget::Ticket>(given)) {
            QTRY_VERIFY(woken);
            answer = std::get<Budget::Ticket>(given).take();
        } else {
            answer = std::move(std::get<Budget::Answer>(given));
        }
        QVERIFY(answer && std::holds_alternative<Reservation>(*answer));
        RequestRecord record = sampleRecord(nowMs());
        record.charges = std::get<Reservation>(*answer).settle({850, 0, 1});
        ledger->append(record);
        ledger->flush();
        // One that was dropped: what it was for may have been sent, and no row will ever say so.
        {
            auto dropped = budget.reserve(
                {.spender = ask.spender, .worst = {10, 0, 1}, .likely = {}}, Moment::now(), {});
            QVERIFY(std::holds_alternative<Budget::Answer>(dropped));
        }
        keeper.reset();
        const auto other = tableOf(folder, 1);
        const LeaseAnswer state = lease(*other, ::ask(dayLimit(1'000), 0, 0));
        QCOMPARE(state.free, 140);
        QCOMPARE(state.others, 10);
    }

    // The clock was set back while nothing ran: the ledger knows better.
    void aWindowThatIsOverDoesNotComeBack() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        LeaseWork later = ask(dayLimit(1'000), 1, 1);
        later.window = windowAt(WindowKind::Day, {nowMs().value + 3 * kDay}, {});
        lease(*tableOf(folder, 1), later);
        Budget budget(Moment::now());
        auto leases = ledger->leases();
        QVERIFY(went(leases));
        const LeaseKeeper keeper(budget, std::move(*leases));
        budget.apply({dayLimit(1'000)}, Moment::now());
        QTRY_COMPARE(budget.states(Moment::now()).at(0).window.start, later.window.start);
        QVERIFY(budget.disbelieved());
    }
};

int main(int argc, char** argv) {
    return gr::test::LedgerFolder::runTest<LeasesTest>(argc, argv);
}
#include "test_leases.moc"
