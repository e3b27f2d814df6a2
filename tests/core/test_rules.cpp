// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <random>

#include "routing/router.h"
#include "routing/rule_lint.h"
#include "routing/rule_logic.h"
#include "routing/rules.h"

using namespace gr;
using namespace gr::routing;

namespace {

using Random = std::mt19937;

template <class T>
T oneOf(Random& random, const std::vector<T>& from) {
    return from[random() % from.size()];
}

bool rarely(Random& random) {
    return random() % 5 == 0;
}

Patterns somePatterns(Random& random) {
    const std::vector<std::string> all{"a",   "b",   "a*", "*b",   "ab",
                                       "p/a", "p/*", "*",  "q/ab", "*a*"};
    Patterns out{oneOf(random, all)};
    if (random() % 2 == 0)
        out.push_back(oneOf(random, all));
    return out;
}

std::optional<bool> flag(Random& random) {
    return rarely(random) ? std::optional(random() % 2 == 0) : std::nullopt;
}

Condition someCondition(Random& random, int depth = 0) {
    Condition out;
    out.hasSecret = flag(random);
    out.hasTools = flag(random);
    if (rarely(random))
        out.promptTokensOver = static_cast<std::int64_t>(random() % 5);
    if (rarely(random))
        out.promptTokensUnder = static_cast<std::int64_t>(random() % 5);
    if (rarely(random))
        out.complexityOver = static_cast<double>(random() % 5) / 4;
    if (rarely(random))
        out.domains = 1U << random() % 3 | 1U << random() % 3;
    if (rarely(random))
        out.languages = {oneOf<std::string>(random, {"de", "en"})};
    if (rarely(random))
        out.hours = 1U << random() % 3 | 1U << random() % 3;
    if (rarely(random))
        out.sessionUsdOver = Money::fromPico(static_cast<std::int64_t>(random() % 3));
    if (rarely(random))
        out.clients = somePatterns(random);
    if (rarely(random))
        out.models = somePatterns(random);
    if (rarely(random))
        out.headers.push_back({"x", somePatterns(random)});
    if (depth < 3 && random() % 3 == 0)
        out.exceptions.push_back(someCondition(random, depth + 1));
    return out;
}

RequestFacts someFacts(Random& random) {
    const std::vector<std::string> names{"a", "b", "ab", "p/a", "p/ab", "q/ab", "", "c"};
    RequestFacts out;
    out.client = oneOf(random, names);
    out.model = oneOf(random, names);
    out.hasSecret = random() % 2 == 0;
    out.hasTools = random() % 2 == 0;
    out.promptTokens = static_cast<std::int64_t>(random() % 6);
    out.prediction.difficulty = static_cast<float>(random() % 5) / 4;
    out.prediction.domains[random() % 4] = 1;
    out.language = oneOf<std::string>(random, {"", "de", "en", "fr"});
    out.hour = static_cast<int>(random() % 4);
    out.sessionSpent = Money::fromPico(static_cast<std::int64_t>(random() % 4));
    for (auto i = random() % 3; i > 0; --i)
        out.headers.emplace_back("x", oneOf(random, names));
    return out;
}

Rule rule(Condition condition, Actions actions, bool goesOn = false) {
    return {"", std::move(condition), std::move(actions), true, goesOn};
}

Actions only(Patterns providers) {
    Actions out;
    out.onlyProviders = std::move(providers);
    return out;
}

Condition secret(bool is = true) {
    Condition out;
    out.hasSecret = is;
    return out;
}

// "provider/model" in the order of trying, or what the refusal says. "far" and "near" both have
// "m", and "near" runs on this machine.
std::vector<std::string> routed(const Actions& actions, std::string_view model,
                                bool fallback = true) {
    Offer far;
    far.provider = "far";
    far.models = {"big", "m"};
    Offer near;
    near.provider = "near";
    near.models = {"m"};
    near.local = true;
    const std::vector<Offer> offers{far, near};
    const std::vector<Alias> aliases{{"either", {"far/big", "near/m"}}};
    const std::vector<std::string> fallbacks{"near/m"};
    const std::vector<Rule> rules{rule({}, actions)};
    const RuleEffect effect = applyRules(rules, RequestFacts());
    RouteAsk ask{model, model == "far/big" ? &fallbacks : nullptr, nullptr, fallback};
    ask.rules = &effect;
    const auto decision = route(ask, offers, aliases, "auto");
    if (!decision)
        return {decision.error().message.text};
    std::vector<std::string> out;
    for (const Candidate& candidate : decision->candidates)
        out.push_back(offers[candidate.offer].provider + "/" + candidate.model);
    return out;
}

bool contains(const std::vector<RuleNotice>& notices, RuleNotice::Kind kind, std::size_t rule) {
    return std::any_of(notices.begin(), notices.end(), [&](const RuleNotice& notice) {
        return notice.kind == kind && notice.rule == rule;
    });
}

}  // namespace

