// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/replay.h"
#include "support/ledger_fixture.h"
#include "support/menu_fixture.h"

using namespace gr;
using namespace gr::gateway;
using gr::routing::test::priceOf;
using gr::routing::test::Rates;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::went;

namespace {

ProviderEntry provider(const std::string& id, const std::string& model, const Rates& usd) {
    ProviderEntry entry;
    entry.id = id;
    entry.kind = "openai";
    entry.dialect = "openai";
    entry.baseUrl = "https://" + id + ".example";
    entry.models = {model};
    auto prices = std::make_shared<PriceList>();
    Quote quote;
    quote.price = priceOf(usd);
    prices->add(model, quote);
    entry.prices = std::move(prices);
    return entry;
}

// Two providers whose keys are not at hand, and `auto` stands for `all`.
Policy policyWith(const std::string& all) {
    Policy policy;
    policy.providers = {provider("dear", "big", {10, 40, 1}),
                        provider("cheap", "small", {1, 4, 0.1})};
    policy.routing.defaultModel = all;
    return policy;
}

// A request for `auto` that "dear/big" answered: 10,000 tokens in, 500 out, for $0.12.
ledger::RequestRecord answered(int second, routing::RequestFacts facts = {},
                               const char* asked = "auto") {
    ledger::RequestRecord record;
    record.id = "req_" + std::to_string(second);
    record.startedAt = {kNoon.value + second * 1'000};
    record.client = "me";
    record.endpoint = "chat.completions";
    record.askedModel = asked;
    record.provider = "dear";
    record.model = "big";
    record.tokens = {.input = 10'000, .output = 500};
    record.cost = Money::parse("0.12");
    record.totalMs = 9'000;
    facts.promptTokens = 10'000;
    record.features = routing::packTrace({.facts = facts});
    return record;
}

ReplayReport replayed(Policy policy, const std::vector<ledger::RequestRecord>& records) {
    Replay run(snapshotToTry(std::move(policy)));
    for (std::size_t i = 0; i < records.size(); ++i)
        run.take({static_cast<std::int64_t>(i + 1), records[i]});
    return run.report();
}

routing::RequestFacts turn(std::int64_t turns) {
    routing::RequestFacts facts;
    facts.session = "12345678";
    facts.turns = turns;
    facts.prefixTokens = turns == 0 ? 0 : 8'000;
    return facts;
}

}  // namespace

class ReplayTest final : public QObject {
    Q_OBJECT

  private slots:
    void theSameStaysTheSame() {
        const ReplayReport report =
            replayed(policyWith("dear/big"), {answered(0), answered(1, {}, "dear/big")});
        QCOMPARE(report.requests, 2);
        QCOMPARE(report.changed, 0);
        QCOMPARE(report.after.cost.toDecimal(), std::string("0.24"));
        QCOMPARE(report.after.medianMs, 9'000);
    }

    void anotherModelIsPricedByTheTokensThatWere() {
        const ReplayReport report = replayed(policyWith("cheap/small"), {answered(0)});
        QCOMPARE(report.changed, 1);
        QCOMPARE(report.before.cost.toDecimal(), std::string("0.12"));
        QCOMPARE(report.after.cost.toDecimal(), std::string("0.012"));  // 10,000 x $1 + 500 x $4
        QCOMPARE(report.after.models.at("cheap/small"), 1);
        QCOMPARE(report.before.models.at("dear/big"), 1);
        QVERIFY(report.after.medianMs > 0 && report.after.medianMs != 9'000);
    }

    void namedModelsAreSacred() {
        const ReplayReport report =
            replayed(policyWith("cheap/small"), {answered(0, {}, "dear/big")});
        QCOMPARE(report.changed, 0);
    }

    // Of the second turn 8,000 tokens lie in the cache that the first one warmed: 2,000 x $1 +
    // 8,000 x $0.1 + 500 x $4 = $0.0048; ten minutes later it is cold again.
    void cachesOfTheOtherModelWarmUp() {
        const ReplayReport report =
            replayed(policyWith("cheap/small"), {answered(0, turn(0)), answered(30, turn(1))});
        QCOMPARE(report.after.cost.toDecimal(), std::string("0.0168"));
        const ReplayReport cold =
            replayed(policyWith("cheap/small"), {answered(0, turn(0)), answered(630, turn(1))});
        QCOMPARE(cold.after.cost.toDecimal(), std::string("0.024"));
    }

    void whatWouldBeRefusedCountsAsThat() {
        Policy policy = policyWith("dear/big");
        ClientEntry client;
        client.id = "me";
        client.models = {"small"};
        policy.clients.push_back(client);
        const ReplayReport report = replayed(std::move(policy), {answered(0)});
        QCOMPARE(report.changed, 1);
        QCOMPARE(report.after.refused, 1);
        QCOMPARE(report.after.answered, 0);
        QVERIFY(report.after.cost.isZero());
    }

    void whatLeftNoTraceIsLeftOut() {
        ledger::RequestRecord untold = answered(0);
        untold.features.clear();
        ledger::RequestRecord damaged = answered(1);
        damaged.features = "nonsense";
        ledger::RequestRecord failed = answered(2);
        failed.outcome = ledger::Outcome::ProviderFailed;
        const ReplayReport report =
            replayed(policyWith("cheap/small"), {untold, damaged, failed, answered(3)});
        QCOMPARE(report.requests, 1);
        QCOMPARE(report.left, 3);
    }

    void theLedgerIsReadInItsRange() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            for (int i = 0; i < 50; ++i)
                ledger->append(answered(i * 60));
            ledger::RequestRecord untold = answered(1'500);
            untold.features.clear();
            ledger->append(std::move(untold));
        }
        auto reader = folder.reader();
        std::int64_t told = 0;
        const UnixMs from{kNoon.value + 600'000};
        const UnixMs to{kNoon.value + 1'800'000};
        const auto report = gateway::replay(reader, snapshotToTry(policyWith("cheap/small")), from,
                                            to, [&told](std::int64_t done, std::int64_t all) {
                                                told = done;
                                                return done <= all;
                                            });
        QVERIFY(went(report));
        QCOMPARE(report->requests, 20);
        QCOMPARE(report->left, 1);
        QCOMPARE(told, 20);
        const auto cancelled =
            gateway::replay(reader, snapshotToTry(policyWith("cheap/small")), from, to,
                            [](std::int64_t, std::int64_t) { return false; });
        QVERIFY(!cancelled && cancelled.error().code == ErrorCode::Cancelled);
    }
};

QTEST_APPLESS_MAIN(ReplayTest)
#include "test_replay.moc"
