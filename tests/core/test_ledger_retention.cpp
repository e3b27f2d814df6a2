// SPDX-License-Identifier: MIT
// Old rows go, their sums stay, and the books say so.
#include <QtTest>
#include <algorithm>
#include <sstream>

#include "ledger/export.h"
#include "ledger/retention.h"
#include "ledger/schema.h"
#include "ledger/verify.h"
#include "support/frail_disk.h"
#include "support/ledger_fixture.h"

using gr::ErrorCode;
using gr::Milliseconds;
using gr::Money;
using gr::SteadyTime;
using gr::SystemClock;
using gr::UnixMs;
using gr::ledger::CutSchedule;
using gr::ledger::Filter;
using gr::ledger::GroupBy;
using gr::ledger::RequestRecord;
using gr::ledger::Retention;
using gr::ledger::Step;
using gr::ledger::Totals;
using gr::ledger::verifyBooks;
using gr::test::FrailDisk;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;

UnixMs hours(std::int64_t count) {
    return {kNoon.value + count * kHour};
}

bool sound(const LedgerFolder& folder) {
    const auto report = verifyBooks(folder.location(), folder.keys());
    if (!went(report))
        return false;
    for (const std::string& finding : report->findings)
        qWarning("%s", finding.c_str());
    return report->findings.empty();
}

// A Retention on a connection of its own, as the ledger thread has one.
class Knife final {
  public:
    explicit Knife(const LedgerFolder& folder)
        : m_database(*gr::ledger::openForWriting(folder.location())),
          m_receipts(folder.keys()),
          m_retention(*Retention::create(m_database, m_receipts)) {}

    bool cutSome(UnixMs before) {
        const auto more = m_retention.cutSome(before, before);
        return went(more) && *more;
    }
    void cutAll(UnixMs before) {
        while (cutSome(before)) {
        }
    }
    Retention& retention() { return m_retention; }

  private:
    gr::ledger::Database m_database;
    gr::ledger::Receipts m_receipts;
    Retention m_retention;
};

// Everything the sums know: what must not change when rows go.
std::string sums(const LedgerFolder& folder) {
    auto reader = folder.reader();
    std::ostringstream out;
    const auto put = [&](const Filter& filter) {
        const auto totals = reader.totals(filter);
        if (!went(totals))
            qFatal("no totals");
        out << totals->requests << ' ' << totals->failures << ' ' << totals->inputTokens << ' '
            << totals->outputTokens << ' ' << totals->knownCost.pico() << ' ' << totals->unknownCost
            << '\n';
    };
    put({});
    put({.failuresOnly = true});
    for (const char* client : {"client-0", "client-1", "client-2", "client-3"})
        put({.client = client});
    for (const char* model : {"model-0", "model-7", "model-11", "none"})
        put({.model = model});
    for (std::int64_t hour = 0; hour < 96; hour += 7)
        put({.from = hours(hour), .to = hours(hour + 11), .provider = "provider-1"});
    for (const GroupBy by : {GroupBy::Model, GroupBy::Provider, GroupBy::Client}) {
        const auto series = reader.series(hours(0), hours(96), Step::Hour, by);
        if (!went(series))
            qFatal("no series");
        for (const auto& bar : *series)
            out << bar.start.value << ' ' << bar.group << ' ' << bar.requests << ' ' << bar.tokens
                << ' ' << bar.knownCost.pico() << '\n';
    }
    return out.str();
}

std::size_t rows(const LedgerFolder& folder, const Filter& filter = {}) {
    const auto page = folder.reader().page(filter, {}, 1'000'000);
    return went(page) ? page->size() : 0;
}

}  // namespace

class TestLedgerRetention final : public QObject {
    Q_OBJECT

  private:
    FrailDisk m_disk;

