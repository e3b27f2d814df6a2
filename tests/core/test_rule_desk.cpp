// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/time_text.h"
#include "gateway/rule_desk.h"
#include "settings/time_zone.h"

using namespace gr;
using namespace gr::gateway;
using routing::Actions;
using routing::Condition;
using routing::Rule;

namespace {

SnapshotPtr snapshotWith(std::vector<Rule> rules, const std::string& zone = "UTC") {
    auto policy = std::make_shared<Policy>();
    policy->routing.rules = std::move(rules);
    if (auto table = settings::zoneTable(zone); table && zone != "UTC")
        policy->routing.zone = std::make_shared<const ledger::ZoneTable>(std::move(*table));
    return makeSnapshot(std::move(policy));
}

Rule when(Condition condition) {
    Actions actions;
    actions.localOnly = true;
    return {"r", std::move(condition), std::move(actions), true, false};
}

bool matches(const SnapshotPtr& snapshot, routing::RequestFacts facts,
             const RuledRequest& request) {
    return askRules(*snapshot, request, facts).any();
}

}  // namespace

class TestRuleDesk final : public QObject {
    Q_OBJECT

  private slots:
    void hoursAreThoseOfTheZone_data() {
        QTest::addColumn<std::string>("zone");
        QTest::addColumn<std::string>("time");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* name, const char* zone, const char* time, bool expected) {
            QTest::newRow(name) << std::string(zone) << std::string(time) << expected;
        };
        row("in UTC", "UTC", "2026-07-01T22:30:00Z", true);
        row("an hour before", "UTC", "2026-07-01T21:59:59Z", false);
        row("summer in Berlin", "Europe/Berlin", "2026-07-01T20:00:00Z", true);
        row("winter in Berlin", "Europe/Berlin", "2026-12-01T20:00:00Z", false);
        row("winter in Berlin, later", "Europe/Berlin", "2026-12-01T21:00:00Z", true);
        row("before 1970", "UTC", "1969-12-31T22:00:00Z", true);
    }
    void hoursAreThoseOfTheZone() {
        QFETCH(std::string, zone);
        QFETCH(std::string, time);
        Condition late;
        late.hours = 1U << 22;
        const http::Fields none;
        const auto now = parseTime(time);
        QVERIFY(now);
        QTEST(matches(snapshotWith({when(late)}, zone), {}, {none, "{}", true, *now}), "expected");
    }

    void headersThatRulesAskAbout() {
        Condition red;
        red.headers = {{"x-team", {"red"}}};
        const SnapshotPtr snapshot = snapshotWith({when(red)});
        http::Fields fields;
        fields.add("X-Team", "blue");
        fields.add("x-other", "y");
        fields.add("X-TEAM", "red");
        routing::RequestFacts facts;
        QVERIFY(askRules(*snapshot, {fields, "{}", true, {}}, facts).any());
        QCOMPARE(facts.headers.size(), std::size_t(2));
    }

    void bodiesThatAreNoJson() {
        Condition secret;
        secret.hasSecret = true;
        const SnapshotPtr snapshot = snapshotWith({when(secret)});
        const http::Fields none;
        QVERIFY(matches(snapshot, {}, {none, "--b\r\npassword: hunter22\r\n", false, {}}));
        QVERIFY(!matches(snapshot, {}, {none, "--b\r\nhello\r\n", false, {}}));
        QVERIFY(!matches(snapshot, {}, {none, "", false, {}}));
    }

    void whatTheRouterExpects() {
        Condition code;
        code.domains = 1U << static_cast<unsigned>(routing::Domain::Math);
        const SnapshotPtr snapshot = snapshotWith({when(code)});
        const http::Fields none;
        routing::RequestFacts facts;
        facts.lastUser =
            "Prove that the integral of x^2 from 0 to 3 equals 9 and solve 3x + 5 = 20 for x.";
        QVERIFY(matches(snapshot, facts, {none, "{}", true, {}}));
        facts.lastUser = "Write a short poem about the sea for my grandmother's birthday card.";
        QVERIFY(!matches(snapshot, facts, {none, "{}", true, {}}));
    }

    void theSmallerMaximumHolds() {
        Rule rule = when({});
        rule.actions.maxCost = Money::parse("0.01");
        const std::vector<Rule> rules{rule};
        const auto effect = routing::applyRules(rules, {});
        protocol::Wishes wishes;
        tightenMaximum(effect, wishes);
        QCOMPARE(wishes.maxCost->toDecimal(), std::string("0.01"));
        QCOMPARE(wishes.maxCostOf, std::string("rule \"r\""));
        protocol::Wishes smaller;
        smaller.maxCost = Money::parse("0.001");
        tightenMaximum(effect, smaller);
        QCOMPARE(smaller.maxCost->toDecimal(), std::string("0.001"));
        QCOMPARE(smaller.maxCostOf, std::string("x-gaterouter-max-cost"));
    }
};

QTEST_APPLESS_MAIN(TestRuleDesk)
#include "test_rule_desk.moc"
