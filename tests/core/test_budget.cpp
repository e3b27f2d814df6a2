// SPDX-License-Identifier: MIT
#include <QtTest>

#include "budget_world.h"

using namespace gr::ledger;
using gr::UnixMs;

namespace {

// A gateway's budget with its connection to the book, and a clock that the test moves.
struct Desk {
    LeaseBook* book;
    int holder;
    Moment now{UnixMs{kStart}, 0};
    std::unique_ptr<Budget> budget;
    int wakes = 0;

    explicit Desk(LeaseBook& ledger, std::vector<Limit> limits, int id = 1)
        : book(&ledger), holder(id), budget(std::make_unique<Budget>(now)) {
        budget->apply(std::move(limits), now);
        work();
    }
    void pass(std::int64_t ms) {
        now.wall.value += ms;
        now.runningMs += ms;
    }
    void work(bool tick = false) {
        int rounds = 0;
        do {
            if (++rounds > 100)
                qFatal("the ledger is asked without end");
            for (const std::string& account : book->recalled(holder))
                budget->recall(account);
            const auto work = budget->takeWork(now, tick);
            budget->did(work, book->lease(holder, work), now);
            tick = false;
        } while (budget->hasWork());
    }
    void tick(std::int64_t ms = 250) {
        pass(ms);
        budget->expire(now);
        work(true);
    }
    std::variant<Budget::Answer, Budget::Ticket> ask(Spend worst, Spender who = {"c", "p", "m", {}},
                                                     std::span<const Charge> before = {}) {
        return budget->reserve({.spender = who, .worst = worst, .likely = worst, .before = before},
                               now, [this] { ++wakes; });
    }
    // The answer after the ledger was asked, if it has to be.
    std::optional<Budget::Answer> get(Spend worst, Spender who = {"c", "p", "m", {}},
                                      std::span<const Charge> before = {}) {
        auto given = ask(worst, who, before);
        if (std::holds_alternative<Budget::Answer>(given))
            return std::move(std::get<Budget::Answer>(given));
        work();
        return std::get<Budget::Ticket>(given).take();
    }
    void flush(const std::vector<Charge>& charges) { book->charge(holder, charges); }
};

Reservation got(std::optional<Budget::Answer> answer) {
    if (!answer || !std::holds_alternative<Reservation>(*answer))
        qFatal("no reservation");
    return std::move(std::get<Reservation>(*answer));
}

Refusal refused(std::optional<Budget::Answer> answer) {
    if (!answer || !std::holds_alternative<Refusal>(*answer))
        qFatal("no refusal");
    return std::get<Refusal>(*answer);
}

}  // namespace

class BudgetTest final : public QObject {
    Q_OBJECT

