// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/embedded.h"
#include "gateway/menu_builder.h"
#include "support/menu_fixture.h"

using namespace gr;
using namespace gr::gateway;
using routing::Use;

namespace {

constexpr UnixMs kNow{1'780'000'000'000};
constexpr std::int64_t kYearMs = 365LL * 24 * 3'600 * 1'000;

const routing::Scorer& scorer() {
    static const routing::Scorer made = std::move(*routing::Scorer::read(embeddedRouter()));
    return made;
}

// USD for a million tokens; below zero: served at home for nothing.
MenuItem item(std::string model, double in, double out, int age = 0) {
    MenuItem made;
    made.model = std::move(model);
    made.abilities.provider = "p";
    made.traits.released = UnixMs{kNow.value - age * kYearMs};
    if (in < 0)
        made.quote.free = true;
    else
        made.quote.price = routing::test::priceOf({in, out});
    return made;
}

std::vector<double> qualities(std::vector<MenuItem> items) {
    std::vector<double> out;
    for (const routing::Listing& listing : makeMenu(std::move(items), scorer(), kNow).listings)
        out.push_back(listing.profile.quality);
    return out;
}

}  // namespace

class TestMenuBuilder final : public QObject {
    Q_OBJECT

  private slots:
    void whatAModelIsFor() {
        const auto byName = [](const char* name) { return traitsOf(name, nullptr).use; };
        for (const char* name : {"gpt-5.5", "llama3.1:8b", "claude-opus-5", "gemini-3.8-flash",
                                 "Qwen/Qwen3-32B", "mistral-large-latest"})
            QVERIFY2(byName(name) == Use::Talk, name);
        for (const char* name : {"text-embedding-3-small", "nomic-embed-text", "BAAI/bge-m3"})
            QVERIFY2(byName(name) == Use::Embed, name);
        for (const char* name : {"whisper-1", "gpt-image-2", "gpt-realtime-2.1", "omni-moderation",
                                 "meta-llama/llama-guard-4-12b", "gemini-2.5-flash-preview-tts"})
            QVERIFY2(byName(name) == Use::Other, name);
        catalog::ModelInfo info;
        info.gives.add(catalog::Media::Text);
        QVERIFY(traitsOf("m", &info).use == Use::Talk);
        info.gives.add(catalog::Media::Image);
        info.status = catalog::ModelStatus::Deprecated;
        QVERIFY(traitsOf("m", &info).use == Use::Other);
        QVERIFY(traitsOf("m", &info).deprecated);
    }

    void sizesInNames() {
        QCOMPARE(billionsIn("llama3.1:8b"), std::optional(8.0));
        QCOMPARE(billionsIn("Qwen2.5-0.5B-Instruct"), std::optional(0.5));
        QCOMPARE(billionsIn("mixtral-8x7b"), std::optional(56.0));
        QCOMPARE(billionsIn("qwen3-30b-a3b"), std::optional(30.0));
        QVERIFY(!billionsIn("gpt-5.5"));
        QVERIFY(!billionsIn("b"));
        QVERIFY(!billionsIn("grok-4-beta"));
    }

    // Dearer is better, up to a bound; newer is better; at home the size counts.
    void whatNobodyMeasuredIsGuessed() {
        const auto q = qualities({item("a", 0.1, 0.4), item("b", 2, 10), item("c", 5, 30),
                                  item("d", 30, 180), item("b", 2, 10, 2), item("e:3b", -1, 0),
                                  item("e:70b", -1, 0), item("e", -1, 0)});
        QVERIFY(q[0] < q[1] && q[1] < q[2]);
        QVERIFY(std::abs(q[2] - q[3]) < 0.02);
        QVERIFY(q[4] < q[1] - 0.1);
        QVERIFY(q[5] < q[6]);
        QVERIFY(q[5] < q[7] && q[7] < q[6]);
        QVERIFY(q[6] < q[1]);
    }

    // Among measured models the measurement counts; beside others its scale means nothing.
    void measuredModelsBesideOthers() {
        const char* const kOld = "gpt-4o-2024-08-06";
        const char* const kOlder = "gpt-4o-mini-2024-07-18";
        const auto all =
            makeMenu({item(kOld, 2.5, 10, 2), item(kOlder, 0.15, 0.6, 2)}, scorer(), kNow);
        const auto measured = scorer().profile(kOld, std::nullopt, std::nullopt);
        QVERIFY(measured.known);
        QCOMPARE(all.listings[0].profile.quality, measured.quality);
        const auto some = makeMenu({item(kOld, 2.5, 10, 2), item("new", 2.5, 10)}, scorer(), kNow);
        for (const char* prompt : {"Thanks, that worked.",
                                   "Prove that a continuous function on [0,1] all of whose moments "
                                   "vanish, the integrals of f(x) x^n, is 0."}) {
            routing::Features room;
            const routing::Prediction seen = scorer().predict(prompt, 0, room);
            QVERIFY(scorer().quality(seen, some.listings[0].profile) <
                    scorer().quality(seen, some.listings[1].profile));
        }
    }
};

QTEST_APPLESS_MAIN(TestMenuBuilder)
#include "test_menu_builder.moc"
