// SPDX-License-Identifier: MIT
#include <QtTest>

#include "routing/flip.h"
#include "support/menu_fixture.h"

using namespace gr;
using namespace gr::routing;
using namespace gr::routing::test;
using Names = std::vector<std::string>;

namespace {

// Three models of one kind: a step in price is a step in quality.
void addLadder(Kitchen& kitchen) {
    kitchen.add("p", "small", 0.5, {0.1, 0.4});
    kitchen.add("q", "middle", 0.7, {1, 4});
    kitchen.add("r", "large", 0.8, {10, 40});
}

}  // namespace

class TestChoice final : public QObject {
    Q_OBJECT

  private slots:
    // What was asked of the dial is done: from the cheapest to the best, never back.
    void theDialGoesFromCheapToGood() {
        Kitchen kitchen;
        addLadder(kitchen);
        Names seen;
        for (int i = 0; i <= 100; ++i) {
            kitchen.wish.dial = i / 100.0;
            if (seen.empty() || seen.back() != kitchen.best())
                seen.push_back(kitchen.best());
        }
        QCOMPARE(seen, (Names{"p/small", "q/middle", "r/large"}));
    }

    // score = quality - weight * (cost - cheapest) / span - mu * (seconds - fastest), by hand.
    void theArithmetic() {
        Kitchen kitchen;
        addLadder(kitchen);
        for (Listing& listing : kitchen.menu.listings)
            listing.usualFirstMs = 1'000, listing.usualRate = 100;
        kitchen.menu.listings[2].usualRate = 40;
        kitchen.wish.dial = 0.5;  // 1000^0.5 * 0.001^0.5 = 1
        const Choice choice = kitchen.choose();
        QCOMPARE(choice.turn.output, 400);
        // 1,000 tokens in and 400 out: $0.00026, $0.0026, $0.026.
        QVERIFY(std::abs(choice.span - 0.02574) < 1e-9);
        QVERIFY(std::abs(choice.weight - 1) < 1e-9);
        QCOMPARE(kitchen.nameOf(choice.picks[0]), std::string("q/middle"));
        const Pick& middle = choice.picks[0];
        QVERIFY(std::abs(*middle.cost - 0.0026) < 1e-9);
        QVERIFY(std::abs(middle.costTerm + 0.00234 / 0.02574) < 1e-9);
        QVERIFY(std::abs(middle.seconds - 5) < 1e-9);
        QVERIFY(std::abs(middle.latencyTerm) < 1e-9);
        const Pick& large = choice.picks[2];
        QVERIFY(std::abs(large.costTerm + 1) < 1e-9);
        QVERIFY(std::abs(large.seconds - 11) < 1e-9);
        QVERIFY(std::abs(large.latencyTerm + 0.003 * 6) < 1e-9);
        for (const Pick& pick : choice.picks) {
            QVERIFY(std::abs(pick.score - (pick.quality + pick.costTerm + pick.latencyTerm +
                                           pick.stickyTerm + pick.rulesTerm)) < 1e-9);
        }
    }

