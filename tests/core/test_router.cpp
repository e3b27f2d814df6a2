// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>

#include "base/text.h"
#include "routing/router.h"

using namespace gr;
using namespace gr::routing;
using Names = std::vector<std::string>;

namespace {

Offer offer(std::string provider, Names models, bool openEnded = true) {
    Offer made;
    made.provider = std::move(provider);
    made.models = std::move(models);
    made.openEnded = openEnded;
    return made;
}

// A little world in which every way of naming a model can be tried.
struct World {
    std::vector<Offer> offers{
        offer("openai", {"gpt", "mini"}),
        offer("azure", {"gpt"}, false),
        offer("router", {"openai/gpt", "llama"}),
        offer("local", {}),
    };
    std::vector<Alias> aliases{
        {"fast", {"router/llama", "openai/mini"}},
        {"nested", {"fast", "azure/gpt"}},
        {"llama", {"llama", "openai/gpt"}},
        {"empty", {}},
        {"gone", {"azure/unknown"}},
        {"circle", {"circle"}},
        {"smart", {"azure/gpt", "auto"}},
    };
    std::string defaultModel = "auto";
    Names fallbacks;
    Names allowed{"*"};
    bool fallback = true;
    // What the choice says: the last provider's model first, the key's models alone.
    AutoSource autos = [this](std::string_view name) -> std::optional<AutoPicks> {
        if (name != "auto" && name != "auto:cheap")
            return std::nullopt;
        AutoPicks picks;
        picks.candidates = {{2, "llama", "auto: best"},
                            {0, name == "auto" ? "gpt" : "mini", "auto"}};
        std::erase_if(picks.candidates, [this](const Candidate& c) {
            return std::none_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
                return matchesPattern(pattern, offers[c.offer].provider + "/" + c.model);
            });
        });
        picks.rejected = {{"azure", "gpt", "It takes no images."}};
        picks.forbidden = picks.candidates.empty();
        return picks;
    };

    Result<RouteDecision> decide(std::string_view model) const {
        return route({.model = model,
                      .fallbacks = &fallbacks,
                      .allowedModels = &allowed,
                      .fallback = fallback,
                      .autos = &autos},
                     offers, aliases, defaultModel);
    }

    // "provider: model" in the order of trying, or the slug of the error.
    Names answering(std::string_view model) const {
        const auto decision = decide(model);
        if (!decision)
            return {std::string(errorInfo(decision.error().code).slug)};
        Names names;
        for (const Candidate& c : decision->candidates)
            names.push_back(offers[c.offer].provider + ": " + c.model);
        return names;
    }
    void makeUnusable(std::size_t index) {
        offers[index].usable = false;
        offers[index].whyNot = "No key is set.";
    }
};

}  // namespace

class TestRouter final : public QObject {
    Q_OBJECT