class TestRules final : public QObject {
    Q_OBJECT

  private slots:
    void firstMatchDecides() {
        const std::vector<Rule> rules{rule(secret(), only({"here"})), rule({}, only({"there"}))};
        RequestFacts facts;
        QCOMPARE(applyRules(rules, facts).matched, std::vector<std::size_t>{1});
        facts.hasSecret = true;
        QCOMPARE(applyRules(rules, facts).matched, std::vector<std::size_t>{0});
    }

    void whatIsForbiddenStaysForbidden() {
        const std::vector<Rule> rules{rule(secret(), only({"here", "both"}), true),
                                      rule({}, only({"there", "both"}))};
        RequestFacts facts;
        facts.hasSecret = true;
        const RuleEffect effect = applyRules(rules, facts);
        QCOMPARE(effect.matched.size(), std::size_t(2));
        QVERIFY(!objectionTo(effect, {"both", "m", false}));
        QCOMPARE(objectionTo(effect, {"here", "m", false})->rule, std::size_t(1));
        QCOMPARE(objectionTo(effect, {"there", "m", false})->rule, std::size_t(0));
    }

    void localOnlyIsNotLoosened() {
        Actions local;
        local.localOnly = true;
        const std::vector<Rule> rules{rule(secret(), local, true), rule({}, only({"*"}))};
        RequestFacts facts;
        facts.hasSecret = true;
        const RuleEffect effect = applyRules(rules, facts);
        QVERIFY(objectionTo(effect, {"far", "m", false}));
        QVERIFY(!objectionTo(effect, {"near", "m", true}));
    }

    void rulesThatAreOffDoNothing() {
        std::vector<Rule> rules{rule({}, only({"here"}))};
        rules[0].enabled = false;
        QVERIFY(!applyRules(rules, RequestFacts()).any());
        QVERIFY(lintRules(rules, RuleWorld()).empty());
    }

    void routesHeedThem() {
        using Names = std::vector<std::string>;
        Actions local;
        local.localOnly = true;
        QCOMPARE(routed(local, "m"), Names{"near/m"});
        QCOMPARE(routed(local, "m", false), Names{"near/m"});  // the first that may answer
        QCOMPARE(routed(local, "either"), Names{"near/m"});
        QCOMPARE(routed(local, "far/big"), Names{"near/m"});  // which the request names itself
        QCOMPARE(routed(local, "far/m"),
                 Names{"Rules leave nobody to answer for \"far/m\". far/m may not be asked: rule 1 "
                       "forbids it (local_only)."});
        Actions near;
        near.preferProviders = {"near"};
        QCOMPARE(routed(near, "m"), (Names{"near/m", "far/m"}));
        QCOMPARE(routed(near, "either"), (Names{"near/m", "far/big"}));
        QCOMPARE(routed(near, "far/big"), (Names{"far/big", "near/m"}));
    }

    void linterFinds() {
        Condition impossible;
        impossible.promptTokensOver = 100;
        impossible.promptTokensUnder = 101;
        Actions refuse;
        refuse.refuse = "No.";
        const std::vector<Rule> rules{
            rule(impossible, only({"p"})), rule(secret(), only({"p"}), true),
            rule(secret(), only({"q"})), rule(secret(), only({"p"})), rule({}, refuse)};
        const auto notices = lintRules(rules, RuleWorld());
        QVERIFY(contains(notices, RuleNotice::Kind::NeverMatches, 0));
        QVERIFY(contains(notices, RuleNotice::Kind::Contradicts, 2));
        QVERIFY(contains(notices, RuleNotice::Kind::Shadowed, 3));
        QVERIFY(contains(notices, RuleNotice::Kind::RefusesAlways, 4));
        QVERIFY(!contains(notices, RuleNotice::Kind::Shadowed, 2));
    }

    void linterKnowsTheWorld() {
        RuleWorld world;
        world.clients = {"cursor"};
        world.providers = {{"openai", {"gpt-5", "gpt-5-mini"}, false, false}};
        world.aliases = {{"fast", {"openai/gpt-5-mini"}}};
        Condition client;
        client.clients = {"curser"};
        Condition named;
        named.models = {"gpt-5"};
        Actions models;
        models.onlyModels = {"gpt-6"};
        Actions local;
        local.localOnly = true;
        const std::vector<Rule> rules{rule(client, only({"openai"})), rule(secret(), local),
                                      rule(named, models)};
        const auto notices = lintRules(rules, world);
        QVERIFY(contains(notices, RuleNotice::Kind::UnknownName, 0));
        QVERIFY(contains(notices, RuleNotice::Kind::UnknownName, 1));
        QVERIFY(contains(notices, RuleNotice::Kind::UnknownName, 2));
    }

