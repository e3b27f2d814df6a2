// SPDX-License-Identifier: MIT
// The models under Qt's own model tester, fed with random batches as a busy gateway sends them.
#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>
#include <deque>
#include <set>

#include "models/client_key_model.h"
#include "models/cost_series.h"
#include "models/page_list_model.h"
#include "models/provider_model.h"
#include "models/request_model.h"
#include "models/tools.h"
#include "stage.h"
#include "widgets/markdown_view.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

using Mode = QAbstractItemModelTester::FailureReportingMode;

gateway::ExchangeEvent startOf(const ledger::RequestRecord& record) {
    gateway::ExchangeEvent event;
    event.running.id = record.id;
    event.running.startedAt = record.startedAt;
    event.running.client = record.client;
    event.running.askedModel = record.askedModel;
    return event;
}

gateway::ExchangeEvent endOf(const ledger::RequestRecord& record) {
    return {.kind = gateway::ExchangeEvent::Kind::Finished, .running = {}, .finished = record};
}

}  // namespace

class TestModels final : public QObject {
    Q_OBJECT

  private slots:
    void randomBatches();
    void historyComesInPages();
    void liveRowsAreNotSeenTwice();
    void filterKeepsWhatFits();
    void longRunsAreTrimmedAndPageOn();
    void shortListKeepsItsLength();
    void csvRunsNothing();
    void otherModels();
    void chartSumsSmallGroups();
    void chartTellsWhatIsUnknown();
    void chartKeepsKindsOfMoneyApart();
    void snippetsAreFilled();
    void answersAreCutAtFences();
};

void TestModels::randomBatches() {
    FakeBackend backend;
    backend.addRecords(450);
    RequestModel model(backend.clock(),
                       [&](const auto& filter, auto before, int limit, auto reply) {
                           backend.queryHistory(&backend, filter, before, limit, std::move(reply));
                       });
    const QAbstractItemModelTester tester(&model, Mode::Fatal);
    model.reload();
    QRandomGenerator random(20261122);
    std::deque<ledger::RequestRecord> open;
    int number = 10'000;
    for (int batch = 0; batch < 120; ++batch) {
        std::vector<gateway::ExchangeEvent> events;
        for (int i = 0; i < static_cast<int>(random.bounded(12)); ++i) {
            if (open.empty() || random.bounded(2) == 0) {
                open.push_back(scriptedRecord(number++, backend.fixedClock.time));
                events.push_back(startOf(open.back()));
            } else {
                events.push_back(endOf(open.front()));
                open.pop_front();
            }
            // Some begin and end within one batch.
            if (random.bounded(5) == 0) {
                const auto quick = scriptedRecord(number++, backend.fixedClock.time);
                events.push_back(startOf(quick));
                events.push_back(endOf(quick));
            }
        }
        model.applyEvents(events);
        if (batch % 30 == 7) {
            model.fetchMore({});
        }
        if (batch % 50 == 20) {
            model.reload();
        }
        QTest::qWait(1);
    }
    std::set<std::string> ids;
    int running = 0;
    for (int row = 0; row < model.rowCount(); ++row) {
        QVERIFY2(ids.insert(model.rowAt(row)->record.id).second, "a request stands twice");
        running += model.rowAt(row)->running ? 1 : 0;
    }
    QCOMPARE(running, static_cast<int>(open.size()));
}

void TestModels::historyComesInPages() {
    FakeBackend backend;
    backend.addRecords(450);
    RequestModel model(backend.clock(),
                       [&](const auto& filter, auto before, int limit, auto reply) {
                           backend.queryHistory(&backend, filter, before, limit, std::move(reply));
                       });
    model.reload();
    QTRY_COMPARE(model.rowCount(), 200);
    QVERIFY(model.canFetchMore({}));
    model.fetchMore({});
    QVERIFY2(!model.canFetchMore({}), "one question at a time");
    QTRY_COMPARE(model.rowCount(), 400);
    model.fetchMore({});
    QTRY_COMPARE(model.rowCount(), 450);
    QVERIFY(!model.canFetchMore({}));
}