    void whatCannotAnswerIsLeftOutWithItsReason() {
        struct Case {
            const char* reason;
            void (*make)(Kitchen&, Listing&);
        };
        const Case cases[] = {
            {"no key", [](Kitchen&, Listing& l) { l.whyNot = "There is no key."; }},
            {"vectors", [](Kitchen&, Listing& l) { l.use = Use::Embed; }},
            {"not made for chat", [](Kitchen&, Listing& l) { l.use = Use::Other; }},
            {"deprecated", [](Kitchen&, Listing& l) { l.deprecated = true; }},
            {"simulated", [](Kitchen&, Listing& l) { l.simulated = true; }},
            {"no images",
             [](Kitchen& k, Listing& l) {
                 k.facts.hasImage = true;
                 l.abilities.takes.add(catalog::Media::Text);
             }},
            {"context", [](Kitchen&, Listing& l) { l.abilities.context = 999; }},
            {"no tools",
             [](Kitchen& k, Listing& l) {
                 k.facts.hasTools = true;
                 l.abilities.tools = false;
             }},
            {"another provider keeps", [](Kitchen& k, Listing&) { k.facts.stateOf = "q"; }},
            {"price is unknown",
             [](Kitchen& k, Listing& l) {
                 k.situation.pricedOnly = true;
                 l.price = nullptr;
             }},
            {"cost more",
             [](Kitchen& k, Listing& l) {
                 k.wish.maxCost = Money::parse("0.0259");
                 l.price = priceOf({10, 40});  // $0.026
             }},
            {"cost more",  // nobody knows how much
             [](Kitchen& k, Listing& l) {
                 k.wish.maxCost = Money::parse("0.0261");
                 l.price = nullptr;
             }},
            {"said so",
             [](Kitchen& k, Listing&) {
                 k.situation.rules = [](const Listing& l) {
                     return l.model == "small" ? Nudge{"A rule said so.", 0} : Nudge{};
                 };
             }},
        };
        for (const Case& one : cases) {
            Kitchen kitchen;
            addLadder(kitchen);
            QCOMPARE(kitchen.order().size(), std::size_t(3));
            one.make(kitchen, kitchen.menu.listings[0]);
            const std::string why = kitchen.whyNot("p/small");
            QVERIFY2(why.find(one.reason) != std::string::npos, one.reason);
            QVERIFY(why.ends_with('.'));
            const Names left = kitchen.order();
            QVERIFY(!left.empty());
            QVERIFY(std::find(left.begin(), left.end(), "p/small") == left.end());
        }
    }

    void theKeySaysWhichModels() {
        Kitchen kitchen;
        addLadder(kitchen);
        Names allowed{"q/*", "lar*"};
        kitchen.situation.allowed = &allowed;
        QCOMPARE(kitchen.order().size(), std::size_t(2));
        QVERIFY(!kitchen.whyNot("p/small").empty());
        allowed = {"*"};
        QCOMPARE(kitchen.order().size(), std::size_t(3));
    }

    void playMoneyAnswersWhereNothingElseCan() {
        Kitchen kitchen;
        kitchen.add("sandbox", "toy", 0.9).simulated = true;
        QCOMPARE(kitchen.order(), Names{"sandbox/toy"});
        kitchen.add("p", "real", 0.3);
        QCOMPARE(kitchen.order(), Names{"p/real"});
    }

    void rulesMayPrefer() {
        Kitchen kitchen;
        addLadder(kitchen);
        QCOMPARE(kitchen.best(), std::string("q/middle"));
        kitchen.situation.rules = [](const Listing& l) {
            return Nudge{{}, l.model == "small" ? 0.5 : 0.0};
        };
        QCOMPARE(kitchen.best(), std::string("p/small"));
    }

    // Unknown is not free: it comes behind what has a price, and is used where nothing else is.
    void anUnknownPriceComesBehind() {
        Kitchen kitchen;
        kitchen.add("p", "secret", 0.99, nullptr);
        QCOMPARE(kitchen.best(), std::string("p/secret"));
        addLadder(kitchen);
        for (const double dial : {0.0, 0.5, 1.0}) {
            kitchen.wish.dial = dial;
            QCOMPARE(kitchen.order().back(), std::string("p/secret"));
        }
    }

    void whatIsFreeDoesNotWinForThatAlone() {
        Kitchen kitchen;
        kitchen.add("home", "llama", 0.45, nullptr).free = true;
        addLadder(kitchen);
        kitchen.wish.dial = 0;
        QCOMPARE(kitchen.best(), std::string("home/llama"));
        kitchen.wish.dial = 0.5;
        QCOMPARE(kitchen.best(), std::string("q/middle"));
        kitchen.wish.dial = 1;
        QCOMPARE(kitchen.best(), std::string("r/large"));
    }

    void whoRestsComesLast() {
        Kitchen kitchen;
        addLadder(kitchen);
        kitchen.add("p", "secret", 0.9, nullptr);
        kitchen.situation.standing = [](const Listing& l) {
            return Health::Standing{l.model == "middle", 0, 0};
        };
        const Choice choice = kitchen.choose();
        QCOMPARE(choice.picks.size(), std::size_t(4));
        QCOMPARE(kitchen.nameOf(choice.picks.back()), std::string("q/middle"));
        QVERIFY(choice.picks.back().rank == Rank::Resting);
        QVERIFY(choice.rejected.empty());
    }