    void linterSeesNamesThatChangePlaces() {
        Condition fast;
        fast.models = {"fast"};
        Condition slow;
        slow.models = {"gpt-5"};
        Actions toSlow;
        toSlow.alias = "gpt-5";
        Actions toFast;
        toFast.alias = "fast";
        const std::vector<Rule> rules{rule(fast, toSlow), rule(slow, toFast)};
        QVERIFY(contains(lintRules(rules, RuleWorld()), RuleNotice::Kind::AliasLoop, 1));
    }

    void conditionsAsk_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<bool>("expected");
        QTest::newRow("client by pattern") << 0 << true;
        QTest::newRow("behind the provider's name") << 1 << true;
        QTest::newRow("exactly so many tokens are not over") << 2 << false;
        QTest::newRow("exactly so many tokens are not under") << 3 << false;
        QTest::newRow("one header of several") << 4 << true;
        QTest::newRow("a header that is not there") << 5 << false;
        QTest::newRow("an exception that holds") << 6 << false;
        QTest::newRow("an exception that does not") << 7 << true;
        QTest::newRow("unknown language") << 8 << false;
        QTest::newRow("hour") << 9 << true;
    }
    void conditionsAsk() {
        RequestFacts facts;
        facts.client = "cursor-laptop";
        facts.model = "openai/gpt-5";
        facts.promptTokens = 100;
        facts.headers = {{"x-team", "red"}, {"x-team", "blue"}};
        facts.hour = 22;
        std::vector<Condition> all(10);
        all[0].clients = {"zed", "cursor*"};
        all[1].models = {"gpt-*"};
        all[2].promptTokensOver = 100;
        all[3].promptTokensUnder = 100;
        all[4].headers = {{"x-team", {"blue"}}};
        all[5].headers = {{"x-group", {"*"}}};
        all[6].exceptions = {all[0]};
        all[7].exceptions = {all[2]};
        all[8].languages = {"de"};
        all[9].hours = 1U << 22 | 1U << 23;
        QFETCH(int, which);
        QTEST(holds(all[static_cast<std::size_t>(which)], facts), "expected");
    }

    void preferencesOrder() {
        Actions actions;
        actions.preferModels = {"gpt-*", "claude-*"};
        actions.preferProviders = {"near"};
        const std::vector<Rule> rules{rule({}, actions)};
        const RuleEffect effect = applyRules(rules, RequestFacts());
        const auto rank = [&](const char* provider, const char* model) {
            return preferenceRank(effect, {provider, model, false});
        };
        QVERIFY(rank("far", "gpt-5") < rank("near", "claude-x"));
        QVERIFY(rank("near", "gpt-5") < rank("far", "gpt-5"));
        QVERIFY(rank("near", "claude-x") < rank("near", "llama"));
    }

    void namesOfModels_data() {
        QTest::addColumn<std::string>("pattern");
        QTest::addColumn<bool>("expected");
        QTest::newRow("bare") << std::string("gpt-5") << true;
        QTest::newRow("with its provider") << std::string("openai/gpt-5") << true;
        QTest::newRow("of another") << std::string("azure/gpt-5") << false;
        QTest::newRow("all of a provider") << std::string("openai/*") << true;
        QTest::newRow("another model") << std::string("gpt-5-mini") << false;
    }
    void namesOfModels() {
        QFETCH(std::string, pattern);
        QTEST(fitsModel({pattern}, "openai", "gpt-5"), "expected");
    }

    void proofsAgreeWithTrying() {
        Random random(7);
        int proven = 0;
        for (int round = 0; round < 4'000; ++round) {
            std::vector<Rule> rules;
            for (int i = 0; i < 4; ++i)
                rules.push_back(rule(someCondition(random), only({"p"}), random() % 2 == 0));
            std::vector<std::size_t> idle;
            for (const RuleNotice& notice : lintRules(rules, RuleWorld())) {
                if (notice.kind == RuleNotice::Kind::NeverMatches ||
                    notice.kind == RuleNotice::Kind::Shadowed)
                    idle.push_back(notice.rule);
            }
            proven += static_cast<int>(idle.size());
            const bool always = alwaysHolds(rules[0].condition);
            for (int i = 0; i < 100; ++i) {
                const RequestFacts facts = someFacts(random);
                QVERIFY(!always || holds(rules[0].condition, facts));
                for (const std::size_t matched : applyRules(rules, facts).matched)
                    QVERIFY(std::find(idle.begin(), idle.end(), matched) == idle.end());
            }
        }
        QVERIFY(proven > 500);
    }
};

QTEST_APPLESS_MAIN(TestRules)
#include "test_rules.moc"