void TestModels::liveRowsAreNotSeenTwice() {
    FakeBackend backend;
    backend.addRecords(20);
    RequestModel model(backend.clock(),
                       [&](const auto& filter, auto before, int limit, auto reply) {
                           backend.queryHistory(&backend, filter, before, limit, std::move(reply));
                       });
    model.reload();
    // It ends while the page is on its way, and the page has it too.
    model.applyEvents({endOf(backend.records[0].record)});
    QTRY_COMPARE(model.rowCount(), 20);
    QCOMPARE(model.rowAt(0)->record.id, backend.records[0].record.id);
}

void TestModels::filterKeepsWhatFits() {
    FakeBackend backend;
    backend.addRecords(120);
    RequestModel model(backend.clock(),
                       [&](const auto& filter, auto before, int limit, auto reply) {
                           backend.queryHistory(&backend, filter, before, limit, std::move(reply));
                       });
    ledger::Filter filter;
    filter.provider = "anthropic";
    model.setFilter(filter);
    QTRY_COMPARE(model.rowCount(), 20);
    model.applyEvents({endOf(scriptedRecord(1000, backend.fixedClock.time)),
                       endOf(scriptedRecord(1003, backend.fixedClock.time))});
    for (int row = 0; row < model.rowCount(); ++row) {
        QCOMPARE(model.rowAt(row)->record.provider, std::string("anthropic"));
    }
    filter = {};
    filter.text = "CLAUDE";
    QVERIFY(matches(filter, scriptedRecord(1, backend.fixedClock.time)));
    QVERIFY(!matches(filter, scriptedRecord(0, backend.fixedClock.time)));
}

void TestModels::longRunsAreTrimmedAndPageOn() {
    FakeBackend backend;
    std::optional<UnixMs> askedUntil;
    RequestModel model(backend.clock(), [&](const ledger::Filter& filter, auto, int, auto reply) {
        askedUntil = filter.to;
        QMetaObject::invokeMethod(
            &backend, [reply] { reply(std::vector<ledger::StoredRecord>()); },
            Qt::QueuedConnection);
    });
    // No tester here: it fetches by itself.
    model.reload();
    QTRY_VERIFY(!model.loading());
    for (int number = 12'000; number > 0; number -= 500) {
        std::vector<gateway::ExchangeEvent> events;
        for (int i = 0; i < 500; ++i) {
            events.push_back(endOf(scriptedRecord(number - i, backend.fixedClock.time)));
        }
        model.applyEvents(events);
    }
    QVERIFY(model.rowCount() <= 2 * RequestModel::kMostRows);
    QVERIFY(model.canFetchMore({}));
    model.fetchMore({});
    QVERIFY(askedUntil.has_value());
    const auto& oldest = model.rowAt(model.rowCount() - 1)->record;
    QCOMPARE(askedUntil->value, oldest.startedAt.value + 1);
}

void TestModels::shortListKeepsItsLength() {
    FakeBackend backend;
    backend.addRecords(50);
    RequestModel model(backend.clock(),
                       [&](const auto& filter, auto before, int limit, auto reply) {
                           backend.queryHistory(&backend, filter, before, limit, std::move(reply));
                       });
    const QAbstractItemModelTester tester(&model, Mode::Fatal);
    model.setLimit(8);
    model.reload();
    QTRY_COMPARE(model.rowCount(), 8);
    const auto fresh = scriptedRecord(5000, backend.fixedClock.time);
    model.applyEvents({endOf(fresh)});
    QCOMPARE(model.rowCount(), 8);
    QCOMPARE(model.rowAt(0)->record.id, fresh.id);
    QVERIFY(!model.canFetchMore({}));
}