  private slots:
    void windows_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<qlonglong>("offset");
        QTest::addColumn<QString>("start");
        QTest::addColumn<QString>("end");
        const auto row = [](const char* name, const char* kind, qlonglong offset, const char* start,
                            const char* end) {
            QTest::newRow(name) << kind << offset << start << end;
        };
        row("minute", "minute", 0, "2026-11-22T18:05:00Z", "2026-11-22T18:06:00Z");
        row("hour", "hour", 0, "2026-11-22T18:00:00Z", "2026-11-22T19:00:00Z");
        row("day", "day", 0, "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        row("day, east", "day", 9, "2026-11-22T15:00:00Z", "2026-11-23T15:00:00Z");
        row("day, west", "day", -8, "2026-11-22T08:00:00Z", "2026-11-23T08:00:00Z");
        row("week of a Sunday", "week", 0, "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z");
        row("week, already Monday", "week", 9, "2026-11-22T15:00:00Z", "2026-11-29T15:00:00Z");
        row("month", "month", 0, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    }
    void windows() {
        QFETCH(QString, kind);
        QFETCH(qlonglong, offset);
        QFETCH(QString, start);
        QFETCH(QString, end);
        const auto ms = [](const QString& text) {
            return QDateTime::fromString(text, Qt::ISODate).toMSecsSinceEpoch();
        };
        const ZoneTable zone{{{0, offset * 3'600'000}}};
        const UnixMs at{ms(QStringLiteral("2026-11-22T18:05:12Z"))};
        const Window window = windowAt(*windowKind(kind.toStdString()), at, zone);
        QCOMPARE(window.start, ms(start));
        QCOMPARE(window.end, ms(end));
    }

    // Days around changes to and from summer time have 23 and 25 hours and follow each other.
    void daysOfSummerTime() {
        const QTimeZone berlin("Europe/Berlin");
        ZoneTable zone;
        for (const auto& change : berlin.transitions(QDateTime::fromMSecsSinceEpoch(kStart),
                                                     QDateTime::fromMSecsSinceEpoch(2 * kStart)))
            zone.changes.push_back(
                {change.atUtc.toMSecsSinceEpoch(), change.offsetFromUtc * 1'000LL});
        QVERIFY(zone.changes.size() > 20);
        const auto begin = zone.changes[3].fromMs - 40 * kDay;
        Window day = windowAt(WindowKind::Day, {begin}, zone);
        std::set<std::int64_t> lengths;
        for (int i = 0; i < 400; ++i) {
            const QDateTime local = QDateTime::fromMSecsSinceEpoch(day.start, berlin);
            QCOMPARE(local.time(), QTime(0, 0));
            lengths.insert((day.end - day.start) / 3'600'000);
            QCOMPARE(windowAt(WindowKind::Day, {day.end - 1}, zone), day);
            const Window next = windowAt(WindowKind::Day, {day.end}, zone);
            QCOMPARE(next.start, day.end);
            day = next;
        }
        QCOMPARE(lengths, (std::set<std::int64_t>{23, 24, 25}));
    }

    void clockNeitherBackNorInLeaps() {
        WindowClock clock(UnixMs{1'000'000'000}, 0);
        QCOMPARE(clock.now({1'000'001'000}, 1'000).value, 1'000'001'000);
        // Set back a little: time stands; a lot: it goes on as it ran.
        QCOMPARE(clock.now({1'000'000'500}, 1'500).value, 1'000'001'000);
        QCOMPARE(clock.now({900'000'000}, 3'500).value, 1'000'003'000);
        QVERIFY(*clock.disbelieved() < 0);
        // Set forward by a day: not believed, until somebody confirms it.
        QCOMPARE(clock.now({1'000'004'000 + kDay}, 4'500).value, 1'000'004'000);
        QCOMPARE(*clock.disbelieved(), kDay);
        clock.believe();
        QCOMPARE(clock.now({1'000'005'000 + kDay}, 5'500).value, 1'000'005'000 + kDay);
        QVERIFY(!clock.disbelieved());
        // A machine that slept: both clocks went on.
        QCOMPARE(clock.now({1'000'005'000 + 2 * kDay}, 5'500 + kDay).value,
                 1'000'005'000 + 2 * kDay);
    }

    void scopes() {
        const auto matches = [](ScopeKind scope, const char* name, const char* client, Spender by) {
            Limit limit;
            limit.scope = scope;
            limit.name = name;
            limit.client = client;
            return limit.matches(by);
        };
        const Spender by{"tools", "openai", "gpt-5.5", {}};
        QVERIFY(matches(ScopeKind::All, "", "", by));
        QVERIFY(matches(ScopeKind::Client, "tools", "", by));
        QVERIFY(!matches(ScopeKind::Client, "other", "", by));
        QVERIFY(matches(ScopeKind::Provider, "openai", "", by));
        QVERIFY(matches(ScopeKind::Provider, "openai", "tools", by));
        QVERIFY(!matches(ScopeKind::Provider, "openai", "other", by));
        QVERIFY(matches(ScopeKind::Model, "gpt-5.5", "", by));
        QVERIFY(matches(ScopeKind::Model, "openai/gpt-*", "", by));
        QVERIFY(!matches(ScopeKind::Model, "openai/gpt-4*", "", by));
        QVERIFY(!matches(ScopeKind::Payee, "api.example.com", "", by));
        QVERIFY(matches(ScopeKind::Payee, "API.example.com", "",
                        {"tools", "s", "m", "api.example.com"}));
    }

    void reservesAndSettles() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        Reservation first = got(desk.get(usd(400)));
        Reservation second = got(desk.get(usd(600)));
        QCOMPARE(desk.budget->states(desk.now)[0].reserved, 1'000);
        QVERIFY(!desk.get(usd(1)));  // waits: open reservations may leave something
        const auto charges = first.settle(spent(100));
        QCOMPARE(charges.size(), 1U);
        QCOMPARE(charges[0].account, std::string("all|day|usd"));
        QCOMPARE(charges[0].amount, 100);
        Reservation third = got(desk.get(usd(300)));
        second.release();
        third.settle({});
        const LimitState state = desk.budget->states(desk.now)[0];
        QCOMPARE(state.spent, 400);
        QCOMPARE(state.reserved, 0);
        const Refusal no = refused(desk.get(usd(601)));
        QVERIFY(no.why == Refusal::Why::Spent);
        QCOMPARE(no.spent, 400);
        QCOMPARE(no.window.end, 20'001 * kDay);
        QVERIFY(refused(desk.get(usd(1'001))).why == Refusal::Why::TooLarge);
        got(desk.get(usd(600))).release();
    }

    void waitsUntilAnotherEnds() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        Reservation open = got(desk.get(usd(900)));
        auto asked = desk.ask(usd(500));
        auto& ticket = std::get<Budget::Ticket>(asked);
        desk.work();
        QVERIFY(!ticket.take());
        desk.wakes = 0;
        open.settle(spent(200));
        desk.work();
        QCOMPARE(desk.wakes, 1);
        got(ticket.take()).release();
    }

    void waitsNoLongerThanAllowed() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        Reservation open = got(desk.get(usd(900)));
        auto asked = desk.ask(usd(500));
        auto& ticket = std::get<Budget::Ticket>(asked);
        for (int i = 0; i < 39; ++i)
            desk.tick();
        QVERIFY(!ticket.take());
        desk.tick();
        const Refusal no = refused(ticket.take());
        QVERIFY(no.why == Refusal::Why::Busy);
        QCOMPARE(no.reserved, 900);
        open.release();
    }

    // A small request does not overtake a large one that waits for the same limit for good.
    void firstComeFirstServed() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        Reservation a = got(desk.get(usd(500)));
        auto large = desk.ask(usd(800));
        auto small = desk.ask(usd(100));
        desk.work();
        QVERIFY(!std::get<Budget::Ticket>(small).take());
        a.release();
        desk.work();
        Reservation b = got(std::get<Budget::Ticket>(large).take());
        Reservation c = got(std::get<Budget::Ticket>(small).take());
    }

    void requestsCountOnce() {
        LeaseBook book;
        Limit limit = usdLimit(2);
        limit.unit = LimitUnit::Requests;
        Desk desk(book, {limit});
        auto charges = got(desk.get({0, 0, 1})).settle({0, 0, 1});
        QCOMPARE(charges[0].amount, 1);
        // A second attempt of the same request is free, also when the limit is full.
        got(desk.get({0, 0, 1})).settle({0, 0, 1});
        QVERIFY(got(desk.get({0, 0, 1}, {"c", "p", "m", {}}, charges)).empty());
        QVERIFY(refused(desk.get({0, 0, 1})).why == Refusal::Why::Spent);
    }

    void anEstimateMayOvershoot() {
        LeaseBook book;
        Limit limit = usdLimit(1'000);
        limit.guarantee = Guarantee::Estimate;
        Desk desk(book, {limit});
        Reservation open = got(desk.get(usd(900)));
        Reservation other = got(desk.get(usd(100)));
        const auto charges = open.settle(spent(950));
        got(desk.get(usd(0))).release();
        desk.tick();  // the ledger answers, and does not know of the 50 yet
        QCOMPARE(desk.budget->states(desk.now)[0].spent, 950);
        desk.flush(charges);
        desk.tick();  // now it does
        LimitState state = desk.budget->states(desk.now)[0];
        QCOMPARE(state.spent, 950);
        desk.flush(other.settle(spent(100)));
        desk.tick();
        QCOMPARE(desk.budget->states(desk.now)[0].spent, 1'050);
        QVERIFY(refused(desk.get(usd(1))).why == Refusal::Why::Spent);
    }

    void anotherWindowAnotherAccount() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        Reservation late = got(desk.get(usd(1'000)));
        desk.pass(kDay);
        Reservation today = got(desk.get(usd(1'000)));
        const auto charges = late.settle(spent(1'000));
        QCOMPARE(charges[0].windowMs, 20'000 * kDay);  // of the day on which it began
        today.settle(spent(10));
        QCOMPARE(desk.budget->states(desk.now)[0].spent, 10);
    }

    // A request that goes on after its window is over: nothing more is leased for that.
    void anOldWindowRestsInPeace() {
        LeaseBook book;
        Desk desk(book, {usdLimit(100'000, WindowKind::Minute)});
        Reservation large = got(desk.get(usd(90'000)));
        Reservation rest = got(desk.get(usd(1'900)));
        desk.pass(70'000);
        desk.work();
        desk.tick();
        Reservation next = got(desk.get(usd(50'000)));
        desk.flush(large.settle(spent(1)));
        desk.tick();
        QCOMPARE(desk.budget->states(desk.now)[0].reserved, 50'000);
        rest.release();
        next.release();
    }

    // Ask at a lower amount, and never more than another: both hold.
    void twoThatCountTheSameBothHold() {
        LeaseBook book;
        Limit asks = usdLimit(400);
        asks.atLimit = AtLimit::Ask;
        Desk desk(book, {asks, usdLimit(1'000)});
        desk.flush(got(desk.get(usd(300))).settle(spent(300)));
        const Refusal no = refused(desk.get(usd(200)));
        QVERIFY(no.limit.atLimit == AtLimit::Ask);
        QVERIFY(desk.budget->allow(no.limit.key(), 10'000, desk.now));
        desk.flush(got(desk.get(usd(700))).settle(spent(700)));
        const Refusal last = refused(desk.get(usd(1)));
        QVERIFY(last.limit.atLimit == AtLimit::Refuse);
        QCOMPARE(last.limit.key(), std::string("all|day|usd#2"));
        QCOMPARE(desk.budget->states(desk.now)[1].spent, 1'000);
    }

    // What was to be given back while the ledger was away is not lost to the window.
    void whatCouldNotBeGivenBackIsKept() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        desk.flush(got(desk.get(usd(900))).settle(spent(10)));
        desk.budget->recall(usdLimit(1'000).key());
        const auto lost = desk.budget->takeWork(desk.now, true);
        QVERIFY(!lost.empty() && lost[0].giveBack > 0);
        desk.budget->did(lost, gr::fail(gr::ErrorCode::LedgerBusy, "away"), desk.now);
        desk.tick();
        QCOMPARE(desk.budget->states(desk.now)[0].spent, 10);
        got(desk.get(usd(990))).release();
    }

    // The ledger's clock decides; that it is another one is no leap, and makes none believed.
    void theLedgersClock() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000, WindowKind::Minute)});
        desk.budget->setClockAhead(-2 * kDay);
        QCOMPARE(desk.budget->states(desk.now)[0].window.start,
                 (kStart - 2 * kDay) / 60'000 * 60'000);
        QVERIFY(!desk.budget->disbelieved());
        for (const std::int64_t ahead : {-2 * kDay + 1, -2 * kDay, -2 * kDay + 1}) {
            desk.now.wall.value -= kDay;  // set back, again and again
            desk.budget->setClockAhead(ahead);
            desk.tick();
            QVERIFY(desk.budget->disbelieved());
            QVERIFY(desk.budget->states(desk.now)[0].window.start >=
                    (kStart - 2 * kDay) / 60'000 * 60'000);
        }
    }

    // A person lets one more pass: that much, once, and for every gateway.
    void allowsMore() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        Desk other(book, {usdLimit(1'000)}, 2);
        got(desk.get(usd(900))).settle(spent(900));
        const Refusal no = refused(desk.get(usd(300)));
        QCOMPARE(no.allowed, 0);
        QVERIFY(!desk.budget->allow("client:x|day|usd", 200, desk.now));
        QVERIFY(desk.budget->allow(no.limit.key(), 200, desk.now));
        Reservation more = got(desk.get(usd(300)));
        QCOMPARE(desk.budget->states(desk.now)[0].allowed, 200);
        desk.flush(more.settle(spent(250)));
        QVERIFY(refused(desk.get(usd(60))).why == Refusal::Why::Spent);
        other.tick(2'000);
        QCOMPARE(refused(other.get(usd(1'300))).allowed, 200);
        // More than the whole limit, too.
        QVERIFY(desk.budget->allow(no.limit.key(), 5'000, desk.now));
        got(desk.get(usd(4'000))).release();
        // In the next window it is gone.
        desk.pass(kDay);
        desk.work();
        QCOMPARE(desk.budget->states(desk.now)[0].allowed, 0);
        QVERIFY(refused(desk.get(usd(1'001))).why == Refusal::Why::TooLarge);
    }

    // The ledger was away when it was said: it is said again, and counts once.
    void anAllowanceSurvivesAFailure() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        const std::string key = usdLimit(1'000).key();
        QVERIFY(desk.budget->allow(key, 500, desk.now));
        const auto lost = desk.budget->takeWork(desk.now, false);
        QCOMPARE(lost.size(), 1U);
        book.lease(desk.holder, lost);  // it came to pass, and nobody heard so
        desk.budget->did(lost, gr::fail(gr::ErrorCode::LedgerBusy, "away"), desk.now, true);
        got(desk.get(usd(1'500))).release();
        QCOMPARE(desk.budget->states(desk.now)[0].allowed, 500);
        QVERIFY(refused(desk.get(usd(1'501))).why == Refusal::Why::TooLarge);
    }

    // Set back, the clock does not bring yesterday's money back; set forward, not tomorrow's.
    void clockTricks() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        got(desk.get(usd(1'000))).settle(spent(1'000));
        desk.now.wall.value += 2 * kDay;
        QVERIFY(refused(desk.get(usd(1))).why == Refusal::Why::Spent);
        QCOMPARE(*desk.budget->disbelieved(), 2 * kDay);
        desk.now.wall.value -= 4 * kDay;
        desk.pass(1'100);
        QVERIFY(refused(desk.get(usd(1))).why == Refusal::Why::Spent);
        desk.now.wall.value += 4 * kDay;
        desk.budget->believeClock();
        got(desk.get(usd(1))).release();
    }

    // A lease that lies idle goes back to the ledger: in part at once, whole after five seconds.
    void idleLeasesGoBack() {
        LeaseBook book;
        Desk desk(book, {usdLimit(10'000)});
        got(desk.get(usd(5'000))).settle(spent(0));
        desk.tick();
        desk.tick();
        QCOMPARE(book.rows().begin()->second.leased(), 200);
        for (int i = 0; i < 20; ++i)
            desk.tick();
        QCOMPARE(book.rows().begin()->second.leased(), 0);
        QVERIFY(!desk.budget->busy());
    }

    void leasesAreRecalledFromOthers() {
        LeaseBook book;
        Desk one(book, {usdLimit(1'000)}, 1);
        Desk two(book, {usdLimit(1'000)}, 2);
        Reservation open = got(one.get(usd(500)));
        open.settle(spent(0));  // 500 and a slice lie idle at the first
        auto asked = two.ask(usd(990));
        auto& ticket = std::get<Budget::Ticket>(asked);
        two.work();
        QVERIFY(!ticket.take());
        one.work();
        two.tick();
        got(ticket.take()).release();
    }

    // Not a refusal, not a second reservation: a gateway that comes back after a crash finds what
    // it held spent.
    void aCrashCountsAsSpent() {
        LeaseBook book;
        {
            Desk dies(book, {usdLimit(1'000)}, 1);
            got(dies.get(usd(400))).settle(spent(10));
        }
        book.bury(1);
        Desk next(book, {usdLimit(1'000)}, 2);
        QVERIFY(refused(next.get(usd(600))).why == Refusal::Why::Spent);
        got(next.get(usd(580))).release();
    }

    void aTicketThatGoesTakesNothing() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        {
            auto asked = desk.ask(usd(1'000));
            desk.work();
        }
        got(desk.get(usd(1'000))).release();
    }

    void raisedAndRemovedLimits() {
        LeaseBook book;
        Desk desk(book, {usdLimit(1'000)});
        got(desk.get(usd(900))).settle(spent(900));
        QVERIFY(refused(desk.get(usd(200))).why == Refusal::Why::Spent);
        desk.budget->apply({usdLimit(2'000)}, desk.now);
        desk.pass(1'100);
        got(desk.get(usd(200))).release();
        desk.budget->apply({}, desk.now);
        QVERIFY(got(desk.get(usd(5'000))).empty());
        desk.budget->apply({usdLimit(1'000)}, desk.now);
        desk.pass(1'100);
        QVERIFY(refused(desk.get(usd(200))).why == Refusal::Why::Spent);
    }
};

QTEST_GUILESS_MAIN(BudgetTest)
#include "test_budget.moc"