    // Another provider is asked before the third model of one that may be down.
    void twoOfAProviderBeforeTheOthers() {
        Kitchen kitchen;
        for (int i = 0; i < 4; ++i)
            kitchen.add("big", "m" + std::to_string(i), 0.9 - 0.01 * i);
        kitchen.add("other", "m", 0.5);
        QCOMPARE(kitchen.order(), (Names{"big/m0", "big/m1", "other/m", "big/m2", "big/m3"}));
    }

    void ofTheSameModelTheFasterAndTheCheaper() {
        Kitchen kitchen;
        kitchen.add("p", "m", 0.7, {1, 4});
        kitchen.add("q", "m", 0.7, {1, 4});
        kitchen.add("r", "m", 0.7, {2, 8});
        QCOMPARE(kitchen.best(), std::string("p/m"));
        QCOMPARE(kitchen.order().back(), std::string("r/m"));
        kitchen.situation.standing = [](const Listing& l) {
            return Health::Standing{false, l.offer == 0 ? 900.0 : 200.0, 60};
        };
        QCOMPARE(kitchen.best(), std::string("q/m"));
    }

    void fastIsFastFirst() {
        Kitchen kitchen;
        addLadder(kitchen);
        kitchen.menu.listings[0].usualRate = 60;
        kitchen.situation.standing = [](const Listing& l) {
            return l.model == "large" ? Health::Standing{false, 200, 400}
                                      : Health::Standing{false, 900, 50};
        };
        QCOMPARE(kitchen.best(), std::string("q/middle"));
        kitchen.wish.fast = true;
        QCOMPARE(kitchen.best(), std::string("r/large"));
    }

    void aSessionStaysUnlessItFailed() {
        Kitchen kitchen;
        kitchen.add("p", "a", 0.70);
        kitchen.add("q", "b", 0.69);
        QCOMPARE(kitchen.best(), std::string("p/a"));
        SessionMemory::Session session;
        session.served = {{"q", "b", kitchen.situation.now, 0}};
        kitchen.situation.session = &session;
        QCOMPARE(kitchen.best(), std::string("q/b"));
        session.failed = true;
        QCOMPARE(kitchen.best(), std::string("p/a"));
        session.failed = false;
        kitchen.qualities[1] = 0.68F;  // two points are more than the habit is worth
        QCOMPARE(kitchen.best(), std::string("p/a"));
        session.served.insert(session.served.begin(), {"p", "a", kitchen.situation.now, 0});
        kitchen.qualities[1] = 0.705F;
        QCOMPARE(kitchen.best(), std::string("p/a"));
    }

    void aSessionDoesNotStayForMoreMoneyAndNoMoreQuality() {
        Kitchen kitchen;
        kitchen.add("p", "a", 0.70, {1, 4});
        kitchen.add("q", "b", 0.70, {1.1, 4});
        kitchen.wish.dial = 1;  // money hardly counts
        SessionMemory::Session session;
        session.served = {{"q", "b", kitchen.situation.now, 0}};
        kitchen.situation.session = &session;
        QCOMPARE(kitchen.best(), std::string("p/a"));
        kitchen.qualities[0] = 0.695F;
        QCOMPARE(kitchen.best(), std::string("q/b"));
    }

