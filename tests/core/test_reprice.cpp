// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/time_text.h"
#include "gateway/reprice.h"
#include "support/ledger_samples.h"

using namespace gr;
using gateway::PriceList;
using gateway::Repricer;
using ledger::CostBasis;

namespace {

const UnixMs kChange = *parseTime("2026-11-20T12:00:00Z");

// $1 until kChange, $3 from then on, for a million tokens of any class.
std::shared_ptr<const PriceList> prices() {
    catalog::Price price;
    for (const char* dollars : {"1", "3"}) {
        catalog::PriceRow& row = price.rows.emplace_back();
        row.rates.set(catalog::TokenClass::Input, catalog::Rate::parse(dollars));
        row.rates.set(catalog::TokenClass::Output, catalog::Rate::parse(dollars));
    }
    price.rows[0].until = price.rows[1].from = kChange;
    PriceList list;
    list.add("m", {std::make_shared<const catalog::Price>(price), false, true});
    return std::make_shared<const PriceList>(list);
}

ledger::RequestRecord record(std::int64_t beforeChangeMs) {
    ledger::RequestRecord made = test::sampleRecord({kChange.value - beforeChangeMs});
    ledger::Attempt& attempt = made.attempts.front();
    attempt.provider = "p";
    attempt.model = "m";
    attempt.startedMs = 5;
    attempt.tokens = {.input = 900'000, .output = 100'000};
    attempt.cost = Money::parse("7");
    attempt.basis = CostBasis::Computed;
    return made;
}

}  // namespace

class TestReprice final : public QObject {
    Q_OBJECT

  private slots:
    void takesTheRowsOfThen() {
        Repricer repricer({{"p", prices()}});
        repricer.take(record(1'000));
        repricer.take(record(6));
        repricer.take(record(5));  // sent just when the price changed
        const auto& sums = repricer.models().at({"p", "m"});
        QCOMPARE(sums.attempts, std::int64_t(3));
        QVERIFY(sums.booked == Money::parse("21"));
        QVERIFY(sums.repriced == Money::parse("5"));
        QVERIFY(sums.unbooked == 0 && sums.unpriced == 0);
    }

    void leavesOutWhatCannotBeSaid() {
        Repricer repricer({{"p", prices()}});
        auto free = record(0);
        free.attempts.front().basis = CostBasis::Free;
        repricer.take(free);
        auto broken = record(0);
        broken.attempts.front().cost.reset();
        broken.outcome = ledger::Outcome::StreamBroken;
        repricer.take(broken);
        QVERIFY(repricer.models().empty());
        auto elsewhere = record(0);
        elsewhere.attempts.front().provider = "other";
        repricer.take(elsewhere);
        QCOMPARE(repricer.models().at({"other", "m"}).unpriced, std::int64_t(1));
        QVERIFY(repricer.models().at({"other", "m"}).booked.isZero());
    }

    void knowsRowsOfBefore() {
        Repricer repricer({{"p", prices()}});
        auto old = record(1'000);
        old.attempts.front().tokens = {};
        old.attempts.front().cost.reset();
        old.attempts.front().basis = CostBasis::Unknown;
        old.tokens = {.input = 2'000'000, .output = 0};
        repricer.take(old);
        const auto& sums = repricer.models().at({"p", "m"});
        QVERIFY(sums.repriced == Money::parse("2") && sums.unbooked == 1);
    }
};

QTEST_APPLESS_MAIN(TestReprice)
#include "test_reprice.moc"
