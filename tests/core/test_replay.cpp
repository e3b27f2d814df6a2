// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/replay.h"
#include "support/replay_fixture.h"

using namespace gr;
using namespace gr::gateway;
using gr::gateway::test::answered;
using gr::gateway::test::policyWith;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::went;

namespace {

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
