// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/explain.h"
#include "gateway/replay.h"
#include "gateway/routing_traffic.h"
#include "settings/json_tree.h"
#include "support/replay_fixture.h"

using namespace gr;
using namespace gr::gateway;
using gr::gateway::test::answered;
using gr::gateway::test::policyWith;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::went;

namespace {

routing::Rule ruleOf(const char* client) {
    routing::Rule rule;
    rule.condition.clients = {client};
    return rule;
}

Policy withRules(std::vector<routing::Rule> rules, const std::string& all = "dear/big") {
    Policy policy = policyWith(all);
    policy.routing.rules = std::move(rules);
    return policy;
}

routing::Rule secretsStay() {
    routing::Rule rule;
    rule.condition.hasSecret = true;
    rule.actions.localOnly = true;
    return rule;
}

// A named model without rules that look at requests: nothing but its row is kept.
ledger::RequestRecord untraced(int second, const char* asked = "dear/big") {
    ledger::RequestRecord record = answered(second, {}, asked);
    record.features.clear();
    return record;
}

// What was looked at, and what for.
struct Measured {
    std::vector<ledger::RequestRecord> records;
    UnixMs from{kNoon.value};
    UnixMs to{kNoon.value + 7'200'000};
    std::function<bool()> goesOn = [] { return true; };

    Result<RoutingTraffic> under(Policy after) const { return run(nullptr, std::move(after)); }
    Result<RoutingTraffic> between(Policy before, Policy after) const {
        return run(snapshotToTry(std::move(before)), std::move(after));
    }

  private:
    Result<RoutingTraffic> run(const SnapshotPtr& before, Policy after) const {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            for (const ledger::RequestRecord& record : records)
                ledger->append(record);
        }
        auto reader = folder.reader();
        return measureTraffic(reader, before, snapshotToTry(std::move(after)), from, to, goesOn);
    }
};

QStringList listed(const settings::JsonNode& root, std::string_view name) {
    QStringList out;
    for (const settings::JsonNode& item : root.find(name)->items)
        out << QString::fromStdString(item.text);
    return out;
}

}  // namespace

class RoutingTrafficTest final : public QObject {
    Q_OBJECT

  private slots:
    // Also of requests that left no features: who asked is in their rows.
    void hitsAreCountedInAllRows() {
        ledger::RequestRecord other = untraced(2);
        other.client = "you";
        const Measured measured{{answered(0), untraced(1), other}};
        const auto traffic = measured.under(withRules({ruleOf("me"), ruleOf("*")}));
        QVERIFY(went(traffic));
        QCOMPARE(traffic->requests, 3);
        QCOMPARE(traffic->rules[0].hits, 2);
        QCOMPARE(traffic->rules[1].hits, 1);
        QCOMPARE(traffic->rules[0].untold + traffic->rules[1].untold, 0);
        QCOMPARE(traffic->compared, 0);
    }

    // Secrets were looked for in the first two alone.
    void whatNobodyLookedForIsNotKnown() {
        ledger::RequestRecord secret = answered(0);
        routing::RequestFacts facts;
        facts.hasSecret = true;
        secret.features = routing::packTrace({.facts = facts, .secretsSought = true});
        ledger::RequestRecord none = answered(1);
        none.features = routing::packTrace({.facts = {}, .secretsSought = true});
        const Measured measured{{secret, none, answered(2), untraced(3)}};
        const auto traffic = measured.under(withRules({secretsStay()}));
        QVERIFY(went(traffic));
        QCOMPARE(traffic->rules[0].hits, 1);
        QCOMPARE(traffic->rules[0].untold, 2);
    }

    // $0.12 each: at the third request of the conversation two have been paid.
    void whatTheConversationHadCostIsReckoned() {
        routing::RequestFacts facts;
        facts.session = "12345678";
        routing::Rule dear;
        dear.condition.sessionUsdOver = Money::parse("0.2");
        const Measured measured{
            {answered(0, facts), answered(1, facts), answered(2, facts), answered(3)}};
        const auto traffic = measured.under(withRules({dear}));
        QVERIFY(went(traffic));
        QCOMPARE(traffic->rules[0].hits, 1);
        QCOMPARE(traffic->rules[0].untold, 0);
    }