    // So many rows of chance over four days, in no order of time.
    static std::vector<RequestRecord> fill(const LedgerFolder& folder, RandomRecords& random,
                                           int count) {
        auto ledger = folder.ledger();
        std::vector<RequestRecord> written;
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::int64_t>(random.below(4 * kDay));
            written.push_back(random.next({kNoon.value + at}));
            ledger->append(written.back());
            if (random.below(90) == 0)
                ledger->flush();
        }
        return written;
    }

  private slots:
    void cleanup() { m_disk.refuse(SQLITE_OK); }

    void sumsStayWhenRowsGo_data() {
        QTest::addColumn<quint64>("seed");
        for (const quint64 seed : {1, 2, 3})
            QTest::addRow("%llu", seed) << seed;
    }
    void sumsStayWhenRowsGo() {
        QFETCH(quint64, seed);
        const LedgerFolder folder;
        RandomRecords random(seed);
        auto written = fill(folder, random, 2'500);
        UnixMs before;
        // Cuts that move on, each left in the middle now and then, with rows between them: some
        // of them so late that they begin before a cut that is over.
        for (int round = 0; round < 6; ++round) {
            Knife knife(folder);
            before = std::max(before, hours(static_cast<std::int64_t>(random.below(90))));
            const std::string booked = sums(folder);
            const auto batches = random.below(8);
            for (std::uint64_t i = 0; i < batches && knife.cutSome(before); ++i)
                QVERIFY(sound(folder));
            if (round % 2 == 0)
                knife.cutAll(before);
            QVERIFY(sound(folder));
            QVERIFY(sums(folder) == booked);
            const auto more = fill(folder, random, 300);
            written.insert(written.end(), more.begin(), more.end());
            QVERIFY(sound(folder));
        }
        Knife(folder).cutAll(before);
        QVERIFY(sound(folder));
        const auto young =
            std::count_if(written.begin(), written.end(), [&](const RequestRecord& record) {
                return record.startedAt >= before || record.id == written.back().id;
            });
        QCOMPARE(rows(folder), static_cast<std::size_t>(young));
        const auto cut = folder.reader().cut();
        QVERIFY(went(cut) && *cut);
        QCOMPARE((*cut)->requests, static_cast<std::int64_t>(written.size()) - young);
        QCOMPARE((*cut)->before.value, before.value);
    }

    void absurdSumsDoNotWrap() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            for (int i = 0; i < 3; ++i) {
                RequestRecord record = sampleRecord(kNoon);
                record.tokens.input = std::numeric_limits<std::int64_t>::max() - 1;
                record.cost = Money::fromPico(std::numeric_limits<std::int64_t>::max());
                ledger->append(std::move(record));
            }
            ledger->append(sampleRecord(hours(5)));
        }
        Knife(folder).cutAll(hours(3));
        QVERIFY(sound(folder));
        QCOMPARE(rows(folder), std::size_t(1));
    }

    void onlyAFewRowsAtOnce() {
        const LedgerFolder folder;
        RandomRecords random(7);
        fill(folder, random, 1'201);
        Knife knife(folder);
        QVERIFY(knife.cutSome(hours(1'000)));
        QCOMPARE(rows(folder), std::size_t(701));
        QVERIFY(knife.cutSome(hours(1'000)));
        QCOMPARE(rows(folder), std::size_t(201));
        QVERIFY(!knife.cutSome(hours(1'000)));
        QCOMPARE(rows(folder), std::size_t(1));
        QVERIFY(!knife.cutSome(hours(1'000)));
        QVERIFY(sound(folder));
    }

    // Cursors of pages and the index of the sums rely on it.
    void numbersOfRowsAreNotGivenTwice() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        for (int i = 0; i < 10; ++i)
            ledger->append(sampleRecord(kNoon));
        ledger->flush();
        const auto last = folder.reader().page({}, {}, 1)->front().sequence;
        Knife(folder).cutAll(hours(1'000));
        ledger->append(sampleRecord(hours(1)));
        ledger->flush();
        const auto page = folder.reader().newerThan(last, 10);
        QCOMPARE(page->size(), std::size_t(1));
        QVERIFY(page->front().sequence > last);
        QVERIFY(sound(folder));
    }

    void everyTamperingIsFound_data() {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QByteArray>("finding");
        const auto row = [](const char* name, const char* sql, const char* finding) {
            QTest::newRow(name) << QByteArray(sql) << QByteArray(finding);
        };
        row("old sum changed",
            "UPDATE hours SET input_tokens = input_tokens + 1 WHERE hour = (SELECT min(hour) FROM "
            "hours)",
            "input tokens");
        row("old sum taken", "DELETE FROM hours WHERE hour = (SELECT min(hour) FROM hours)",
            "requests");
        row("old row taken",
            "DELETE FROM requests WHERE started_ms = (SELECT min(started_ms) FROM requests)",
            "requests");
        row("old cost changed",
            "UPDATE requests SET cost_pico = 7000000000 WHERE started_ms = (SELECT min(started_ms) "
            "FROM requests)",
            "pico-dollars");
        row("young sum changed",
            "UPDATE hours SET cost_pico = cost_pico + 1 WHERE hour = (SELECT max(hour) FROM hours)",
            "pico-dollars");
        row("cut taken", "DELETE FROM cuts", "requests");
        row("cut changed", "UPDATE cuts SET output_tokens = output_tokens - 1", "output tokens");
        row("cut moved", "UPDATE cuts SET before_ms = before_ms - 144000000", "requests");
        row("row put back",
            "INSERT INTO requests (sequence, started_ms, client, provider, model, asked, outcome, "
            "id, "
            "input_tokens, output_tokens, cost_pico, first_token_ms, cache_read_tokens, "
            "reasoning_tokens, endpoint, error, status, flags, total_ms, attempts) SELECT 1000000, "
            "started_ms, client, provider, model, asked, "
            "outcome, 'x', input_tokens, output_tokens, cost_pico, first_token_ms, "
            "cache_read_tokens, "
            "reasoning_tokens, endpoint, error, status, flags, total_ms, attempts FROM requests "
            "ORDER BY started_ms LIMIT 1",
            "requests");
    }
    void everyTamperingIsFound() {
        QFETCH(QByteArray, sql);
        QFETCH(QByteArray, finding);
        const LedgerFolder folder;
        RandomRecords random(5);
        fill(folder, random, 3'000);
        {
            Knife knife(folder);  // in the middle of a cut: some old rows are left
            QVERIFY(knife.cutSome(hours(48)));
        }
        QVERIFY(sound(folder));
        folder.tamper(sql.toStdString());
        const auto report = verifyBooks(folder.location(), folder.keys());
        QVERIFY(went(report));
        const bool found = std::any_of(
            report->findings.begin(), report->findings.end(), [&](const std::string& text) {
                return text.find(finding.toStdString()) != std::string::npos;
            });
        QVERIFY2(found, report->findings.empty() ? "no findings" : report->findings[0].c_str());
    }

    void aDiskThatRefusesLosesNothing() {
        if (LedgerFolder::inPostgres())
            QSKIP("of files");
        const LedgerFolder folder;
        RandomRecords random(6);
        fill(folder, random, 2'000);
        Knife knife(folder);
        QVERIFY(knife.cutSome(hours(90)));
        const std::string booked = sums(folder);
        m_disk.refuse(SQLITE_FULL);
        const auto refused = knife.retention().cutSome(hours(90), kNoon);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::DiskFull);
        QCOMPARE(rows(folder), std::size_t(1'500));
        m_disk.refuse(SQLITE_OK);
        QVERIFY(sound(folder));
        knife.cutAll(hours(90));
        QVERIFY(sound(folder));
        QVERIFY(sums(folder) == booked);
    }

    void theLedgerDoesItByItself() {
        const LedgerFolder folder;
        const UnixMs now = SystemClock().now();
        auto ledger = folder.ledger();
        RandomRecords random(8);
        for (int i = 0; i < 1'700; ++i)
            ledger->append(random.next({now.value - 40 * kDay + i * kHour / 10}));
        for (int i = 29; i >= 0; --i)
            ledger->append(random.next({now.value - i * kHour}));
        ledger->flush();
        QCOMPARE(rows(folder), std::size_t(1'730));
        ledger->setKeepDays(30);
        QTRY_COMPARE(rows(folder), std::size_t(30));
        // Shortened while it runs, as a changed configuration does.
        ledger->setKeepDays(1);
        QTRY_COMPARE(rows(folder, {.to = UnixMs{now.value - 25 * kHour}}), std::size_t(0));
        QVERIFY(rows(folder) >= 24);
        const auto totals = folder.reader().totals({});
        QCOMPARE(totals->requests, std::int64_t(1'730));
        ledger.reset();
        QVERIFY(sound(folder));
    }

    void featuresGoWithTheirRows() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            for (int i = 0; i < 700; ++i) {
                RequestRecord record = sampleRecord(hours(i));
                record.features = "f";
                ledger->append(std::move(record));
            }
        }
        Knife(folder).cutAll(hours(600));
        auto database = gr::ledger::openForReading(folder.location());
        QVERIFY(went(database));
        QCOMPARE(*database->queryInteger("SELECT count(*) FROM features"), std::int64_t{100});
        QCOMPARE(folder.reader().traced({0}, 0, 1'000)->size(), std::size_t{100});
        QVERIFY(sound(folder));
    }

    void ledgersOfTheFirstFormAreBroughtUpToDate() {
        if (LedgerFolder::inPostgres())
            QSKIP("PostgreSQL came with the fifth");
        const LedgerFolder folder;
        RandomRecords random(9);
        fill(folder, random, 100);
        const auto before = folder.reader().page({}, {}, 100);
        folder.tamper(
            "DROP TABLE payment_facts; DROP TABLE purchases; DROP TABLE spent_days; "
            "DROP TABLE payees; DROP TABLE sales; DROP TABLE credits; "
            "DROP TABLE relayer_transactions; "
            "DROP TABLE features; DROP TABLE key_programs; DROP TABLE cuts; DROP TABLE chains; "
            "DROP TABLE removals; "
            "DROP TABLE leases; DROP TABLE limit_windows; "
            "ALTER TABLE requests DROP COLUMN charges; "
            "ALTER TABLE client_keys DROP COLUMN change; "
            "ALTER TABLE client_keys DROP COLUMN scope; "
            "ALTER TABLE requests DROP COLUMN chain; "
            "ALTER TABLE requests DROP COLUMN number; "
            "ALTER TABLE requests DROP COLUMN mac; "
            "ALTER TABLE requests RENAME COLUMN cache_read_tokens TO cached_tokens; "
            "ALTER TABLE requests DROP COLUMN cache_write_5m_tokens; "
            "ALTER TABLE requests DROP COLUMN cache_write_1h_tokens; "
            "ALTER TABLE requests DROP COLUMN audio_input_tokens; "
            "ALTER TABLE requests DROP COLUMN audio_output_tokens; "
            "PRAGMA user_version = 1");
        std::filesystem::remove(folder.home() / "receipts.anchor");  // no such thing then
        QCOMPARE(gr::ledger::Reader::open(folder.location()).error().code,
                 ErrorCode::FileUnreadable);
        QVERIFY(folder.ledger());
        const auto after = folder.reader().page({}, {}, 100);
        QCOMPARE(after->size(), std::size_t(100));
        for (std::size_t i = 0; i < after->size(); ++i)
            QVERIFY(after->at(i).record.tokens == before->at(i).record.tokens);
        QVERIFY(!*folder.reader().cut());
        Knife(folder).cutAll(hours(50));
        QVERIFY(*folder.reader().cut());
        QVERIFY(sound(folder));
    }

    void exportsTellWhatIsThere() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            for (int i = 0; i < 10; ++i)
                ledger->append(sampleRecord(hours(i)));
        }
        std::ostringstream out;
        auto exported =
            gr::ledger::exportRequests(folder.location(), gr::ledger::ExportFormat::Csv, {}, out);
        QVERIFY(went(exported) && !exported->cut);
        QCOMPARE(exported->first->value, hours(0).value);
        QCOMPARE(exported->last->value, hours(9).value);
        Knife(folder).cutAll(hours(4));
        exported =
            gr::ledger::exportRequests(folder.location(), gr::ledger::ExportFormat::Csv, {}, out);
        QCOMPARE(exported->requests, std::int64_t(6));
        QCOMPARE(exported->first->value, hours(4).value);
        QVERIFY(exported->cut);
        QCOMPARE(exported->cut->requests, std::int64_t(4));
        QCOMPARE(exported->cut->inputTokens, std::int64_t(4 * 812));
        QCOMPARE(exported->cut->knownCost.pico(), std::int64_t(4 * 220'200'000));
    }

    void theScheduleCutsAtTheStartAndEveryHour() {
        CutSchedule schedule;
        const SteadyTime start{};
        UnixMs wall{kNoon.value + 20 * 60'000};  // 12:20
        QVERIFY(!schedule.due(wall, start));     // nothing is removed until somebody says so
        schedule.setKeepDays(2);
        QCOMPARE(schedule.due(wall, start)->value, kNoon.value - 2 * kDay);
        schedule.did(true, start);
        QVERIFY(!schedule.due(wall, start));
        QVERIFY(schedule.next() == start + CutSchedule::kPause);
        // The cut that is under way keeps its hour.
        const Milliseconds late{50 * 60'000};
        QCOMPARE(schedule.due({wall.value + late.count()}, start + late)->value,
                 kNoon.value - 2 * kDay);
        schedule.did(false, start + late);
        const SteadyTime next = start + late + CutSchedule::kPeriod;
        QVERIFY(schedule.next() == next);
        QVERIFY(!schedule.due({wall.value + 2 * late.count()}, next - Milliseconds(1)));
        wall.value += late.count() + kHour;  // 14:10
        QCOMPARE(schedule.due(wall, next)->value, kNoon.value + 2 * kHour - 2 * kDay);
        schedule.did(false, next);
        schedule.setKeepDays(1);  // at once
        QCOMPARE(schedule.due(wall, next)->value, kNoon.value + 2 * kHour - kDay);
        schedule.setKeepDays(0);
        QVERIFY(!schedule.due(wall, next));
        QVERIFY(!schedule.due({wall.value + kHour}, next + CutSchedule::kPeriod));
        schedule.setKeepDays(36'500);  // before 1970 there is nothing
        QVERIFY(!schedule.due({wall.value + kHour}, next + CutSchedule::kPeriod));
    }

    void aClockThatJumpsRemovesNothingForAnHour() {
        CutSchedule schedule;
        schedule.setKeepDays(1);
        SteadyTime steady{};
        QVERIFY(schedule.due(kNoon, steady));
        schedule.did(false, steady);
        steady += CutSchedule::kPeriod;
        QVERIFY(!schedule.due({kNoon.value + 3'650 * kDay}, steady));  // a wrong clock
        steady += CutSchedule::kPeriod;
        QCOMPARE(schedule.due(hours(2), steady)->value, hours(2 - 24).value);  // mended meanwhile
        schedule.did(false, steady);
        // A clock that stays ahead, as after a sleep of the machine, is believed in the end.
        steady += CutSchedule::kPeriod;
        QVERIFY(!schedule.due(hours(50), steady));
        steady += CutSchedule::kPeriod;
        QCOMPARE(schedule.due(hours(51), steady)->value, hours(51 - 24).value);
    }
};

QTEST_GUILESS_MAIN(TestLedgerRetention)
#include "test_ledger_retention.moc"
