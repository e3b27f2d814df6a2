// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <random>
#include <set>

#include "base/embedded.h"
#include "support/menu_fixture.h"

using namespace gr;
using namespace gr::routing;
using namespace gr::routing::test;

namespace {

const Scorer& scorer() {
    static const Scorer made = std::move(*Scorer::read(embeddedRouter()));
    return made;
}

Listing& addByPrice(Kitchen& kitchen, const char* provider, std::string model, double in) {
    return kitchen.add(provider, std::move(model), scorer().profile("new", in, 4 * in).quality,
                       {in, 4 * in});
}

// Which of the ladder's models answers each sample prompt at this place of the dial.
std::vector<std::string> answers(Kitchen& kitchen, double dial, auto change) {
    Features room;
    std::vector<std::string> out;
    kitchen.wish.dial = dial;
    for (const char* prompt : samplePrompts()) {
        const Prediction prediction = scorer().predict(change(prompt), 0, room);
        for (std::size_t i = 0; i < kitchen.qualities.size(); ++i)
            kitchen.qualities[i] =
                static_cast<float>(scorer().quality(prediction, kitchen.menu.listings[i].profile));
        out.push_back(kitchen.best());
    }
    return out;
}

double placeOf(const std::string& name) {
    return name == "p/m0" ? 0 : name == "p/m1" ? 0.5 : 1;  // $0.1, $1, $10: even on the ladder
}

struct Noise {
    std::minstd_rand chance{7};
    std::string operator()(std::string text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto dice = chance() % 60;
            if (dice == 0 && i + 1 < text.size() && std::isalpha(text[i]) != 0)
                std::swap(text[i], text[i + 1]);
            out += dice == 1 ? static_cast<char>(std::toupper(text[i])) : text[i];
            if (text[i] == ' ' && dice % 8 == 2)
                out += ' ';
        }
        return out;
    }
};

}  // namespace

class TestMenu final : public QObject {
    Q_OBJECT

  private slots:
    // The dial means what it says: the mean place of the choice on the ladder of prices.
    void theDialIsTheMeanPlaceOnTheLadder() {
        Kitchen kitchen;
        for (int i = 0; i < 3; ++i)
            addByPrice(kitchen, "p", "m" + std::to_string(i), std::pow(10.0, i - 1));
        finish(kitchen.menu, scorer(), kitchen.situation.when);
        const auto same = [](const char* text) { return std::string(text); };
        for (const double dial : {0.0, 0.25, 0.5, 0.75, 1.0}) {
            double mean = 0;
            const auto all = answers(kitchen, dial, same);
            for (const std::string& name : all)
                mean += placeOf(name) / static_cast<double>(all.size());
            // Prompts are few, and stickiness and latency have their say.
            QVERIFY2(std::abs(mean - dial) <= 0.15,
                     qPrintable(QStringLiteral("%1: %2").arg(dial).arg(mean)));
        }
        double weight = 1e9;
        double strong = -1;
        for (const Dial::Knot& knot : kitchen.menu.dial.knots()) {
            QVERIFY(knot.weight <= weight && knot.strong >= strong);
            QVERIFY(knot.saving >= 0 && knot.saving <= 1);
            weight = knot.weight;
            strong = knot.strong;
        }
        QCOMPARE(kitchen.menu.dial.knots().front().strong, 0.0);
        QCOMPARE(kitchen.menu.dial.knots().back().strong, 1.0);
        QVERIFY(kitchen.menu.dial.knots().front().saving > 0.98);
        QCOMPARE(kitchen.menu.dial.knots().back().saving, 0.0);
        const double between = kitchen.menu.dial.at(0.06).weight;
        QVERIFY(between < Dial::kMostWeight);
        QVERIFY(between > kitchen.menu.dial.at(0.125).weight);
    }

    // What costs nothing is the lowest rung, and does not stretch the ladder: the middle of the
    // dial still means models that are worth their money.
    void theMiddleIsNotFree() {
        Kitchen kitchen;
        addByPrice(kitchen, "home", "tiny", 0.03).free = true;
        for (int i = 0; i < 3; ++i)
            addByPrice(kitchen, "p", "m" + std::to_string(i), std::pow(10.0, i - 1));
        finish(kitchen.menu, scorer(), kitchen.situation.when);
        const auto same = [](const char* text) { return std::string(text); };
        const auto all = answers(kitchen, 0.5, same);
        const auto middle = std::count(all.begin(), all.end(), "p/m1");
        QVERIFY2(middle * 3 > static_cast<std::ptrdiff_t>(all.size()),
                 qPrintable(QString::number(middle)));
        QCOMPARE(std::count(all.begin(), all.end(), "home/tiny"), 0);
        const auto cheapest = answers(kitchen, 0, same);
        QCOMPARE(cheapest.front(), std::string("home/tiny"));
    }