void TestModels::csvRunsNothing() {
    FakeBackend backend;
    RequestModel model(backend.clock(), [](const auto&, auto, int, auto) {});
    ledger::RequestRecord record = scriptedRecord(0, backend.fixedClock.time);
    record.client = "=HYPERLINK(\"x\")";
    record.askedModel = "a,\"b\"";
    model.applyEvents({endOf(record)});
    const QString csv = model.asCsv({0});
    QVERIFY2(csv.contains(u"\"'=HYPERLINK(\"\"x\"\")\""_s), qPrintable(csv));
    QVERIFY(csv.contains(u"\"a,\"\"b\"\"\""_s));
    QVERIFY(csv.contains(u",0.000897225,"_s));
}

void TestModels::otherModels() {
    FakeBackend backend;
    backend.fillWithADay();
    const UnixMs now = backend.fixedClock.time;
    ProviderModel providers;
    const QAbstractItemModelTester first(&providers, Mode::Fatal);
    providers.set(backend.providerList, now);
    providers.setStatuses(backend.statusList, now);
    QCOMPARE(providers.rowCount(), 7);
    QCOMPARE(providers.faults(), 1);
    QCOMPARE(providers.index(3).data(ProviderModel::StateRole).toString(), u"cooling 0:24"_s);
    backend.providerList.pop_back();
    providers.set(backend.providerList, now);
    QCOMPARE(providers.rowCount(), 6);
    ClientKeyModel keys;
    const QAbstractItemModelTester second(&keys, Mode::Fatal);
    backend.keys[1].revokedAt = now;
    keys.setKeys(backend.keys, now);
    QCOMPARE(keys.rowCount(), 2);
    PageListModel pages;
    const QAbstractItemModelTester third(&pages, Mode::Fatal);
    pages.setBadge(PageId::Providers, 2, u"2 want attention"_s);
    const QModelIndex row = pages.index(static_cast<int>(PageId::Providers));
    QCOMPARE(row.data(Qt::AccessibleTextRole).toString(), u"Providers, 2 want attention"_s);
}

void TestModels::chartSumsSmallGroups() {
    const UnixMs now{1'795'357'507'000};
    const std::int64_t hour = 3'600'000;
    std::vector<ledger::Bucket> buckets;
    for (int group = 0; group < 9; ++group) {
        ledger::Bucket bucket;
        bucket.start = UnixMs{now.value / hour * hour};
        bucket.group = "model-" + std::to_string(group);
        bucket.requests = 1 + group;
        bucket.knownCost = Money::fromPico((group + 1) * Money::kPicoPerDollar);
        buckets.push_back(bucket);
    }
    const ChartData data = chartData(buckets, now, ledger::Step::Hour, 24, Metric::Cost);
    QCOMPARE(data.times.size(), 24U);
    QCOMPARE(data.series.size(), ChartData::kMostSeries);
    QCOMPARE(data.series.front().name, u"model-8"_s);
    QCOMPARE(data.series.back().name, u"other"_s);
    QCOMPARE(data.valueText(5, 23), u"$10.00"_s);  // 1 + 2 + 3 + 4
    QCOMPARE(data.totalText(), u"$45.00"_s);
}

// A cost that nobody knows is no 0: not in the table, not in the total, not in the sentence.
void TestModels::chartTellsWhatIsUnknown() {
    const UnixMs now{1'795'357'507'000};
    const std::int64_t hour = 3'600'000;
    const UnixMs start{now.value / hour * hour};
    const Money dollar = Money::fromPico(Money::kPicoPerDollar);
    const std::vector<ledger::Bucket> buckets{{start, "a", 4, 40, dollar, 1},
                                              {start, "b", 2, 20, Money(), 2},
                                              {start, "c", 1, 10, Money(), 0}};
    ChartData data = chartData(buckets, now, ledger::Step::Hour, 24, Metric::Cost);
    QCOMPARE(data.valueText(0, 23), u"$1.00 + 1 unknown"_s);
    QCOMPARE(data.valueText(1, 23), u"unknown"_s);
    QCOMPARE(data.valueText(2, 23), u"$0.00"_s);
    QCOMPARE(data.valueText(1, 22), u"$0.00"_s);
    QCOMPARE(data.totalText(), u"$1.00 + 3 unknown"_s);
    QCOMPARE(data.unknownText(), u"+ 3 requests of unknown cost, in no bar"_s);
    data.metric = Metric::Requests;
    QCOMPARE(data.valueText(1, 23), u"2"_s);
    QVERIFY(data.unknownText().isEmpty());
}

