// SPDX-License-Identifier: MIT
#include <QtTest>

#include "routing/obstacle.h"

using namespace gr::routing;
using gr::catalog::Media;
using gr::catalog::MediaSet;

class ObstacleTest final : public QObject {
    Q_OBJECT

  private slots:
    // Each need alone: refused where the model is known to lack it, and only there.
    void oneNeedAtATime() {
        Abilities plain{"p", 1'000, MediaSet(Media::Text), false, false, false};
        Abilities able{"p", 1'000'000, MediaSet(Media::Text), true, true, true};
        for (const Media media : {Media::Image, Media::Audio, Media::Video, Media::Pdf})
            able.takes.add(media);
        const Abilities unknown{"p", {}, {}, {}, {}, {}};
        const auto check = [&](Obstacle expected, auto&& set) {
            RequestFacts facts;
            set(facts);
            QCOMPARE(obstacleOf(facts, plain), expected);
            QCOMPARE(obstacleOf(facts, able), Obstacle::None);
            QCOMPARE(obstacleOf(facts, unknown), Obstacle::None);
            QVERIFY(expected == Obstacle::None || sentenceOf(expected).ends_with('.'));
        };
        check(Obstacle::None, [](RequestFacts& f) { f.promptTokens = 1'000; });
        check(Obstacle::Context, [](RequestFacts& f) { f.promptTokens = 1'001; });
        check(Obstacle::Image, [](RequestFacts& f) { f.hasImage = true; });
        check(Obstacle::File, [](RequestFacts& f) { f.hasFile = true; });
        check(Obstacle::Audio, [](RequestFacts& f) { f.hasAudio = true; });
        check(Obstacle::Video, [](RequestFacts& f) { f.hasVideo = true; });
        check(Obstacle::Tools, [](RequestFacts& f) { f.hasTools = true; });
        check(Obstacle::Structured, [](RequestFacts& f) { f.structured = true; });
        check(Obstacle::Reasoning, [](RequestFacts& f) { f.reasoning = true; });
    }

    void stateBelongsToOneProvider() {
        RequestFacts facts;
        facts.stateOf = "p";
        QCOMPARE(obstacleOf(facts, {"p", {}, {}, {}, {}, {}}), Obstacle::None);
        QCOMPARE(obstacleOf(facts, {"q", {}, {}, {}, {}, {}}), Obstacle::State);
    }

    void theUnableAreLeftOutWhileSomebodyIsAble() {
        const std::vector<Offer> offers{{"p", {}, true, true, {}}, {"q", {}, true, true, {}}};
        const Abilities blind{"p", {}, MediaSet(Media::Text), {}, {}, {}};
        const Abilities unknown{"q", {}, {}, {}, {}, {}};
        const auto models = [&](std::vector<Abilities> abilities) {
            RequestFacts facts;
            facts.hasImage = true;
            RouteDecision decision;
            for (std::size_t i = 0; i < abilities.size(); ++i)
                decision.candidates.push_back(
                    {abilities[i].provider == "p" ? 0U : 1U, "m" + std::to_string(i), "named"});
            leaveOutUnable(decision, facts, abilities, offers);
            std::string out;
            for (const Candidate& candidate : decision.candidates)
                out += candidate.model + " ";
            for (const Rejected& rejected : decision.rejected)
                out += "-" + rejected.provider + "/" + rejected.model + " " + rejected.reason;
            return out;
        };
        QCOMPARE(models({blind, unknown}), std::string("m1 -p/m0 It takes no images."));
        QCOMPARE(models({unknown, blind, unknown}), std::string("m0 m2 -p/m1 It takes no images."));
        // The provider says what is wrong.
        QCOMPARE(models({blind, blind}), std::string("m0 m1 "));
        QCOMPARE(models({blind}), std::string("m0 "));
    }
};

QTEST_APPLESS_MAIN(ObstacleTest)
#include "test_obstacle.moc"
