// SPDX-License-Identifier: MIT
#include <QtTest>

#include "routing/rule_recall.h"

using namespace gr;
using namespace gr::routing;

namespace {

constexpr Known kAll{.body = true,
                     .tokens = true,
                     .prediction = true,
                     .session = true,
                     .secret = true,
                     .code = true,
                     .language = true};

Verdict verdict(const Condition& condition, const RequestFacts& facts, const Known& known) {
    return RecalledCondition(condition, known).of(facts);
}

RequestFacts from(const char* client) {
    RequestFacts facts;
    facts.client = client;
    return facts;
}

Condition ofClient(const char* client) {
    Condition condition;
    condition.clients = {client};
    return condition;
}

Condition withSecret(bool secret) {
    Condition condition;
    condition.hasSecret = secret;
    return condition;
}

Rule rule(Condition condition, bool goesOn = false) {
    Rule rule;
    rule.condition = std::move(condition);
    rule.actions.localOnly = true;
    rule.goesOn = goesOn;
    return rule;
}

std::vector<RuleHits> counted(const std::vector<Rule>& rules, const Known& known,
                              const std::vector<RequestFacts>& requests) {
    std::vector<RuleHits> hits(rules.size());
    const RecalledRules recalled(rules, known);
    for (const RequestFacts& facts : requests)
        recalled.count(facts, hits);
    return hits;
}

// A rule about this alone is certain where it is known, and not told where it is not.
void hangsOn(bool Known::*part, const Condition& condition) {
    Known without = kAll;
    without.*part = false;
    QVERIFY(verdict(condition, {}, kAll) != Verdict::Untold);
    QCOMPARE(verdict(condition, {}, without), Verdict::Untold);
    Known only;
    only.*part = true;
    QVERIFY(verdict(condition, {}, only) != Verdict::Untold);
}

}  // namespace

class RuleRecallTest final : public QObject {
    Q_OBJECT

  private slots:
    void eachConditionHangsOnItsFacts() {
        const auto with = [](auto member, auto value) {
            Condition condition;
            condition.*member = std::move(value);
            return condition;
        };
        hangsOn(&Known::body, with(&Condition::hasImage, true));
        hangsOn(&Known::body, with(&Condition::hasFile, true));
        hangsOn(&Known::body, with(&Condition::hasTools, true));
        hangsOn(&Known::tokens, with(&Condition::promptTokensOver, 5));
        hangsOn(&Known::tokens, with(&Condition::promptTokensUnder, 5));
        hangsOn(&Known::prediction, with(&Condition::complexityOver, 0.5));
        hangsOn(&Known::prediction, with(&Condition::domains, 1U));
        hangsOn(&Known::session, with(&Condition::sessionUsdOver, *Money::parse("1")));
        hangsOn(&Known::secret, withSecret(true));
        hangsOn(&Known::code, with(&Condition::hasCode, true));
        hangsOn(&Known::language, with(&Condition::languages, std::vector<std::string>{"de"}));
        Condition header;
        header.headers = {{"x-urgent", {"yes"}}};
        QCOMPARE(verdict(header, {}, kAll), Verdict::Untold);
    }

    void clientModelAndHourAreAlwaysKnown() {
        QCOMPARE(verdict(ofClient("me"), from("me"), {}), Verdict::Yes);
        QCOMPARE(verdict(ofClient("me"), from("you"), {}), Verdict::No);
        Condition atNight;
        atNight.hours = 1U << 3;
        RequestFacts facts;
        facts.hour = 3;
        QCOMPARE(verdict(atNight, facts, {}), Verdict::Yes);
        facts.hour = 4;
        QCOMPARE(verdict(atNight, facts, {}), Verdict::No);
    }

    // What certainly does not hold is certain, whatever else is asked.
    void oneCertainNoIsEnough() {
        Condition both = ofClient("me");
        both.hasSecret = true;
        QCOMPARE(verdict(both, from("you"), {}), Verdict::No);
        QCOMPARE(verdict(both, from("me"), {}), Verdict::Untold);
    }

    void exceptionsMayBeUntoldToo() {
        Condition unless;
        unless.exceptions = {withSecret(true)};
        QCOMPARE(verdict(unless, {}, kAll), Verdict::Yes);
        QCOMPARE(verdict(unless, {}, {}), Verdict::Untold);
        unless.exceptions = {ofClient("me"), withSecret(true)};
        QCOMPARE(verdict(unless, from("me"), {}), Verdict::No);
        Condition narrow = ofClient("me");
        narrow.hasSecret = true;
        unless.exceptions = {narrow};
        QCOMPARE(verdict(unless, from("you"), {}), Verdict::Yes);
        QCOMPARE(verdict(unless, from("me"), {}), Verdict::Untold);
    }

    void theFirstThatHoldsHasItsSay() {
        const std::vector<Rule> rules{rule(ofClient("a*"), true), rule(ofClient("ab")),
                                      rule(ofClient("*"))};
        const auto hits = counted(rules, {}, {from("ab"), from("ac"), from("b")});
        QCOMPARE(hits[0].hits, 2);
        QCOMPARE(hits[1].hits, 1);
        QCOMPARE(hits[2].hits, 2);
    }

    // A refusal ends the list, also where the rule says that it goes on; one that is switched off
    // is not asked.
    void refusalsEndTheList() {
        std::vector<Rule> rules{rule(ofClient("*"), true), rule(ofClient("*"))};
        rules[0].actions.refuse = "No.";
        QCOMPARE(counted(rules, {}, {from("me")})[1].hits, 0);
        rules[0].enabled = false;
        const auto hits = counted(rules, {}, {from("me")});
        QCOMPARE(hits[0].hits, 0);
        QCOMPARE(hits[1].hits, 1);
    }

    void whatIsNotToldEndsNothing() {
        const std::vector<Rule> rules{rule(withSecret(true)), rule(ofClient("me"))};
        const auto hits = counted(rules, {}, {from("me"), from("you")});
        QCOMPARE(hits[0].hits, 0);
        QCOMPARE(hits[0].untold, 2);
        QCOMPARE(hits[1].hits, 1);
        QCOMPARE(hits[1].untold, 0);
    }
};

QTEST_APPLESS_MAIN(RuleRecallTest)
#include "test_rule_recall.moc"