// Money that is worth nothing is in no sum with money that is.
void TestModels::chartKeepsKindsOfMoneyApart() {
    const auto networks = payment::NetworkList::embedded();
    const Money dollar = Money::fromPico(Money::kPicoPerDollar);
    const UnixMs start{1'795'356'000'000};
    const std::string payer = "0x857b06519e91e3a54538791bdbb0e22373e36b66";
    const ledger::IncomeBucket real{start, payer, 8453, 2, dollar};
    const ledger::IncomeBucket test{start, payer, 84532, 3, dollar};
    const auto play = static_cast<std::int64_t>(payment::kPlayChain);
    const ledger::IncomeBucket sandbox{start, "sandbox/paid", play, 1, dollar};
    ChartMoney money = incomeMoney({real, test, sandbox}, networks);
    QCOMPARE(money.buckets.size(), 1U);
    QCOMPARE(text(money.buckets[0].group), u"0x857b…6b66"_s);
    QVERIFY(!money.worthless);
    QCOMPARE(asideText(money), u"+ $2.00 of no real money, in no bar"_s);
    const ChartData data =
        chartData(money.buckets, UnixMs{start.value + 1}, ledger::Step::Hour, 24, Metric::Earned);
    QCOMPARE(data.totalText(), u"$1.00 from 2 sales"_s);
    money = incomeMoney({test, sandbox}, networks);
    QVERIFY(money.worthless && asideText(money).isEmpty());
    QCOMPARE(money.buckets.size(), 2U);
    money = incomeMoney({}, networks);
    QVERIFY(!money.worthless && money.buckets.empty());

    const auto rail = [&](const char* group, Money cost) {
        return ledger::Bucket{start, group, 1, 10, cost, 0};
    };
    const std::vector<ledger::Bucket> rails{rail("keys", dollar), rail("eip155:8453", dollar),
                                            rail("eip155:84532", dollar), rail("", dollar)};
    money = railMoney(rails, networks, Metric::Cost);
    QStringList groups;
    for (const ledger::Bucket& bucket : money.buckets) {
        groups << text(bucket.group);
    }
    QCOMPARE(groups, (QStringList{u"own keys"_s, u"x402 on Base"_s, u"removed by age"_s}));
    QCOMPARE(asideText(money), u"+ $1.00 of no real money, in no bar"_s);
    // Requests are no money: they are counted together.
    QCOMPARE(railMoney(rails, networks, Metric::Requests).buckets.size(), 4U);
    money = railMoney({rail("keys", Money()), rails[2]}, networks, Metric::Cost);
    QVERIFY(money.worthless);
}

void TestModels::snippetsAreFilled() {
    for (const ToolText& tool : tools()) {
        const QString snippet = filled(tool, u"http://127.0.0.1:4402"_s, u"gr-key"_s, u"m"_s);
        for (const char* word : {"{base}", "{root}", "{key}", "{model}"})
            QVERIFY2(!snippet.contains(QLatin1String(word)), tool.id);
        QVERIFY2(snippet.isEmpty() || snippet.contains(u"127.0.0.1:4402"_s), tool.id);
    }
}

void TestModels::answersAreCutAtFences() {
    const auto parts = answerParts(u"Before\n\n```cpp\nint a;\n```\nAfter\n~~~\nraw"_s);
    QCOMPARE(parts.size(), 4);
    QVERIFY(!parts[0].code && parts[1].code && !parts[2].code && parts[3].code);
    QCOMPARE(parts[1].language, u"cpp"_s);
    QCOMPARE(parts[1].text, u"int a;"_s);
    QCOMPARE(parts[3].text, u"raw"_s);  // never closed: still code
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestModels)
#include "test_models.moc"
