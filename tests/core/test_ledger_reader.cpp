// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "support/ledger_fixture.h"

using gr::Money;
using gr::UnixMs;
using gr::ledger::Filter;
using gr::ledger::GroupBy;
using gr::ledger::Outcome;
using gr::ledger::RequestRecord;
using gr::ledger::Step;
using gr::ledger::StoredRecord;
using gr::ledger::Totals;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

constexpr std::int64_t kHour = 3'600'000;

UnixMs after(UnixMs time, std::int64_t ms) {
    return {time.value + ms};
}

bool isFailure(Outcome outcome) {
    return outcome != Outcome::Answered && outcome != Outcome::ClientGone;
}

bool contains(const std::string& text, const std::string& part) {
    return QString::fromStdString(text).contains(QString::fromStdString(part), Qt::CaseInsensitive);
}

// What a filter means, written down once more and as plainly as possible.
bool matches(const Filter& filter, const RequestRecord& record) {
    if (filter.from && record.startedAt < *filter.from)
        return false;
    if (filter.to && record.startedAt >= *filter.to)
        return false;
    if (!filter.client.empty() && record.client != filter.client)
        return false;
    if (!filter.provider.empty() && record.provider != filter.provider)
        return false;
    if (!filter.model.empty() && record.model != filter.model)
        return false;
    if (filter.outcome && record.outcome != *filter.outcome)
        return false;
    if (filter.failuresOnly && !isFailure(record.outcome))
        return false;
    if (filter.text.empty())
        return true;
    const auto texts = {record.id, record.client, record.provider, record.model, record.askedModel};
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return contains(text, filter.text); });
}

}  // namespace

class TestLedgerReader final : public QObject {
    Q_OBJECT

  private:
    LedgerFolder m_folder;
    std::unique_ptr<gr::ledger::Ledger> m_ledger;
    std::vector<RequestRecord> m_written;  // in the order of writing

