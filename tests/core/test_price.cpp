// SPDX-License-Identifier: MIT
#include <QtTest>
#include <limits>
#include <random>

#include "base/time_text.h"
#include "catalog/catalog.h"

using gr::Money;
using gr::TokenUsage;
using gr::UnixMs;
using gr::catalog::Bounds;
using gr::catalog::Catalog;
using gr::catalog::costOf;
using gr::catalog::Price;
using gr::catalog::PriceRow;
using gr::catalog::Rate;
using gr::catalog::TokenClass;
using gr::catalog::worstCase;

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

UnixMs at(const char* time) {
    return gr::parseTime(time).value();
}

// Rates by their class, in decimals; "" is untold.
Price priceOf(std::initializer_list<std::pair<TokenClass, const char*>> rates) {
    PriceRow row;
    for (const auto& [tokens, text] : rates)
        row.rates.set(tokens, Rate::parse(text));
    Price price;
    price.rows.push_back(row);
    return price;
}

std::shared_ptr<const Price> ofCatalog(const char* provider, const char* model) {
    static const Catalog catalog = Catalog::embedded();
    const auto match = findModel(*catalog.findById(provider), model);
    return match.model != nullptr ? match.model->price : nullptr;
}

QString text(const std::optional<Money>& money) {
    return money ? QString::fromStdString(money->toDecimal()) : QStringLiteral("unknown");
}

QString cost(const Price& price, const TokenUsage& usage, const char* when = "2026-11-22",
             const char* mode = "") {
    return text(costOf(price, usage, at(when), mode));
}

}  // namespace

class TestPrice final : public QObject {
    Q_OBJECT