  private slots:
    void namesAreResolved_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* model, const char* expected) {
            QTest::newRow(*model ? model : "no name")
                << QString::fromLatin1(model) << QString::fromLatin1(expected);
        };
        row("gpt", "openai: gpt, azure: gpt");  // one model, every provider of it
        row("mini", "openai: mini");
        row("azure/gpt", "azure: gpt");  // the provider that is named, and no other
        row("openai/gpt", "openai: gpt");
        row("openai/new-model", "openai: new-model");  // open ended: passed through
        row("router/openai/gpt", "router: openai/gpt");
        row("unlisted", "local: unlisted");  // only those who list nothing themselves
        row("unknown/name", "local: unknown/name");
        row("local/any/thing:7b", "local: any/thing:7b");
        row("azure/new", "model_not_found");  // meant for azure: local must not read it
        row("circle", "model_not_found");
        row("fast", "router: llama, openai: mini");  // the order of the alias
        row("nested", "router: llama, openai: mini, azure: gpt");
        // An alias may bear the name of a model that it begins with.
        row("llama", "router: llama, openai: gpt");
        row("auto", "router: llama, openai: gpt");
        row("auto:cheap", "router: llama, openai: mini");
        row("auto:nonsense", "model_not_found");
        row("smart", "azure: gpt, router: llama, openai: gpt");
        row("empty", "model_not_found");
    }
    void namesAreResolved() {
        QFETCH(QString, model);
        QFETCH(QString, expected);
        QStringList found;
        for (const std::string& name : World().answering(model.toStdString()))
            found << QString::fromStdString(name);
        QCOMPARE(found.join(QStringLiteral(", ")), expected);
    }

    void aNameNobodyKnowsIsAnError() {
        World world;
        world.offers.pop_back();  // nobody takes any name
        for (const char* name : {"unlisted", "azure/new", "nobody/gpt", "openai/", "/gpt", ""})
            QCOMPARE(world.answering(name), Names{"model_not_found"});
        const auto decision = world.decide("unlisted");
        QCOMPARE(decision.error().field, std::string("model"));
        QVERIFY(decision.error().message.text.find("\"unlisted\"") != std::string::npos);
    }

    void theDefaultAnswersAuto() {
        World world;
        world.defaultModel = "fast";
        QCOMPARE(world.answering("auto"), (Names{"router: llama", "openai: mini"}));
        world.defaultModel = "openai/mini";
        QCOMPARE(world.answering("auto"), Names{"openai: mini"});
        QCOMPARE(world.answering("gpt").front(), std::string("openai: gpt"));
        const auto decision = world.decide("auto");
        QCOMPARE(decision->candidates.front().reason, std::string("default"));
    }

    void reasonsAreShortAscii() {
        World world;
        world.fallbacks = {"mini"};
        for (const char* name : {"gpt", "fast", "auto", "openai/x", "unlisted"}) {
            const auto decision = world.decide(name);
            for (const Candidate& c : decision->candidates) {
                QVERIFY(!c.reason.empty() && c.reason.size() < 80);
                QVERIFY(std::all_of(c.reason.begin(), c.reason.end(),
                                    [](char ch) { return ch >= 0x20 && ch < 0x7f; }));
            }
        }
    }

    void fallbacksOfTheRequestComeBehind() {
        World world;
        world.fallbacks = {"router/llama", "azure/gpt", "gpt"};
        QCOMPARE(world.answering("openai/mini"),
                 (Names{"openai: mini", "router: llama", "azure: gpt", "openai: gpt"}));
        world.offers.pop_back();
        // An unknown name among them costs nothing, and one that is known is enough.
        QCOMPARE(world.answering("unknown"), (Names{"router: llama", "azure: gpt", "openai: gpt"}));
    }

    void aNamedModelIsSacred() {
        World world;
        world.makeUnusable(0);
        QCOMPARE(world.answering("openai/gpt"), Names{"no_candidate"});
        QCOMPARE(world.answering("mini"), Names{"no_candidate"});
        QCOMPARE(world.answering("gpt"), Names{"azure: gpt"});  // the same model elsewhere
    }

    void theUnusableAreRejectedWithTheirReason() {
        World world;
        world.makeUnusable(0);
        const auto decision = world.decide("gpt");
        QCOMPARE(decision->rejected.size(), std::size_t(1));
        QCOMPARE(decision->rejected.front().provider, std::string("openai"));
        QCOMPARE(decision->rejected.front().model, std::string("gpt"));
        QCOMPARE(decision->rejected.front().reason, std::string("No key is set."));
        const auto none = world.decide("mini");
        QCOMPARE(none.error().code, ErrorCode::NoCandidate);
        QVERIFY(none.error().message.text.find("No key is set.") != std::string::npos);
    }

    void keysMayBeLimitedToModels_data() {
        QTest::addColumn<QString>("patterns");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* patterns, const char* model, const char* expected) {
            QTest::addRow("%s: %s", patterns, model)
                << QString::fromLatin1(patterns) << QString::fromLatin1(model)
                << QString::fromLatin1(expected);
        };
        row("*", "gpt", "openai: gpt, azure: gpt");
        row("gpt", "gpt", "openai: gpt, azure: gpt");
        row("openai/*", "gpt", "openai: gpt");
        row("azure/gpt", "gpt", "azure: gpt");
        row("openai/mini", "gpt", "model_forbidden");
        row("mini,azure/*", "gpt", "azure: gpt");
        row("openai/*", "auto", "openai: gpt");
        row("azure/*", "auto", "model_forbidden");
        row("azure/*", "smart", "azure: gpt");
        row("openai/gpt", "router/openai/gpt", "router: openai/gpt");
        row("fast", "fast", "model_forbidden");  // what answers counts, not how it was called
        row("", "gpt", "model_forbidden");
        row("mini", "unlisted", "model_forbidden");
    }
    void keysMayBeLimitedToModels() {
        QFETCH(QString, patterns);
        QFETCH(QString, model);
        QFETCH(QString, expected);
        World world;
        world.allowed.clear();
        for (const QString& pattern : patterns.split(QLatin1Char(','), Qt::SkipEmptyParts))
            world.allowed.push_back(pattern.toStdString());
        QStringList found;
        for (const std::string& name : world.answering(model.toStdString()))
            found << QString::fromStdString(name);
        QCOMPARE(found.join(QStringLiteral(", ")), expected);
    }

    void aForbiddenFallbackIsLeftOut() {
        World world;
        world.allowed = {"openai/*"};
        world.fallbacks = {"azure/gpt"};
        QCOMPARE(world.answering("openai/gpt"), Names{"openai: gpt"});
    }

    void autoIsAskedOnlyWhereItIsNeeded() {
        World world;
        int asked = 0;
        world.autos = [&asked](std::string_view) {
            ++asked;
            return AutoPicks{{{0, "gpt", "auto"}}, {}, false};
        };
        for (const char* name : {"gpt", "fast", "openai/x", "unlisted"})
            QVERIFY(world.decide(name));
        QCOMPARE(asked, 0);
        QVERIFY(world.decide("smart"));
        QCOMPARE(asked, 1);
        world.fallbacks = {"auto"};
        QVERIFY(world.decide("openai/mini"));
        QCOMPARE(asked, 2);
        world.defaultModel = "openai/mini";
        QCOMPARE(world.answering("auto"), Names{"openai: mini"});
        QCOMPARE(asked, 2);
        // What is asked for by name is no matter of the default.
        QCOMPARE(world.answering("auto:cheap").front(), std::string("openai: gpt"));
        // A default that leads back to `auto` is no circle.
        world.defaultModel = "smart";
        world.fallbacks.clear();
        QCOMPARE(world.answering("auto"), (Names{"azure: gpt", "openai: gpt"}));
        world.defaultModel = "auto:cheap";
        QCOMPARE(world.answering("auto"), Names{"openai: gpt"});
    }

    void whyAutoFindsNobody() {
        World world;
        world.autos = [](std::string_view) {
            AutoPicks picks;
            for (int i = 0; i < 100; ++i)
                picks.rejected.push_back({"p" + std::to_string(i / 4), "m", "It takes no images."});
            return picks;
        };
        const auto decision = world.decide("auto");
        QCOMPARE(decision.error().code, ErrorCode::NoCandidate);
        const std::string& text = decision.error().message.text;
        QVERIFY(text.find("p0: It takes no images. p1: It takes") != std::string::npos);
        QVERIFY(text.size() < 400);
    }

    void aRefusalNamesTheKey() {
        World world;
        world.allowed = {"azure/*"};
        const RouteAsk ask{"openai/gpt", &world.fallbacks, &world.allowed, true, "laptop"};
        const auto refused = route(ask, world.offers, world.aliases, world.defaultModel);
        QVERIFY(!refused);
        QCOMPARE(refused.error().message.text,
                 std::string("The client key \"laptop\" may not use the model \"openai/gpt\"."));
    }

    void withoutFallbackOnlyTheFirstIsTried() {
        World world;
        world.fallback = false;
        world.fallbacks = {"router/llama"};
        QCOMPARE(world.answering("nested"), Names{"router: llama"});
        world.allowed = {"azure/*"};
        QCOMPARE(world.answering("gpt"), Names{"azure: gpt"});
    }

    void patterns_data() {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("matches");
        const auto row = [](const char* pattern, const char* name, bool matches) {
            QTest::addRow("'%s' on '%s'", pattern, name)
                << QByteArray(pattern) << QByteArray(name) << matches;
        };
        row("", "", true);
        row("", "a", false);
        row("*", "", true);
        row("*", "a/b", true);
        row("**", "a", true);
        row("a*", "a", true);
        row("a*", "ba", false);
        row("*b", "ab", true);
        row("*b", "aba", false);
        row("a*c", "abbc", true);
        row("a*c", "abcd", false);
        row("*ab*ab", "abab", true);
        row("*ab*ab", "ab", false);
        row("a*b*c", "a-b-b-c", true);
        row("GPT", "gpt", false);
        row("a?", "ab", false);
        row("a.b", "axb", false);
    }
    void patterns() {
        QFETCH(QByteArray, pattern);
        QFETCH(QByteArray, name);
        QFETCH(bool, matches);
        QCOMPARE(matchesPattern(pattern.toStdString(), name.toStdString()), matches);
    }

    void patternsOfManyStarsEnd() {
        std::string pattern;
        for (int i = 0; i < 1000; ++i)
            pattern += "*a";
        QVERIFY(!matchesPattern(pattern + "b", std::string(10'000, 'a')));
    }
};

QTEST_APPLESS_MAIN(TestRouter)
#include "test_router.moc"