    // A warm cache is worth more than a slightly better model; when it has cooled, no longer.
    void aWarmCacheCounts() {
        Kitchen kitchen;
        kitchen.facts.promptTokens = 50'000;
        kitchen.facts.prefixTokens = 49'000;
        kitchen.facts.turns = 1;
        kitchen.wish.dial = 0.7;
        kitchen.add("p", "a", 0.74, {3, 15, 0.3});
        kitchen.add("q", "b", 0.70, {3, 15, 0.3});
        kitchen.add("r", "tiny", 0.2, {0.1, 0.4});
        SessionMemory::Session session;
        session.served = {{"q", "b", kitchen.situation.now, 49'500}};
        kitchen.situation.session = &session;
        QCOMPARE(kitchen.best(), std::string("q/b"));
        QCOMPARE(kitchen.choose().picks.front().warmTokens, 49'500);
        session.served.front().at = kitchen.situation.now - std::chrono::minutes(6);
        QCOMPARE(kitchen.best(), std::string("p/a"));
    }

    // Spending faster than the time goes by makes money weigh more, up to e^3.
    void theBudgetGlides() {
        Kitchen kitchen;
        addLadder(kitchen);
        const auto weight = [&kitchen](double spent, double elapsed) {
            kitchen.situation.spent = spent;
            kitchen.situation.elapsed = elapsed;
            return kitchen.choose().weight;
        };
        QVERIFY(std::abs(weight(0.2, 0.5) - 1) < 1e-9);
        QVERIFY(std::abs(weight(0.5, 0.5) - 1) < 1e-9);
        QVERIFY(std::abs(weight(0.75, 0.5) - std::exp(1.5)) < 1e-9);
        QVERIFY(std::abs(weight(1, 0.5) - std::exp(3)) < 1e-9);
        QVERIFY(std::abs(weight(2, 1) - 1) < 1e-9);
        QCOMPARE(kitchen.best(), std::string("q/middle"));
        (void)weight(1, 0.1);
        QCOMPARE(kitchen.best(), std::string("p/small"));
    }

    // Each change that is told does change who answers, and nothing else is told.
    void whatWouldHaveChangedTheChoice() {
        using What = Flip::What;
        const auto flips = [](const Kitchen& kitchen) {
            const auto considered = toConsider(kitchen.menu, kitchen.situation.session, false);
            std::vector<std::pair<What, std::string>> out;
            for (const Flip& flip : flipsOf(kitchen.choose(), kitchen.situation, kitchen.wish,
                                            [&](const Situation&situation, const Wish&wish) {
                                                return routing::choose(
                                                    kitchen.menu, considered, kitchen.qualities,
                                                    kitchen.facts, situation, wish);
                                            }))
                out.emplace_back(flip.what, kitchen.menu.listings[flip.listing].name);
            return out;
        };
        const auto tells = [&flips](const Kitchen& kitchen, What what, const char* name) {
            const auto all = flips(kitchen);
            return std::find(all.begin(), all.end(), std::pair(what, std::string(name))) !=
                   all.end();
        };
        Kitchen kitchen;
        addLadder(kitchen);
        const auto alone = flips(kitchen);
        QCOMPARE(alone.size(), std::size_t(1));
        QVERIFY(alone.front().first == What::Preference);
        QVERIFY(alone.front().second != kitchen.best());

        kitchen.situation.standing = [](const Listing& l) {
            return Health::Standing{l.model == "middle", 0, 0};
        };
        QVERIFY(tells(kitchen, What::Rest, "q/middle"));
        kitchen.situation.standing = [](const Listing& l) {
            return Health::Standing{false, l.model == "middle" ? 90'000.0 : 200.0, 60};
        };
        QVERIFY(tells(kitchen, What::Speed, "q/middle"));
        kitchen.situation.standing = {};
        kitchen.situation.spent = 1;
        QVERIFY(tells(kitchen, What::Budget, "q/middle"));
        kitchen.situation.spent = 0;

        Kitchen pair;
        pair.add("p", "a", 0.70);
        pair.add("q", "b", 0.69);
        QVERIFY(flips(pair).empty());  // of one price: no place of the dial makes the worse win
        SessionMemory::Session session;
        session.served = {{"q", "b", pair.situation.now, 0}};
        pair.situation.session = &session;
        QCOMPARE(flips(pair).size(), std::size_t(1));
        QVERIFY(tells(pair, What::Session, "p/a"));
        pair.menu.listings.clear();
        pair.menu.front.clear();
        pair.situation.session = nullptr;
        QVERIFY(flips(pair).empty());
    }

    void howLongASessionMayBecome() {
        RequestFacts facts;
        QCOMPARE(turnOf(facts).more, 0);
        facts.hasTools = true;
        QCOMPARE(turnOf(facts).more, 8);
        facts.turns = 3;
        QCOMPARE(turnOf(facts).more, 3);
        facts.turns = 300;
        QCOMPARE(turnOf(facts).more, 20);
        facts.maxOutput = 50;
        QCOMPARE(turnOf(facts).output, 50);
    }
};

QTEST_APPLESS_MAIN(TestChoice)
#include "test_choice.moc"