    void withoutALadderTheDialStaysUsable() {
        for (const int models : {0, 1, 2}) {
            Kitchen kitchen;
            for (int i = 0; i < models; ++i)
                kitchen.add("p", std::string(1, static_cast<char>('a' + i)), 0.5);
            finish(kitchen.menu, scorer(), kitchen.situation.when);
            QCOMPARE(kitchen.menu.dial.at(0).weight, Dial::kMostWeight);
            QCOMPARE(kitchen.menu.dial.at(2).weight, Dial::kLeastWeight);
            QCOMPARE(kitchen.choose().picks.size(), static_cast<std::size_t>(models));
        }
    }

    // Slips of the finger, case and space: the same model answers nearly always.
    void noiseSeldomChangesTheChoice() {
        Kitchen kitchen;
        for (int i = 0; i < 6; ++i)
            addByPrice(kitchen, "p", "m" + std::to_string(i), 0.1 * std::pow(2.5, i));
        finish(kitchen.menu, scorer(), kitchen.situation.when);
        const auto same = [](const char* text) { return std::string(text); };
        int equal = 0;
        int all = 0;
        for (const double dial : {0.25, 0.5, 0.75}) {
            const auto clean = answers(kitchen, dial, same);
            const auto noisy = answers(kitchen, dial, Noise());
            for (std::size_t i = 0; i < clean.size(); ++i, ++all)
                equal += clean[i] == noisy[i] ? 1 : 0;
        }
        qInfo("the same choice for %d of %d noisy prompts", equal, all);
        QVERIFY(equal * 100 >= all * 85);
    }

    // Of very many models those stay that some request may want, of each provider some, and what
    // is left out is never the answer.
    void whatOthersOutdoIsNotLookedAt() {
        Kitchen kitchen;
        std::minstd_rand chance(3);
        std::vector<std::string> providers;
        for (int i = 0; i < 800; ++i) {
            const double in = 0.02 * std::pow(1.01, static_cast<double>(chance() % 700));
            static const char* const kNames[] = {"a", "b", "c", "d", "e", "f"};
            Listing& listing =
                addByPrice(kitchen, kNames[chance() % 6], "m" + std::to_string(i), in);
            listing.profile.quality *= 0.8 + 0.2 * static_cast<double>(chance() % 100) / 100;
            listing.abilities.tools = chance() % 4 != 0;
            listing.abilities.context = 8'000 << chance() % 5;
            kitchen.qualities.back() = static_cast<float>(listing.profile.quality);
        }
        finish(kitchen.menu, scorer(), kitchen.situation.when);
        const Menu& menu = kitchen.menu;
        QVERIFY(menu.front.size() <= 60);
        QVERIFY(std::is_sorted(menu.front.begin(), menu.front.end()));
        std::set<std::size_t> offers;
        for (const std::size_t index : menu.front)
            offers.insert(menu.listings[index].offer);
        QCOMPARE(offers.size(), std::size_t(6));
        const auto worth = [&](bool all) {
            const Choice choice =
                routing::choose(menu, toConsider(menu, nullptr, all), kitchen.qualities,
                                kitchen.facts, kitchen.situation, kitchen.wish);
            return choice.picks.front().quality + choice.picks.front().costTerm;
        };
        for (const double dial : {0.0, 0.3, 0.7, 1.0}) {
            kitchen.wish.dial = dial;
            QVERIFY2(worth(false) >= worth(true) - 0.02, qPrintable(QString::number(dial)));
        }
    }

    void equalsDoNotThrowEachOtherOut() {
        Kitchen kitchen;
        for (int i = 0; i < 60; ++i)
            kitchen.add(i % 2 == 0 ? "p" : "q", "m" + std::to_string(i), 0.5);
        finish(kitchen.menu, scorer(), kitchen.situation.when);
        QVERIFY(kitchen.menu.front.size() >= 2);
        QVERIFY(kitchen.menu.front.size() < 10);
    }

    // Who served the session is looked at, whatever others can do.
    void theSessionsModelStaysOnTheTable() {
        Kitchen kitchen;
        for (int i = 0; i < 60; ++i)
            kitchen.add("p", "m" + std::to_string(i), 0.5);
        finish(kitchen.menu, scorer(), kitchen.situation.when);
        SessionMemory::Session session;
        session.served = {{"p", "m37", kitchen.situation.now, 0}};
        const auto without = toConsider(kitchen.menu, nullptr, false);
        const auto with = toConsider(kitchen.menu, &session, false);
        QVERIFY(std::find(without.begin(), without.end(), 37U) == without.end());
        QCOMPARE(with.size(), without.size() + 1);
        QCOMPARE(with.back(), std::size_t(37));
    }
};

QTEST_APPLESS_MAIN(TestMenu)
#include "test_menu.moc"