    static std::vector<Filter> filters() {
        std::vector<Filter> all;
        all.push_back({});
        all.push_back({.client = "client-2"});
        all.push_back({.provider = "provider-1"});
        all.push_back({.client = "client-0", .model = "model-7"});
        all.push_back({.client = "nobody"});
        all.push_back({.provider = "provider-1", .model = "model-11"});
        all.push_back({.failuresOnly = true});
        all.push_back({.outcome = Outcome::ClientGone});
        all.push_back({.outcome = Outcome::Answered, .failuresOnly = true});
        all.push_back({.model = "model-3", .outcome = Outcome::Refused});
        all.push_back({.from = after(kNoon, 2 * kHour + 777)});
        all.push_back({.to = after(kNoon, 5 * kHour - 777)});
        all.push_back({.from = after(kNoon, kHour), .to = after(kNoon, 9 * kHour)});
        all.push_back({.from = after(kNoon, kHour + 5), .to = after(kNoon, 9 * kHour + 5)});
        all.push_back({.from = after(kNoon, kHour + 5), .to = after(kNoon, kHour + 900'000)});
        all.push_back({.from = after(kNoon, kHour + 5),
                       .to = after(kNoon, 9 * kHour + 5),
                       .client = "client-1",
                       .failuresOnly = true});
        all.push_back({.from = after(kNoon, 5), .to = after(kNoon, 5)});
        all.push_back({.from = after(kNoon, 9), .to = after(kNoon, 5)});
        all.push_back({.from = after(kNoon, -900 * kHour), .to = after(kNoon, 900 * kHour)});
        all.push_back({.text = "DEL-1"});
        all.push_back({.provider = "provider-3", .text = "provider-3/model-10"});
        all.push_back({.text = "7Z"});
        all.push_back({.text = "nothing has this"});
        all.push_back({.text = "'; DROP TABLE requests; --%_"});
        return all;
    }

    std::vector<const RequestRecord*> expected(const Filter& filter) const {
        std::vector<const RequestRecord*> found;
        for (auto record = m_written.rbegin(); record != m_written.rend(); ++record) {
            if (matches(filter, *record))
                found.push_back(&*record);
        }
        return found;
    }

  private slots:
    void initTestCase() {
        m_ledger = m_folder.ledger();
        QVERIFY(m_ledger);
        RandomRecords random(42);
        // Twelve hours, not in the order of their beginnings: slow requests are booked late.
        for (int i = 0; i < 6'000; ++i) {
            const auto offset = static_cast<std::int64_t>(i) * 7'200 -
                                static_cast<std::int64_t>(random.below(3 * kHour));
            m_written.push_back(random.next(after(kNoon, offset)));
            m_ledger->append(m_written.back());
            if (i % 700 == 0)
                m_ledger->flush();
        }
        m_ledger->flush();
    }

    // No more memory than there are names, whatever numbers they have.
    void aNameMayHaveAnyNumber() {
        m_folder.tamper(
            "INSERT INTO names (id, text) VALUES (9223372036854775807, 'last'), (-7, 'least')");
        auto reader = m_folder.reader();
        const auto page = reader.page({.text = "LAST"}, {}, 10);
        QVERIFY(went(page));
        QVERIFY(page->empty());
        m_folder.tamper("DELETE FROM names WHERE text IN ('last', 'least')");
    }

    void pagesHoldWhatTheFilterSays() {
        auto reader = m_folder.reader();
        for (const Filter& filter : filters()) {
            const auto want = expected(filter);
            std::vector<StoredRecord> got;
            std::optional<std::int64_t> before;
            for (;;) {
                auto page = reader.page(filter, before, 97);
                QVERIFY(went(page));
                QVERIFY(page->size() <= 97);
                got.insert(got.end(), page->begin(), page->end());
                if (page->size() < 97)
                    break;
                before = page->back().sequence;
            }
            QCOMPARE(got.size(), want.size());
            for (std::size_t i = 0; i < got.size(); ++i)
                QCOMPARE(got[i].record.id, want[i]->id);
        }
    }

    void newerRowsComeOldestFirst() {
        auto reader = m_folder.reader();
        auto all = reader.page({}, {}, 10'000);
        QVERIFY(went(all));
        const std::int64_t cursor = all->at(100).sequence;
        auto newer = reader.newerThan(cursor, 60);
        QVERIFY(went(newer));
        QCOMPARE(newer->size(), std::size_t(60));
        for (std::size_t i = 0; i < newer->size(); ++i)
            QCOMPARE(newer->at(i).record.id, all->at(99 - i).record.id);
        auto filtered = reader.newerThan(0, 10'000, {.client = "client-1"});
        QVERIFY(went(filtered));
        QCOMPARE(filtered->size(), expected({.client = "client-1"}).size());
        QVERIFY(filtered->front().sequence < filtered->back().sequence);
    }

    void totalsAreTheSumsOfTheRows() {
        auto reader = m_folder.reader();
        for (const Filter& filter : filters()) {
            Totals want;
            std::vector<std::int64_t> firstTokens;
            for (const RequestRecord* record : expected(filter)) {
                ++want.requests;
                want.failures += isFailure(record->outcome) ? 1 : 0;
                want.inputTokens += record->tokens.inputTotal().value_or(0);
                want.outputTokens += record->tokens.outputTotal().value_or(0);
                want.knownCost = *want.knownCost.plus(record->cost.value_or(Money()));
                want.unknownCost += record->cost ? 0 : 1;
                if (want.requests <= 1'000 && record->firstTokenMs)
                    firstTokens.push_back(*record->firstTokenMs);
            }
            auto got = reader.totals(filter);
            QVERIFY(went(got));
            QCOMPARE(got->requests, want.requests);
            QCOMPARE(got->failures, want.failures);
            QCOMPARE(got->inputTokens, want.inputTokens);
            QCOMPARE(got->outputTokens, want.outputTokens);
            QCOMPARE(got->knownCost.pico(), want.knownCost.pico());
            QCOMPARE(got->unknownCost, want.unknownCost);
            QCOMPARE(got->medianFirstTokenMs.has_value(), !firstTokens.empty());
            if (!firstTokens.empty()) {
                std::sort(firstTokens.begin(), firstTokens.end());
                QCOMPARE(*got->medianFirstTokenMs, firstTokens[firstTokens.size() / 2]);
            }
        }
    }

    void seriesAddUp_data() {
        QTest::addColumn<int>("step");
        QTest::addColumn<int>("by");
        for (const auto step : {Step::Hour, Step::Day}) {
            for (const auto by : {GroupBy::Model, GroupBy::Provider, GroupBy::Client})
                QTest::addRow("%d %d", int(step), int(by)) << int(step) << int(by);
        }
    }
    void seriesAddUp() {
        QFETCH(int, step);
        QFETCH(int, by);
        const std::int64_t stepMs = step == int(Step::Day) ? 24 * kHour : kHour;
        const UnixMs from = after(kNoon, -5 * kHour);
        const UnixMs to = after(kNoon, 7 * kHour);
        struct Bar {
            std::int64_t requests = 0;
            std::int64_t tokens = 0;
            std::int64_t cost = 0;
            std::int64_t unknown = 0;
        };
        std::map<std::pair<std::int64_t, std::string>, Bar> want;
        for (const RequestRecord& record : m_written) {
            if (record.startedAt < from || record.startedAt >= to)
                continue;
            const std::string group = by == int(GroupBy::Model)      ? record.model
                                      : by == int(GroupBy::Provider) ? record.provider
                                                                     : record.client;
            const std::int64_t index = (record.startedAt.value - from.value) / stepMs;
            Bar& bar = want[{from.value + index * stepMs, group}];
            ++bar.requests;
            bar.tokens += record.tokens.total().value_or(0);
            bar.cost += record.cost.value_or(Money()).pico();
            bar.unknown += record.cost ? 0 : 1;
        }
        auto got = m_folder.reader().series(from, to, Step(step), GroupBy(by));
        QVERIFY(went(got));
        QCOMPARE(got->size(), want.size());
        std::int64_t last = 0;
        for (const auto& bucket : *got) {
            QVERIFY(bucket.start.value >= last);
            last = bucket.start.value;
            const Bar& bar = want[{bucket.start.value, bucket.group}];
            QCOMPARE(bucket.requests, bar.requests);
            QCOMPARE(bucket.tokens, bar.tokens);
            QCOMPARE(bucket.knownCost.pico(), bar.cost);
            QCOMPARE(bucket.unknownCost, bar.unknown);
        }
    }

    void findsById() {
        auto reader = m_folder.reader();
        for (const std::size_t i : {std::size_t(0), std::size_t(3'333), m_written.size() - 1}) {
            auto found = reader.find(m_written[i].id);
            QVERIFY(went(found));
            QVERIFY(*found);
            QCOMPARE((*found)->record.id, m_written[i].id);
            QCOMPARE((*found)->record.startedAt.value, m_written[i].startedAt.value);
        }
        for (const std::string& id : {gr::newRequestId(kNoon), std::string("req_"),
                                      std::string("x' OR 1=1"), std::string()}) {
            auto none = reader.find(id);
            QVERIFY(went(none));
            QVERIFY(!*none);
        }
    }

    void findsIdsThatTellAnotherTime() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        RequestRecord late = sampleRecord(kNoon);
        late.startedAt = after(kNoon, 40);
        RequestRecord foreign = sampleRecord(kNoon);
        foreign.id = "req_of-another-make";
        ledger->append(late);
        ledger->append(foreign);
        ledger->flush();
        for (const std::string& id : {late.id, foreign.id}) {
            auto found = folder.reader().find(id);
            QVERIFY(went(found));
            QVERIFY(*found);
            QCOMPARE((*found)->record.id, id);
        }
    }

    void pagingStaysWhereItIsWhileRowsCome() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        std::vector<std::string> ids;
        for (int i = 0; i < 300; ++i) {
            ids.push_back(gr::newRequestId(kNoon));
            RequestRecord record = sampleRecord(kNoon);
            record.id = ids.back();
            ledger->append(std::move(record));
        }
        ledger->flush();
        auto reader = folder.reader();
        std::vector<std::string> seen;
        std::optional<std::int64_t> before;
        for (int i = 0; i < 6; ++i) {
            auto page = reader.page({.client = "my-tools"}, before, 50);
            QVERIFY(went(page));
            QCOMPARE(page->size(), std::size_t(50));
            for (const StoredRecord& row : *page)
                seen.push_back(row.record.id);
            before = page->back().sequence;
            for (int more = 0; more < 70; ++more)
                ledger->append(sampleRecord(after(kNoon, more)));
            ledger->flush();
        }
        std::reverse(seen.begin(), seen.end());
        QVERIFY(seen == ids);
    }

    void absurdNumbersDoNotWrap() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
        for (int i = 0; i < 3; ++i) {
            RequestRecord record = sampleRecord(kNoon);
            record.tokens.input = kMost - 1;
            record.cost = Money::fromPico(kMost);
            ledger->append(std::move(record));
            ledger->flush();  // each in a batch of its own, so that the file adds up
        }
        auto reader = folder.reader();
        auto totals = reader.totals({});
        QVERIFY(went(totals));
        QCOMPARE(totals->requests, std::int64_t(3));
        QCOMPARE(totals->inputTokens, kMost);
        QCOMPARE(totals->knownCost.pico(), kMost);
        auto series = reader.series(kNoon, after(kNoon, 1), Step::Hour, GroupBy::Model);
        QVERIFY(went(series));
        QCOMPARE(series->size(), std::size_t(1));
        QCOMPARE(series->at(0).tokens, kMost);
        QCOMPARE(ledger->health().lost, std::uint64_t(0));
    }

    void featuresComeWithTheirRows() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        for (int i = 0; i < 30; ++i) {
            RequestRecord record = sampleRecord(after(kNoon, i * 1'000));
            if (i % 3 == 0)
                record.features = std::string("\0f", 2) + static_cast<char>(i);
            ledger->append(std::move(record));
        }
        ledger->flush();
        auto reader = folder.reader();
        QVERIFY(reader.page({}, {}, 30)->at(0).record.features.empty());
        std::int64_t last = 0;
        std::size_t count = 0;
        for (;;) {
            const auto rows = reader.traced(after(kNoon, 5'000), last, 3);
            QVERIFY(went(rows));
            for (const StoredRecord& row : *rows) {
                const auto second = (row.record.startedAt.value - kNoon.value) / 1'000;
                QVERIFY(row.sequence > last && second % 3 == 0 && second >= 5);
                QCOMPARE(row.record.features, std::string("\0f", 2) + static_cast<char>(second));
                last = row.sequence;
            }
            count += rows->size();
            if (rows->size() < 3)
                break;
        }
        QCOMPARE(count, std::size_t{8});
    }

    // Of rows in any order, also with gaps between them.
    void featuresAreAddedToRows() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        for (int i = 0; i < 9; ++i) {
            RequestRecord record = sampleRecord(after(kNoon, i * 1'000));
            if (i % 3 == 0)
                record.features = std::string("\0f", 2) + static_cast<char>(i);
            ledger->append(std::move(record));
        }
        ledger->flush();
        auto reader = folder.reader();
        auto rows = *reader.page({}, {}, 8);
        rows.erase(rows.begin() + 2);  // the sixth second, whose features are there
        QVERIFY(went(reader.addFeatures(rows)));
        for (const StoredRecord& row : rows) {
            const auto second = (row.record.startedAt.value - kNoon.value) / 1'000;
            QCOMPARE(row.record.features, second % 3 != 0
                                              ? std::string()
                                              : std::string("\0f", 2) + static_cast<char>(second));
        }
        QCOMPARE(rows.size(), std::size_t{7});
        std::vector<StoredRecord> none;
        QVERIFY(went(reader.addFeatures(none)));
    }

    void anEmptyLedgerHasNothing() {
        const LedgerFolder folder;
        QVERIFY(gr::ledger::Reader::open(folder.location()).error().code ==
                gr::ErrorCode::FileUnreadable);
        auto ledger = folder.ledger();
        auto reader = folder.reader();
        QVERIFY(reader.page({}, {}, 10)->empty());
        QVERIFY(reader.newerThan(0, 10)->empty());
        QVERIFY(reader.traced({0}, 0, 10)->empty());
        QCOMPARE(reader.totals({})->requests, std::int64_t(0));
        QVERIFY(!reader.totals({})->medianFirstTokenMs);
        QVERIFY(reader.series(kNoon, after(kNoon, kHour), Step::Day, GroupBy::Client)->empty());
        QVERIFY(reader.gaps({0}, after(kNoon, kHour))->empty());
    }
};

int main(int argc, char** argv) {
    return gr::test::LedgerFolder::runTest<TestLedgerReader>(argc, argv);
}
#include "test_ledger_reader.moc"
