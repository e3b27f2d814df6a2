// SPDX-License-Identifier: MIT
// The bills of attempts: booked by one function, explained by another, the same to the last digit.
#include <QtTest>

#include "base/time_text.h"
#include "gateway/attempt_cost.h"
#include "gateway/bill.h"
#include "support/ledger_samples.h"

using namespace gr;
using catalog::TokenClass;
using gateway::AttemptBill;
using gateway::CacheSavings;
using gateway::PriceList;
using gateway::Quote;
using ledger::CostBasis;

namespace {

const UnixMs kNow = *parseTime("2026-11-20T12:00:00Z");

catalog::PriceRow row(const char* mode, const char* input, const char* cached, const char* output) {
    catalog::PriceRow made;
    made.mode = mode;
    made.from = *parseTime("2026-03-05T00:00:00Z");
    made.rates.set(TokenClass::Input, catalog::Rate::parse(input));
    made.rates.set(TokenClass::CacheRead, catalog::Rate::parse(cached));
    made.rates.set(TokenClass::Output, catalog::Rate::parse(output));
    return made;
}

// Usual and priority prices, and searches at $10 a thousand.
Quote quote() {
    catalog::Price price;
    price.rows = {row("", "0.25", "0.025", "2"), row("priority", "0.45", "0.045", "3.6")};
    price.modes = {{"priority", "service_tier", "priority"}};
    price.webSearch = catalog::Rate::parse("10");
    return {std::make_shared<const catalog::Price>(price), false, true};
}

// As the gateway books it.
ledger::Attempt booked(ServiceTier tier = ServiceTier::Untold, bool reports = false) {
    ledger::Attempt attempt;
    attempt.provider = "p";
    attempt.model = "m";
    gateway::AttemptFacts facts;
    facts.complete = true;
    facts.sentAt = kNow;
    facts.usage = {.input = 1'203, .cacheRead = 8'001, .output = 388};
    facts.usage.webSearches = 2;
    facts.usage.tier = tier;
    facts.reportsCost = reports;
    if (reports)
        facts.usage.reportedCost = Money::parse("0.03");
    settle(attempt, facts, quote());
    attempt.tokens.tier = ServiceTier::Untold;  // the books do not keep it
    return attempt;
}

ledger::RequestRecord recordOf(std::vector<ledger::Attempt> attempts) {
    ledger::RequestRecord record = test::sampleRecord(kNow);
    record.attempts = std::move(attempts);
    return record;
}

gateway::Repricer::Prices prices() {
    PriceList list;
    list.add("m", quote());
    return {{"p", std::make_shared<const PriceList>(list)}};
}

std::string textOf(const catalog::CostLine& line) {
    return (line.tokens ? std::to_string(static_cast<int>(*line.tokens)) : "searches") + ": " +
           std::to_string(line.count) + " x " + (line.rate ? line.rate->toDecimal() : "?") + " = " +
           line.toDecimal().value_or("?");
}

}  // namespace

class TestBill final : public QObject {
    Q_OBJECT

  private slots:
    void everyProductIsExact() {
        const AttemptBill bill = gateway::billOf(booked(), kNow, quote());
        std::vector<std::string> told;
        for (const auto& line : bill.lines)
            told.push_back(textOf(line));
        const std::vector<std::string> expected{
            "0: 1203 x 0.25 = 0.00030075", "1: 8001 x 0.025 = 0.000200025",
            "5: 388 x 2.00 = 0.000776", "searches: 2 x 10.00 = 0.02"};
        QCOMPARE(told, expected);
        QVERIFY(bill.sum == booked().cost && bill.sum == Money::parse("0.021276775"));
        QVERIFY(bill.row && bill.row->from == *parseTime("2026-03-05T00:00:00Z"));
        // 8,001 tokens at 0.25 - 0.025 dollars a million.
        QVERIFY(bill.savedByCache == Money::parse("0.001800225"));
    }

    void productsBelowAPicoDollarAreExact() {
        catalog::CostLine line{TokenClass::Input, 3, catalog::Rate::parse("0.000000000001")};
        QCOMPARE(*line.toDecimal(), std::string("0.000000000000000003"));
        line = {TokenClass::Input, 1'000'000, catalog::Rate::parse("2.5")};
        QCOMPARE(*line.toDecimal(), std::string("2.50"));
        line.rate.reset();
        QVERIFY(!line.toDecimal());
    }

    void theModeIsTheOneThatGivesTheCost() {
        const AttemptBill bill = gateway::billOf(booked(ServiceTier::Priority), kNow, quote());
        QVERIFY(bill.row && bill.row->mode == "priority");
        QCOMPARE(textOf(bill.lines.front()), std::string("0: 1203 x 0.45 = 0.00054135"));
    }

    void reportedCostsKeepOurFigureBeside() {
        const auto attempt = booked(ServiceTier::Untold, true);
        QVERIFY(attempt.basis == CostBasis::Reported && attempt.cost == Money::parse("0.03"));
        const AttemptBill bill = gateway::billOf(attempt, kNow, quote());
        QVERIFY(bill.row && bill.sum == attempt.computed);
    }

    void whatIsNotKnownHasNoProducts() {
        auto changed = booked();
        changed.cost = Money::parse("0.5");  // at prices that are no more
        auto broken = booked();
        broken.basis = CostBasis::Unknown;
        broken.cost.reset();
        for (const auto& attempt : {changed, broken}) {
            const AttemptBill bill = gateway::billOf(attempt, kNow, quote());
            QVERIFY(!bill.row && !bill.sum && !bill.savedByCache);
            QCOMPARE(bill.lines.size(), std::size_t(4));
            QCOMPARE(textOf(bill.lines.front()), std::string("0: 1203 x ? = ?"));
        }
        QVERIFY(!gateway::billOf(booked(), kNow, Quote()).row);
    }

    void freeSavesNothing() {
        auto attempt = booked();
        attempt.basis = CostBasis::Free;
        attempt.cost = Money();
        const AttemptBill bill = gateway::billOf(attempt, kNow, quote());
        QVERIFY(!bill.row && bill.savedByCache == Money());
    }

    void savingsAddUp() {
        auto unknown = booked();
        unknown.basis = CostBasis::Unknown;
        unknown.cost.reset();
        auto uncached = booked();
        uncached.tokens.cacheRead.reset();
        auto free = booked();
        free.basis = CostBasis::Free;
        CacheSavings savings;
        for (const auto& attempts :
             {std::vector{booked()}, {uncached}, {free}, {booked(), booked()}, {}})
            savings.take(recordOf(attempts), prices());
        QCOMPARE(savings.requests, std::int64_t(2));
        QVERIFY(savings.saved == Money::parse("0.005400675") && savings.unknown == 0);
        QVERIFY(!savings.estimated);
        savings.take(recordOf({booked(), unknown}), prices());
        QVERIFY(savings.unknown == 1 && savings.requests == 3);
        QVERIFY(savings.saved == Money::parse("0.005400675"));
        savings.take(recordOf({booked(ServiceTier::Untold, true)}), prices());
        QVERIFY(savings.estimated && savings.requests == 4);
    }
};

QTEST_GUILESS_MAIN(TestBill)
#include "test_bill.moc"
