// SPDX-License-Identifier: MIT
#include <QtTest>

#include "budget_world.h"
#include "gateway/cheaper.h"
#include "gateway/limit_desk.h"

using namespace gr::gateway;
using gr::Money;
using gr::UnixMs;
namespace catalog = gr::catalog;

namespace {

// A model that costs so many dollars for a million tokens, read or written.
struct Model {
    const char* name;
    std::int64_t dollars;  // below zero: nobody knows
    bool capable = true;
    bool seesImages = false;
    std::uint64_t context = 100'000;
};

ProviderEntry provider(const char* id, const std::vector<Model>& models) {
    ProviderEntry entry;
    entry.id = id;
    entry.kind = entry.dialect = "openai";
    entry.baseUrl = std::string("https://") + id + ".example/v1";
    entry.keys.push_back(std::make_shared<const gr::Secret>("k"));
    PriceList prices;
    for (const Model& model : models) {
        entry.models.emplace_back(model.name);
        Quote quote;
        if (model.dollars >= 0) {
            catalog::PriceRow row;
            const catalog::Rate rate{model.dollars * Money::kPicoPerDollar};
            row.rates.set(catalog::TokenClass::Input, rate);
            row.rates.set(catalog::TokenClass::Output, rate);
            catalog::Price price;
            price.rows.push_back(row);
            quote.price = std::make_shared<const catalog::Price>(std::move(price));
        }
        quote.capable = model.capable;
        quote.context = model.context;
        quote.takes.add(catalog::Media::Text);
        if (model.seesImages)
            quote.takes.add(catalog::Media::Image);
        prices.add(model.name, quote);
    }
    entry.prices = std::make_shared<const PriceList>(std::move(prices));
    return entry;
}

SnapshotPtr world(std::vector<std::string> cheaper = {}) {
    auto policy = std::make_shared<Policy>();
    policy->providers = {provider("one", {{"large", 20, true, true},
                                          {"middle", 10},
                                          {"small", 2, true, true, 1'000},
                                          {"unknown", -1},
                                          {"vectors", 1, false}}),
                         provider("two", {{"other", 15}, {"tiny", 1, true, true}, {"dear", 50}})};
    policy->routing.cheaper = std::move(cheaper);
    policy->routing.aliases = {{"fast", {"two/tiny", "one/small"}}};
    return makeSnapshot(std::move(policy));
}

using Names = std::vector<std::string>;

Names namesOf(const Snapshot& snapshot, const TooDear& dear,
              const std::vector<std::string>& allowed = {"*"}) {
    Names out;
    for (const auto& candidate : cheaperThan(snapshot, dear, allowed, UnixMs{kStart})) {
        out.push_back(snapshot.offers[candidate.offer].provider + "/" + candidate.model);
    }
    return out;
}

LimitQuestion question(const std::string& id, std::int64_t needed, std::int64_t spentSoFar) {
    LimitQuestion out;
    out.id = id;
    out.refusal.limit = usdLimit(1'000);
    out.refusal.needed = needed;
    out.refusal.spent = spentSoFar;
    return out;
}

}  // namespace

class AtLimitTest final : public QObject {
    Q_OBJECT

  private slots:
    void cheaperModels() {
        const auto snapshot = world();
        const TooDear large{0, "large"};
        QCOMPARE(namesOf(*snapshot, large),
                 Names({"one/middle", "one/small", "two/other", "two/tiny"}));
        TooDear long_ = large;
        long_.inputTokens = 2'000;
        QCOMPARE(namesOf(*snapshot, long_), Names({"one/middle", "two/other", "two/tiny"}));
        TooDear pictures = large;
        pictures.images = true;
        QCOMPARE(namesOf(*snapshot, pictures), Names({"one/small", "two/tiny"}));
        QCOMPARE(namesOf(*snapshot, large, {"two/*", "middle"}),
                 Names({"one/middle", "two/other", "two/tiny"}));
        QCOMPARE(namesOf(*snapshot, {1, "tiny"}), Names());
    }

    // The owner's own list is taken as it stands, whatever it costs.
    void cheaperByList() {
        const auto snapshot = world({"fast", "two/dear"});
        QCOMPARE(namesOf(*snapshot, {0, "large"}), Names({"two/tiny", "one/small", "two/dear"}));
        QCOMPARE(namesOf(*snapshot, {0, "large"}, {"small"}), Names({"one/small"}));
        QCOMPARE(namesOf(*world({"nobody/knows"}), {0, "large"}), Names());
        QCOMPARE(namesOf(*world({"one/large", "two/tiny"}), {0, "large"}), Names({"two/tiny"}));
    }

    void peopleAnswer() {
        gr::ledger::Budget budget({UnixMs{kStart}, 0});
        budget.apply({usdLimit(1'000)}, {UnixMs{kStart}, 0});
        LimitDesk desk(budget);
        int wakes = 0;
        const auto wake = [&wakes] { ++wakes; };
        auto first = desk.ask(question("1", 300, 900), wake);
        auto second = desk.ask(question("2", 5, 0), wake);
        QVERIFY(first && second);
        QCOMPARE(desk.open().size(), 2U);
        QCOMPARE(desk.open()[0].id, std::string("1"));
        QCOMPARE(desk.open()[0].lacking(), 200);
        QVERIFY(!first->answer());

        const auto little = desk.allow("1", 199);
        QVERIFY(!little && little.error().code == gr::ErrorCode::InvalidField);
        QVERIFY(desk.allow("1"));
        QCOMPARE(first->answer(), std::optional(true));
        QVERIFY(desk.refuse("2"));
        QCOMPARE(second->answer(), std::optional(false));
        QCOMPARE(wakes, 2);
        QVERIFY(desk.open().empty());
        const auto again = desk.refuse("1");
        QVERIFY(!again && again.error().code == gr::ErrorCode::RecordNotFound);
    }

    // Who is gone does not wait any more, and there is an end to how many do.
    void questionsAreBounded() {
        gr::ledger::Budget budget({UnixMs{kStart}, 0});
        LimitDesk desk(budget);
        std::vector<LimitDesk::Ticket> tickets;
        for (std::size_t i = 0; i < LimitDesk::kMostOpen; ++i) {
            auto ticket = desk.ask(question(std::to_string(i), 1, 0), [] {});
            QVERIFY(ticket.has_value());
            tickets.push_back(std::move(*ticket));
        }
        const auto refused = desk.ask(question("more", 1, 0), [] {});
        QVERIFY(!refused && refused.error().code == gr::ErrorCode::Overloaded);
        tickets.clear();
        QVERIFY(desk.open().empty());
    }
};

QTEST_GUILESS_MAIN(AtLimitTest)
#include "test_at_limit.moc"