    void onlyRequestsOfTheRangeCount() {
        ledger::RequestRecord nobody = untraced(2);
        nobody.client.clear();
        Measured measured{{answered(0), answered(1), nobody, answered(3)}};
        measured.from = {kNoon.value + 1'000};
        measured.to = {kNoon.value + 3'000};
        const auto traffic = measured.under(withRules({ruleOf("*")}));
        QVERIFY(went(traffic));
        QCOMPARE(traffic->requests, 1);
        QCOMPARE(traffic->rules[0].hits, 1);
    }

    // Of the same under both nothing is affected; another target of `auto` affects what asked for
    // it and leaves named models alone.
    void changesAreTold() {
        const Measured measured{
            {answered(0), answered(1, {}, "dear/big"), answered(2), untraced(3)}};
        const auto same = measured.between(policyWith("dear/big"), policyWith("dear/big"));
        QVERIFY(went(same));
        QCOMPARE(same->compared, 4);
        QCOMPARE(same->affected, 0);
        const auto other = measured.between(policyWith("dear/big"), policyWith("cheap/small"));
        QVERIFY(went(other));
        QCOMPARE(other->compared, 4);
        QCOMPARE(other->affected, 2);
    }

    void refusalsEffortAndMaximaAreChanges() {
        const Measured measured{{answered(0), untraced(1)}};
        const auto affected = [&measured](const std::function<void(routing::Actions&)>& change) {
            routing::Rule rule = ruleOf("me");
            change(rule.actions);
            const auto traffic =
                measured.between(policyWith("dear/big"), withRules({std::move(rule)}));
            return went(traffic) ? traffic->affected : -1;
        };
        QCOMPARE(affected([](routing::Actions&) {}), 0);
        QCOMPARE(affected([](routing::Actions& then) { then.refuse = "No."; }), 2);
        QCOMPARE(affected([](routing::Actions& then) { then.effort = protocol::Effort::High; }), 2);
        QCOMPARE(affected([](routing::Actions& then) { then.maxCost = Money::parse("9"); }), 2);
        QCOMPARE(affected([](routing::Actions& then) { then.alias = "small"; }), 2);
        QCOMPARE(affected([](routing::Actions& then) { then.preferModels = {"big"}; }), 0);
    }

    // `auto` cannot be decided anew without what it goes by: neither the same nor otherwise.
    void whatWouldBeGuessedIsNotCompared() {
        const Measured measured{{untraced(0, "auto"), untraced(1)}};
        const auto traffic = measured.between(policyWith("auto"), policyWith("auto"));
        QVERIFY(went(traffic));
        QCOMPARE(traffic->requests, 2);
        QCOMPARE(traffic->compared, 1);
    }

    void onlyTheNewestAreCompared() {
        Measured measured;
        for (int i = 0; i < static_cast<int>(kMostCompared) + 100; ++i)
            measured.records.push_back(answered(i, {}, i < 100 ? "auto" : "dear/big"));
        const auto traffic = measured.between(policyWith("dear/big"), policyWith("cheap/small"));
        QVERIFY(went(traffic));
        QCOMPARE(traffic->requests, static_cast<std::int64_t>(kMostCompared) + 100);
        QCOMPARE(traffic->compared, static_cast<std::int64_t>(kMostCompared));
        QCOMPARE(traffic->affected, 0);
    }

    void itEndsWhenItIsTold() {
        for (int most = 0; most < 2; ++most) {
            Measured measured{{answered(0)}};
            measured.goesOn = [left = most]() mutable { return left-- > 0; };
            const auto traffic =
                measured.between(policyWith("dear/big"), policyWith("cheap/small"));
            QVERIFY(!traffic);
            QCOMPARE(traffic.error().code, ErrorCode::Cancelled);
        }
    }

    void recordedRequestsAreExplained() {
        routing::RequestFacts facts;
        facts.hasTools = true;
        const ledger::RequestRecord record = answered(0, facts);
        routing::Rule tools;
        tools.name = "tools";
        tools.condition.hasTools = true;
        tools.actions.preferModels = {"small"};
        tools.goesOn = true;
        const auto told =
            explainRecorded(record, *snapshotToTry(withRules({tools, secretsStay()}, "auto")));
        QVERIFY(went(told));
        const auto root = settings::parseJson(*told);
        QVERIFY(went(root));
        QCOMPARE(listed(*root, "rules"), QStringList{QStringLiteral("rule \"tools\"")});
        QCOMPARE(listed(*root, "unexamined"), QStringList{QStringLiteral("secrets")});
        const settings::JsonNode& first = root->find("candidates")->items.front();
        QCOMPARE(first.find("model")->text, std::string("small"));
        QVERIFY(first.find("worst_cost")->type == settings::JsonNode::Type::Null);
        QCOMPARE(root->find("facts")->find("prompt_tokens")->text, std::string("10000"));
    }

    void refusalsOfRecordedRequestsAreTold() {
        routing::Rule rule = ruleOf("me");
        rule.actions.refuse = "Ask Kim.";
        const auto told = explainRecorded(answered(0), *snapshotToTry(withRules({rule})));
        QVERIFY(!told);
        QCOMPARE(told.error().code, ErrorCode::RuleRefused);
    }

    void withoutFeaturesNothingIsExplained() {
        const auto told = explainRecorded(untraced(0), *snapshotToTry(policyWith("auto")));
        QVERIFY(!told);
        QCOMPARE(told.error().code, ErrorCode::RecordNotFound);
    }
};

QTEST_APPLESS_MAIN(RoutingTrafficTest)
#include "test_routing_traffic.moc"
