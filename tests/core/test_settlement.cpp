// SPDX-License-Identifier: MIT
#include <QtTest>

#include "ledger/lease.h"
#include "ledger/reader.h"
#include "ledger/settlement.h"
#include "ledger/verify.h"
#include "support/ledger_fixture.h"

using namespace gr::ledger;
using gr::Money;
using gr::UnixMs;
using gr::test::LedgerFolder;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

constexpr std::int64_t kNoon = 1'795'000'000'000;

Money dollars(const char* text) {
    return *Money::parse(text);
}

Limit limitOf(ScopeKind scope, const char* name) {
    Limit limit;
    limit.scope = scope;
    limit.name = name;
    limit.amount = dollars("5").pico();
    return limit;
}

Attempt attemptAt(const char* provider, std::optional<Money> cost) {
    Attempt attempt;
    attempt.provider = provider;
    attempt.model = "m";
    attempt.cost = cost;
    attempt.basis = cost ? CostBasis::Computed : CostBasis::Unknown;
    return attempt;
}

// Fell over at "one", whose bill is 0.10, and left nobody knows with what at "two", 2.00 reserved.
RequestRecord unknownRecord() {
    RequestRecord record = sampleRecord({kNoon});
    record.cost.reset();
    record.tokens = {};
    record.outcome = Outcome::ClientGone;
    record.provider = "two";
    record.model = "m";
    record.attempts = {attemptAt("one", dollars("0.10")), attemptAt("two", std::nullopt)};
    const std::int64_t window = kNoon / 86'400'000 * 86'400'000;
    record.charges = {{"all|day|usd", window, dollars("0.10").pico(), 0},
                      {"all|day|usd", window, dollars("2").pico(), 0},
                      {"provider:two|day|usd", window, dollars("2").pico(), 0},
                      {"all|day|requests", window, 1, 0}};
    return record;
}

std::vector<Limit> limits() {
    return {limitOf(ScopeKind::All, ""), limitOf(ScopeKind::Provider, "two")};
}

}  // namespace

class SettlementTest final : public QObject {
    Q_OBJECT

  private slots:
    void whatLimitsGetBack() {
        const auto row = settlementOf(unknownRecord(), dollars("0.25"), limits(), "req_s");
        QVERIFY(went(row));
        QCOMPARE(row->cost->toDecimal(), std::string("0.35"));
        QCOMPARE(row->charges.size(), 2U);
        QCOMPARE(row->charges[0].account, std::string("all|day|usd"));
        QCOMPARE(row->charges[0].amount, dollars("0.35").pico() - dollars("2.10").pico());
        QCOMPARE(row->charges[1].amount, dollars("0.25").pico() - dollars("2").pico());
        // It may have been dearer than was reserved.
        const auto dear = settlementOf(unknownRecord(), dollars("3"), limits(), "req_s");
        QCOMPARE(dear->charges[1].amount, dollars("1").pico());
        // A limit that is gone keeps what it was charged.
        QVERIFY(settlementOf(unknownRecord(), dollars("1"), {}, "req_s")->charges.empty());
    }

    void whatCannotBeSettled() {
        RequestRecord known = unknownRecord();
        known.cost = Money();
        QVERIFY(!settlementOf(known, dollars("1"), limits(), "req_s"));
        RequestRecord both = unknownRecord();
        both.attempts[0] = attemptAt("one", std::nullopt);
        const auto mixed = settlementOf(both, dollars("1"), limits(), "req_s");
        QVERIFY(!mixed && mixed.error().message.text.find("provider:two") != std::string::npos);
        QVERIFY(settlementOf(both, dollars("1"), std::vector<Limit>{limits()[0]}, "req_s"));
    }

    // The books say the same whichever way they are asked, and are sound.
    void theSumsKnowIt() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        auto leases = ledger->leases();
        QVERIFY(went(leases));
        std::vector<LeaseWork> accounts(3);
        accounts[0].limit = limits()[0];
        accounts[1].limit = limits()[1];
        accounts[2].limit.unit = LimitUnit::Requests;
        for (LeaseWork& account : accounts)
            account.window = windowAt(WindowKind::Day, {kNoon}, {});
        QVERIFY(went((*leases)->lease(accounts)));
        ledger->append(unknownRecord());
        RequestRecord other = sampleRecord({kNoon + 5});
        ledger->append(other);
        ledger->append(*settlementOf(unknownRecord(), dollars("0.25"), limits(), "req_s"));
        ledger->flush();
        auto reader = Reader::open(folder.location());
        QVERIFY(went(reader));
        Filter part;  // not by whole hours
        part.from = UnixMs{kNoon - 1};
        part.to = UnixMs{kNoon + 100};
        for (const Filter& filter : {Filter(), part}) {
            const auto totals = reader->totals(filter);
            QVERIFY(went(totals));
            QCOMPARE(totals->requests, 2);
            QCOMPARE(totals->unknownCost, 0);
            QCOMPARE(totals->knownCost.pico(), dollars("0.35").pico() + other.cost->pico());
        }
        const auto series = reader->series({kNoon - 1}, {kNoon + 1}, Step::Hour, GroupBy::Provider);
        QVERIFY(went(series));
        std::int64_t unknown = 0;
        for (const Bucket& bucket : *series)
            unknown += bucket.unknownCost;
        QCOMPARE(unknown, 0);
        const auto state = (*leases)->lease(accounts);
        QVERIFY(went(state));
        QCOMPARE(state->at(0).free, dollars("5").pico() - dollars("0.35").pico());
        QCOMPARE(state->at(1).free, dollars("5").pico() - dollars("0.25").pico());
        const auto report = verifyBooks(folder.location());
        QVERIFY(went(report));
        QVERIFY2(report->findings.empty(),
                 report->findings.empty() ? "" : report->findings.front().c_str());
    }
};

int main(int argc, char** argv) {
    return gr::test::LedgerFolder::runTest<SettlementTest>(argc, argv);
}
#include "test_settlement.moc"
