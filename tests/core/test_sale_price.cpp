// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/quote_desk.h"
#include "gateway/sale_list.h"
#include "gateway/sale_price.h"

using namespace gr;
using namespace gr::gateway;
using payment::MoneyKind;

namespace {

// A provider with one model that costs so many dollars for a million tokens, read or written.
ProviderEntry provider(const char* id, std::int64_t dollars,
                       std::optional<std::uint64_t> maxOutput = {}) {
    ProviderEntry entry;
    entry.id = id;
    entry.kind = entry.dialect = "openai";
    entry.baseUrl = std::string("https://") + id + ".example/v1";
    entry.keys.push_back(std::make_shared<const Secret>("k"));
    entry.models = {"m"};
    Quote quote;
    quote.maxOutput = maxOutput;
    if (dollars >= 0) {
        catalog::PriceRow row;
        const catalog::Rate rate{dollars * Money::kPicoPerDollar};
        row.rates.set(catalog::TokenClass::Input, rate);
        row.rates.set(catalog::TokenClass::Output, rate);
        catalog::Price price;
        price.rows.push_back(row);
        quote.price = std::make_shared<const catalog::Price>(std::move(price));
    }
    PriceList prices;
    prices.add("m", quote);
    entry.prices = std::make_shared<const PriceList>(std::move(prices));
    return entry;
}

SnapshotPtr world(std::vector<ProviderEntry> providers) {
    auto policy = std::make_shared<Policy>();
    policy->providers = std::move(providers);
    return makeSnapshot(std::move(policy));
}

// A request of so many tokens that sets no maximum.
protocol::Bound bound(std::int64_t input) {
    protocol::Bound made;
    made.inputTokens = input;
    made.cacheWrite5m = false;
    return made;
}

settings::Sell terms() {
    settings::Sell sell;
    sell.markupPermyriad = 2'000;
    sell.defaultOutput = 1'000;
    return sell;
}

std::vector<routing::Candidate> all(const Snapshot& snapshot) {
    std::vector<routing::Candidate> out;
    for (std::size_t i = 0; i < snapshot.providers.size(); ++i)
        out.push_back({i, "m", ""});
    return out;
}

std::string placesOf(const SalePrice& price) {
    std::string out;
    for (const SalePrice::Place& place : price.places)
        out += place.provider + " ";
    return out;
}

constexpr UnixMs kNow{1'790'000'000'000};

}  // namespace

class TestSalePrice final : public QObject {
    Q_OBJECT