  private slots:
    void readsRatesExactly_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("pico");
        const auto row = [](const char* name, qint64 pico) { QTest::newRow(name) << name << pico; };
        row("0", 0);
        row("2.5", 2'500'000'000'000);
        row("0.0375", 37'500'000'000);
        row("0.003625", 3'625'000'000);
        row("1e-12", 1);
        row("1.5E+2", 150'000'000'000'000);
        row("25e-1", 2'500'000'000'000);
        row("0.0000000000005", 1);  // half up at the thirteenth decimal
        row("0.00000000000049", 0);
        row("0.19999999999999998", 200'000'000'000);
        row("5e-13", 1);
        row("4e-13", 0);
        row("0e400", 0);
        row("9223372.036854775807", kMost);
        for (const char* bad : {"", "-1", "+1", ".5", "5.", "1.2.3", "0x10", "1e", "1e401", "1 ",
                                "9223372.036854775808", "1e7", "NaN", "$1", "1e0.5"})
            QTest::newRow(bad) << bad << qint64(-1);
    }
    void readsRatesExactly() {
        QFETCH(QString, text);
        QFETCH(qint64, pico);
        const auto rate = Rate::parse(text.toStdString());
        QCOMPARE(rate ? qint64(rate->picoPerMillion) : qint64(-1), pico);
    }

    void fallsBackAsTold() {
        const Price price = priceOf({{TokenClass::Input, "3"}, {TokenClass::Output, "15"}});
        const auto& rates = price.rows.front().rates;
        QCOMPARE(rates.of(TokenClass::CacheRead)->toDecimal(), std::string("3.00"));
        QCOMPARE(rates.of(TokenClass::CacheWrite5m)->toDecimal(), std::string("3.00"));
        QCOMPARE(rates.of(TokenClass::CacheWrite1h)->toDecimal(), std::string("6.00"));
        QCOMPARE(rates.of(TokenClass::AudioInput)->toDecimal(), std::string("3.00"));
        QCOMPARE(rates.of(TokenClass::Reasoning)->toDecimal(), std::string("15.00"));
        QCOMPARE(rates.of(TokenClass::AudioOutput)->toDecimal(), std::string("15.00"));
        QVERIFY(!rates.told(TokenClass::CacheRead));
        const Price dear = priceOf({{TokenClass::Input, "1"}, {TokenClass::CacheWrite5m, "9"}});
        QCOMPARE(dear.rows.front().rates.of(TokenClass::CacheWrite1h)->toDecimal(),
                 std::string("9.00"));
        QVERIFY(!dear.rows.front().rates.of(TokenClass::Output));
    }

    // 1,000 fresh, 2,000 read, 300 and 400 written, 50 of sound; 700, 600 and 20 back.
    void countsEachClassOnce() {
        const Price price = priceOf({{TokenClass::Input, "3"},
                                     {TokenClass::CacheRead, "0.3"},
                                     {TokenClass::CacheWrite5m, "3.75"},
                                     {TokenClass::CacheWrite1h, "6"},
                                     {TokenClass::AudioInput, "32"},
                                     {TokenClass::Output, "15"},
                                     {TokenClass::Reasoning, "12"},
                                     {TokenClass::AudioOutput, "64"}});
        const TokenUsage usage{.input = 1'000,
                               .cacheRead = 2'000,
                               .cacheWrite5m = 300,
                               .cacheWrite1h = 400,
                               .audioInput = 50,
                               .output = 700,
                               .reasoning = 600,
                               .audioOutput = 20};
        // 3000 + 600 + 1125 + 2400 + 1600 + 10500 + 7200 + 1280 millionths of a dollar
        QCOMPARE(cost(price, usage), QStringLiteral("0.027705"));
    }

    void roundsOnceHalfUp() {
        // Three classes of a third of a pico-dollar each: rounded apart they would be nothing.
        Price price = priceOf({{TokenClass::Input, "0.000000333333"},
                               {TokenClass::CacheRead, "0.000000333333"},
                               {TokenClass::Output, "0.000000333334"}});
        QCOMPARE(cost(price, {.input = 1, .cacheRead = 1, .output = 1}),
                 QStringLiteral("0.000000000001"));
        price = priceOf({{TokenClass::Input, "0.0000005"}, {TokenClass::Output, "0"}});
        QCOMPARE(cost(price, {.input = 1}), QStringLiteral("0.000000000001"));
        price = priceOf({{TokenClass::Input, "0.000000499999"}, {TokenClass::Output, "0"}});
        QCOMPARE(cost(price, {.input = 1}), QStringLiteral("0.00"));
    }

    void unknownIsNeverZero() {
        const Price noOutput = priceOf({{TokenClass::Input, "1"}});
        QCOMPARE(cost(noOutput, {.input = 1'000'000}), QStringLiteral("1.00"));
        QCOMPARE(cost(noOutput, {.input = 1'000'000, .output = 0}), QStringLiteral("1.00"));
        QCOMPARE(cost(noOutput, {.input = 1, .output = 1}), QStringLiteral("unknown"));
        QCOMPARE(cost(noOutput, {}), QStringLiteral("unknown"));
        QCOMPARE(cost(Price(), {.input = 1}), QStringLiteral("unknown"));
        QCOMPARE(cost(noOutput, {.input = 1, .webSearches = 1}), QStringLiteral("unknown"));
        QVERIFY(!worstCase(noOutput, {.inputTokens = 1, .outputTokens = 1}, at("2026-11-22")));
        QVERIFY(!worstCase(Price(), {.inputTokens = 1}, at("2026-11-22")));
        QVERIFY(!worstCase(noOutput, {.inputTokens = -1}, at("2026-11-22")));
    }

    void neverWraps() {
        const Price price = priceOf({{TokenClass::Input, "9000000"}, {TokenClass::Output, "1"}});
        QCOMPARE(cost(price, {.input = kMost, .cacheRead = kMost, .cacheWrite5m = kMost}),
                 QStringLiteral("unknown"));
        QCOMPARE(cost(price, {.input = 1'100'000}), QStringLiteral("unknown"));
        QVERIFY(!worstCase(price, {.inputTokens = kMost, .outputTokens = kMost}, UnixMs{kMost}));
        QVERIFY(cost(price, {.input = 1'000'000}) == QStringLiteral("9000000.00"));
    }

    void largePromptsHaveTheirTier() {
        const auto price = ofCatalog("openai", "gpt-5.4");
        QVERIFY(price);
        // The limit itself is still the base; cached tokens belong to the prompt.
        QCOMPARE(cost(*price, {.input = 272'000, .output = 0}), QStringLiteral("0.68"));
        QCOMPARE(cost(*price, {.input = 1, .cacheRead = 272'000, .output = 0}),
                 QStringLiteral("0.136005"));
    }

    void modesHaveTheirPrices() {
        const auto price = ofCatalog("anthropic", "claude-opus-5");
        QVERIFY(price);
        const TokenUsage usage{.input = 1'000, .output = 1'000};
        QCOMPARE(cost(*price, usage), QStringLiteral("0.03"));
        QCOMPARE(cost(*price, usage, "2026-11-22", "fast"), QStringLiteral("0.06"));
        QCOMPARE(cost(*price, usage, "2026-11-22", "never heard of"), QStringLiteral("0.03"));
        QCOMPARE(price->modes.size(), std::size_t(1));
        QCOMPARE(price->modes.front().field + "=" + price->modes.front().value,
                 std::string("speed=fast"));
    }

    void peakHoursAndDates_data() {
        QTest::addColumn<QByteArray>("when");
        QTest::addColumn<QString>("expected");
        QTest::newRow("before") << QByteArray("2026-08-16T23:59:59.999Z") << "0.435";
        QTest::newRow("before, at night") << QByteArray("2026-08-16T02:00:00Z") << "0.435";
        QTest::newRow("from the day") << QByteArray("2026-08-17") << "0.66";
        QTest::newRow("window begins") << QByteArray("2026-11-22T01:00:00Z") << "1.32";
        QTest::newRow("window's last") << QByteArray("2026-11-22T03:59:59.999Z") << "1.32";
        QTest::newRow("window is over") << QByteArray("2026-11-22T04:00:00Z") << "0.66";
        QTest::newRow("second window") << QByteArray("2026-11-22T09:00:00Z") << "1.32";
        QTest::newRow("evening") << QByteArray("2026-11-22T20:00:00Z") << "0.66";
    }
    void peakHoursAndDates() {
        QFETCH(QByteArray, when);
        QFETCH(QString, expected);
        const auto price = ofCatalog("deepseek", "deepseek-v4-pro");
        QVERIFY(price);
        QCOMPARE(cost(*price, {.input = 1'000'000, .output = 0}, when.constData()), expected);
    }

    void windowsRunOverMidnight() {
        Price price = priceOf({{TokenClass::Input, "1"}});
        PriceRow night = price.rows.front();
        night.firstMinute = 22 * 60;
        night.endMinute = 6 * 60;
        night.rates.set(TokenClass::Input, Rate::parse("0.5"));
        price.rows.push_back(night);
        const TokenUsage usage{.input = 1'000'000};
        QCOMPARE(cost(price, usage, "2026-11-22T21:59:59Z"), QStringLiteral("1.00"));
        QCOMPARE(cost(price, usage, "2026-11-22T22:00:00Z"), QStringLiteral("0.50"));
        QCOMPARE(cost(price, usage, "2026-11-22T00:00:00Z"), QStringLiteral("0.50"));
        QCOMPARE(cost(price, usage, "2026-11-22T06:00:00Z"), QStringLiteral("1.00"));
    }

    void searchesCostByTheThousand() {
        const auto price = ofCatalog("anthropic", "claude-opus-5");
        QCOMPARE(cost(*price, {.input = 0, .output = 0, .webSearches = 3}), QStringLiteral("0.03"));
        QCOMPARE(text(worstCase(*price, {.webSearches = 3}, at("2026-11-22"))),
                 QStringLiteral("0.03"));
    }

    void zeroForPicturesAndSongsIsUnknown() {
        QVERIFY(!ofCatalog("google", "lyria-3-pro-preview"));
        QVERIFY(!ofCatalog("openai", "chatgpt-image-latest"));
        const auto free = ofCatalog("zai", "glm-4.7-flash");
        QVERIFY(free);
        QCOMPARE(cost(*free, {.input = 5, .output = 5}), QStringLiteral("0.00"));
    }

    void worstCaseKnowsWhatCannotBe() {
        const auto price = ofCatalog("anthropic", "claude-opus-5");
        const UnixMs now = at("2026-11-22");
        Bounds bounds{.inputTokens = 1'000'000, .outputTokens = 0};
        QCOMPARE(text(worstCase(*price, bounds, now)), QStringLiteral("10.00"));  // 1 h writes
        bounds.cacheWrite1h = false;
        QCOMPARE(text(worstCase(*price, bounds, now)), QStringLiteral("6.25"));
        bounds.cacheWrite5m = false;
        QCOMPARE(text(worstCase(*price, bounds, now)), QStringLiteral("5.00"));
        bounds.anyMode = true;
        QCOMPARE(text(worstCase(*price, bounds, now)), QStringLiteral("10.00"));
    }

    void knowsWhichModesHaveAPrice_data() {
        QTest::addColumn<QString>("provider");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("priced");
        const auto row = [](const char* model, const char* field, const char* value, bool priced) {
            const QString name = QString::fromLatin1(model);
            QTest::addRow("%s %s %s", model, field, value)
                << name.section(u'/', 0, 0) << name.section(u'/', 1) << QString::fromLatin1(field)
                << QString::fromLatin1(value) << priced;
        };
        for (const char* usual : {"auto", "default", "standard", "flex", "batch", "STANDARD"})
            row("openai/gpt-5-nano", "service_tier", usual, true);
        row("openai/gpt-5.4", "service_tier", "priority", true);
        row("openai/gpt-5.4", "service_tier", "fast", true);  // the newer name
        row("openai/gpt-5.4", "service_tier", "scale", false);
        row("openai/gpt-5.4", "speed", "priority", false);
        row("openai/gpt-5-nano", "service_tier", "priority", false);
        row("anthropic/claude-opus-5", "speed", "fast", true);
        row("anthropic/claude-opus-5", "speed", "faster", false);
        row("anthropic/claude-haiku-4-5", "speed", "fast", false);
        row("anthropic/claude-opus-5", "service_tier", "standard_only", true);
        row("anthropic/claude-opus-5", "inference_geo", "us", false);
        row("anthropic/claude-opus-5", "inference_geo", "global", true);
    }
    void knowsWhichModesHaveAPrice() {
        QFETCH(QString, provider);
        QFETCH(QString, model);
        QFETCH(QString, field);
        QFETCH(QString, value);
        const auto price = ofCatalog(provider.toUtf8().constData(), model.toUtf8().constData());
        QVERIFY(price);
        QTEST(isPriced(*price, field.toStdString(), value.toStdString(), at("2026-11-22")),
              "priced");
    }

    // Rows that are over do not tell what a mode costs.
    void aModeWhoseRowsEndedHasNoPrice() {
        Price price = priceOf({{TokenClass::Input, "1"}});
        price.modes.push_back({"fast", "speed", "fast"});
        QVERIFY(!isPriced(price, "speed", "fast", at("2026-11-22")));
        price.rows.push_back(price.rows.front());
        price.rows[1].mode = "fast";
        price.rows[1].until = at("2026-11-21");
        QVERIFY(isPriced(price, "speed", "fast", at("2026-11-20")));
        QVERIFY(!isPriced(price, "speed", "fast", at("2026-11-22")));
    }

    // A price that changes within the hour counts already; one that ended does not.
    void worstCaseLooksAhead() {
        Price price = priceOf({{TokenClass::Input, "1"}});
        price.rows.push_back(price.rows.front());
        price.rows[0].until = at("2026-11-22T12:00:00Z");
        price.rows[1].from = at("2026-11-22T12:00:00Z");
        price.rows[1].rates.set(TokenClass::Input, Rate::parse("3"));
        const Bounds bounds{.inputTokens = 1'000'000, .cacheWrite1h = false};
        const auto worst = [&](const char* when) {
            return text(worstCase(price, bounds, at(when)));
        };
        QCOMPARE(worst("2026-11-22T10:00:00Z"), QStringLiteral("1.00"));
        QCOMPARE(worst("2026-11-22T11:30:00Z"), QStringLiteral("3.00"));
        price.rows[1].rates.set(TokenClass::Input, Rate::parse("0.5"));
        QCOMPARE(worst("2026-11-22T13:00:00Z"), QStringLiteral("0.50"));
    }

    // Over all priced models of the catalog, with chance as the tester: more tokens never cost
    // less within a tier, two halves cost as much as the whole but for rounding, and no split of
    // the tokens costs more than the worst case.
    void holdsItsLaws() {
        std::mt19937_64 random(7);
        const Catalog catalog = Catalog::embedded();
        int models = 0;
        for (const auto& provider : catalog.providers()) {
            for (const auto& model : provider.models) {
                if (!model.price)
                    continue;
                ++models;
                for (int i = 0; i < 8; ++i)
                    checkLaws(*model.price, random);
            }
        }
        QVERIFY(models > 700);
    }

  private:
    static TokenUsage someTokens(std::mt19937_64& random, std::int64_t most) {
        const auto some = [&] {
            return random() % 3 == 0 ? 0
                                     : static_cast<std::int64_t>(random() % std::uint64_t(most));
        };
        return {.input = some(),
                .cacheRead = some(),
                .cacheWrite5m = some(),
                .cacheWrite1h = some(),
                .audioInput = some(),
                .output = some(),
                .reasoning = some(),
                .audioOutput = some()};
    }

    static void checkLaws(const Price& price, std::mt19937_64& random) {
        const UnixMs when{static_cast<std::int64_t>(1'780'000'000'000 + random() % 20'000'000'000)};
        const char* const mode =
            price.modes.empty() || random() % 2 == 0 ? "" : price.modes.front().name.c_str();
        const TokenUsage usage = someTokens(random, random() % 2 == 0 ? 500 : 200'000);
        const auto whole = costOf(price, usage, when, mode);
        if (!whole)
            return;
        QVERIFY(whole->pico() >= 0);

        const Bounds bounds{.inputTokens = *usage.inputTotal() + std::int64_t(random() % 5),
                            .outputTokens = *usage.outputTotal() + std::int64_t(random() % 5),
                            .anyMode = *mode != 0};
        const UnixMs before{when.value - std::int64_t(random() % 3'600'000)};
        const auto worst = worstCase(price, bounds, before);
        QVERIFY(worst && *worst >= *whole);

        TokenUsage more = usage;
        more.output = *more.output + 1 + std::int64_t(random() % 1'000);
        QVERIFY(*costOf(price, more, when, mode) >= *whole);

        // Halves of the answer, with the prompt's tokens in both, so that the tier is the same.
        TokenUsage prompt = usage;
        prompt.output = prompt.reasoning = prompt.audioOutput = 0;
        TokenUsage firstHalf = usage;
        firstHalf.output = *usage.output / 2;
        firstHalf.reasoning = firstHalf.audioOutput = 0;
        TokenUsage rest = usage;
        rest.output = *usage.output - *firstHalf.output;
        const auto sum = costOf(price, firstHalf, when, mode)
                             ->plus(*costOf(price, rest, when, mode))
                             ->minus(*costOf(price, prompt, when, mode));
        QVERIFY(std::abs(sum->pico() - whole->pico()) <= 2);
    }
};

QTEST_APPLESS_MAIN(TestPrice)
#include "test_price.moc"