  private slots:
    void theWorstCaseWithTheMarkup() {
        const auto snapshot = world({provider("one", 100)});
        const auto price = priceSale(*snapshot, terms(), bound(500), all(*snapshot), kNow);
        QVERIFY(price);
        // 1,500 tokens at $100 a million, and 20 % of it.
        QCOMPARE(price->cost.toDecimal(), std::string("0.15"));
        QCOMPARE(price->price.toDecimal(), std::string("0.18"));
        QCOMPARE(price->outputCap, std::int64_t(1'000));
    }

    void roundedUpAndNeverBelowTheMinimum() {
        const auto snapshot = world({provider("one", 1)});
        settings::Sell third = terms();
        third.markupPermyriad = 3'333;
        third.minimum = *Money::parse("0.000001");
        third.defaultOutput = 1;
        const auto odd = priceSale(*snapshot, third, bound(0), all(*snapshot), kNow);
        QCOMPARE(odd->price.pico(), odd->cost.pico() + (odd->cost.pico() * 3'333 + 9'999) / 10'000);
        third.minimum = *Money::parse("0.25");
        const auto dear = priceSale(*snapshot, third, bound(0), all(*snapshot), kNow);
        QCOMPARE(dear->price.toDecimal(), std::string("0.25"));
    }

    void whoCostsNoMoreMayStandIn() {
        const auto snapshot = world({provider("unknown", -1), provider("first", 10),
                                     provider("dearer", 11), provider("cheaper", 9)});
        const auto price = priceSale(*snapshot, terms(), bound(500), all(*snapshot), kNow);
        QCOMPARE(placesOf(*price), std::string("first cheaper "));
        const auto pinned = pinnedBy(*price, *snapshot);
        QCOMPARE(pinned.size(), std::size_t(2));
        QCOMPARE(pinned[0].offer, std::size_t(1));
        QCOMPARE(pinned[1].offer, std::size_t(3));
        // Of another day's configuration some are left, perhaps none.
        QCOMPARE(pinnedBy(*price, *world({provider("cheaper", 9)})).size(), std::size_t(1));
        QVERIFY(pinnedBy(*price, *world({provider("other", 9)})).empty());
    }

    void byUseIsChargedBetweenTheMinimumAndThePrice() {
        SalePrice price;
        price.price = *Money::parse("0.18");
        const settings::Sell sell = terms();
        QCOMPARE(chargeFor(sell, *Money::parse("0.05"), price).toDecimal(), std::string("0.06"));
        QCOMPARE(chargeFor(sell, Money(), price).toDecimal(), std::string("0.001"));
        QCOMPARE(chargeFor(sell, *Money::parse("9"), price).toDecimal(), std::string("0.18"));
        QCOMPARE(chargeFor(sell, std::nullopt, price).toDecimal(), std::string("0.18"));
    }

    void aSmallModelIsPricedByItsOwnMaximum() {
        const auto snapshot = world({provider("one", 100, 200)});
        const auto price = priceSale(*snapshot, terms(), bound(0), all(*snapshot), kNow);
        QCOMPARE(price->outputCap, std::int64_t(200));
        QCOMPARE(price->cost.toDecimal(), std::string("0.02"));
    }

    void whatHasNoBoundHasNoPrice() {
        const auto snapshot = world({provider("unknown", -1), provider("one", 10)});
        protocol::Bound open = bound(10);
        open.unbounded = "tools[0].type web_search";
        const auto price = priceSale(*snapshot, terms(), open, all(*snapshot), kNow);
        QVERIFY(!price);
        QVERIFY(price.error().code == ErrorCode::CostUnbounded);
        QCOMPARE(price.error().field, std::string("tools[0].type web_search"));
        const auto nobody = world({provider("unknown", -1)});
        QVERIFY(!priceSale(*nobody, terms(), bound(10), all(*nobody), kNow));
    }

    void aModeWithoutAPriceHasNone() {
        const auto snapshot = world({provider("one", 10)});
        protocol::Bound dear = bound(10);
        dear.modes = {{"service_tier", "priority"}};
        const auto price = priceSale(*snapshot, terms(), dear, all(*snapshot), kNow);
        QVERIFY(!price);
        QVERIFY(price.error().code == ErrorCode::CostUnbounded);
        QCOMPARE(price.error().field, std::string("service_tier priority"));
    }

    // A count of tokens is true for one vocabulary.
    void whoCountsAsTheFirstOneMayStandIn() {
        ProviderEntry elsewhere = provider("elsewhere", 1);
        elsewhere.dialect = "groq";
        const auto snapshot =
            world({provider("openai", 1), std::move(elsewhere), provider("second", 1)});
        const auto named = [](std::size_t offer, const char* model) {
            return routing::Candidate{offer, model, ""};
        };
        const auto kept = ofOneVocabulary(
            *snapshot, {named(0, "gpt-4o"), named(1, "gpt-4o"), named(2, "gpt-4o-mini"),
                        named(2, "gpt-4-turbo"), named(0, "claude-sonnet-4")});
        QCOMPARE(kept.size(), std::size_t(2));
        QCOMPARE(kept[0].offer, std::size_t(0));
        QCOMPARE(kept[1].model, std::string("gpt-4o-mini"));
        QVERIFY(!countRuleOf(*snapshot, named(1, "gpt-4o")).own);
    }

    void whatIsForSaleIsListedOnceWithItsPrice() {
        ProviderEntry seller = provider("seller", 1);
        seller.paysX402 = true;
        ProviderEntry play = provider("sandbox", -1);
        play.simulated = true;
        play.models = {"play"};
        const auto snapshot =
            world({std::move(seller), provider("unknown", -1), provider("first", 10),
                   provider("second", 20), std::move(play)});
        SaleEntry sale;
        sale.terms = terms();
        sale.terms.minimum = *Money::parse("0.001");
        payment::Network real;
        real.money = MoneyKind::Real;
        sale.chains.push_back({real, {}});
        const auto list = modelsForSale(*snapshot, sale, {"*"}, kNow);
        QCOMPARE(list.size(), std::size_t(1));
        QCOMPARE(list[0].id, std::string("m"));
        QCOMPARE(list[0].input.toDecimal(), std::string("0.000012"));
        QCOMPARE(list[0].output.toDecimal(), std::string("0.000012"));
        QCOMPARE(list[0].minimum.toDecimal(), std::string("0.001"));
        QVERIFY(modelsForSale(*snapshot, sale, {"other*"}, kNow).empty());
        QCOMPARE(modelsForSale(*snapshot, sale, {"second/*"}, kNow)[0].input.toDecimal(),
                 std::string("0.000024"));
    }

    void sellersThatAreAskedFirstAreNotResold() {
        ProviderEntry seller = provider("seller", 1);
        seller.paysX402 = true;
        const auto snapshot = world({std::move(seller)});
        QVERIFY(!priceSale(*snapshot, terms(), bound(10), all(*snapshot), kNow));
    }

    void simulationsAreApart() {
        ProviderEntry play = provider("sandbox", -1);
        play.simulated = true;
        play.prices = nullptr;
        const auto snapshot = world({std::move(play), provider("real", 1)});
        const auto price = priceSale(*snapshot, terms(), bound(10), all(*snapshot), kNow);
        QVERIFY(price->simulated);
        QCOMPARE(placesOf(*price), std::string("sandbox "));
        QCOMPARE(price->price.toDecimal(), std::string("0.001"));
    }

    void kindsOfMoneyDoNotMix() {
        QVERIFY(isSoldFor(false, MoneyKind::Real, false));
        for (const MoneyKind worthless : {MoneyKind::Test, MoneyKind::Play}) {
            QVERIFY(!isSoldFor(false, worthless, false));
            QVERIFY(isSoldFor(false, worthless, true));
            QVERIFY(isSoldFor(true, worthless, false));
        }
        QVERIFY(!isSoldFor(true, MoneyKind::Real, true));
    }

    void quotesHoldForAWhile() {
        QuoteDesk desk;
        const SteadyTime now{};
        const auto price = std::make_shared<const SalePrice>();
        desk.keep("a", price, now);
        QVERIFY(desk.find("a", now) == price);
        QVERIFY(desk.find("a", now + QuoteDesk::kGoodFor - Milliseconds(1)) == price);
        QVERIFY(!desk.find("a", now + QuoteDesk::kGoodFor));
        QVERIFY(!desk.find("b", now));
        // Asked again it holds from then on.
        const auto newer = std::make_shared<const SalePrice>();
        desk.keep("a", newer, now + Milliseconds(1'000));
        QVERIFY(desk.find("a", now + QuoteDesk::kGoodFor) == newer);
        desk.forget();
        QVERIFY(!desk.find("a", now));
    }

    void quotesAreBounded() {
        QuoteDesk desk;
        const auto price = std::make_shared<const SalePrice>();
        for (std::size_t i = 0; i <= QuoteDesk::kMost; ++i)
            desk.keep(std::to_string(i), price, SteadyTime{});
        QVERIFY(!desk.find("0", SteadyTime{}));
        QVERIFY(desk.find("1", SteadyTime{}));
        QVERIFY(desk.find(std::to_string(QuoteDesk::kMost), SteadyTime{}));
    }
};

QTEST_APPLESS_MAIN(TestSalePrice)
#include "test_sale_price.moc"
