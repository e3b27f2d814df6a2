// SPDX-License-Identifier: MIT
// Other lists of models and prices: what they change, and what they never may.
#include <QtTest>
#include <algorithm>

#include "base/time_text.h"
#include "catalog/catalog_diff.h"
#include "catalog/overlay.h"

using gr::Money;
using gr::UnixMs;
using namespace gr::catalog;

namespace {

std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

const UnixMs kNow = *gr::parseTime("2026-11-23T12:00:00Z");
const UnixMs kBefore = *gr::parseTime("2026-11-23T11:59:59Z");

Catalog base() {
    const auto catalog = Catalog::parse(json(
        "{'providers':{'shop':{'name':'Shop','api':'https://shop.example/v1','env':['SHOP_KEY'],"
        "'models':{'m':{'name':'M','limit':{'context':1000},'cost':{'input':1,'output':4,"
        "'cache_write_1h':3,'web_search_per_1k':10,'tiers':[{'input':2,'output':8,"
        "'tier':{'size':500}}]},'modes':{'fast':{'cost':{'input':9,'output':9},"
        "'provider':{'body':{'speed':'fast'}}}}},'free':{'cost':{'input':0,'output':0}},"
        "'tiered':{'cost':{'input':1,'tiers':[{'input':2,'tier':{'size':500}}]}},"
        "'hourly':{'cost_by_time':[{'input_mtok':1,'output_mtok':1},{'when':{'start_time':"
        "'01:00:00Z','end_time':'02:00:00Z'},'input_mtok':2,'output_mtok':2}]}}}}}"));
    return *catalog;
}

std::vector<ProviderInfo> list(const std::string& models) {
    const auto read = readModelsDev(json("{'shop':{'models':{" + models + "}}}"));
    return read ? *read : std::vector<ProviderInfo>();
}

const ModelInfo* model(const Catalog& catalog, std::string_view id) {
    return findModel(*catalog.findById("shop"), id).model;
}

// One line a change: "m input -1 1.00>2.00!".
QStringList told(const CatalogDiff& diff) {
    QStringList lines;
    for (const ModelChange& change : diff.models) {
        const QString id = QString::fromStdString(change.model);
        if (change.kind == ModelChange::Kind::Gone)
            continue;
        if (change.kind != ModelChange::Kind::Repriced)
            lines << (change.kind == ModelChange::Kind::Added ? u"+" : u"=") + id +
                         (change.otherFacts ? u"!" : u"");
        for (const RateChange& rate : change.rates) {
            const auto text = [](const std::optional<Rate>& r) {
                return r ? QString::fromStdString(r->toDecimal()) : QStringLiteral("?");
            };
            const QString tokens = rate.tokens ? QString::number(static_cast<int>(*rate.tokens))
                                               : QStringLiteral("web");
            lines << id + u' ' + tokens + u' ' + QString::fromStdString(rate.mode) +
                         QString::number(rate.promptOver) + u' ' + text(rate.before) + u'>' +
                         text(rate.after) + (rate.large ? u"!" : u"");
        }
    }
    return lines;
}

Catalog applied(const Catalog& current, const std::vector<ProviderInfo>& other) {
    const auto overlay = apply(current, other, {}, kNow);
    const auto read = readOverlay(overlayText(overlay));
    Catalog catalog = current;
    if (read)
        catalog.lay(*read);
    return catalog;
}

}  // namespace

class TestCatalogDiff final : public QObject {
    Q_OBJECT

  private slots:
    void tellsWhatChanges_data() {
        QTest::addColumn<QByteArray>("models");
        QTest::addColumn<QStringList>("changes");
        const auto row = [](const char* name, const char* models, QStringList changes) {
            QTest::newRow(name) << QByteArray(models) << changes;
        };
        const char* const tier = "'tiers':[{'input':2,'output':8,'tier':{'size':500}}]";
        const std::string same = std::string("'m':{'cost':{'input':1,'output':4,") + tier + "}}";
        row("the same", same.c_str(), {});
        row("the same in other digits",
            "'m':{'cost':{'input':1.0,'output':4e0,'tiers':[{'input':2,"
            "'output':8.000,'tier':{'size':500}}]}}",
            {});
        row("no price", "'m':{'name':'M'}", {});
        row("a quarter more",
            "'m':{'cost':{'input':1.25,'output':4,'tiers':[{'input':2,'output':8,"
            "'tier':{'size':500}}]}}",
            {QStringLiteral("m 0 -1 1.00>1.25"), QStringLiteral("m 3 -1 3.00>2.50")});
        row("more than that, and cheaper answers",
            "'m':{'cost':{'input':1.26,'output':2,'tiers':[{'input':2,'output':8,"
            "'tier':{'size':500}}]}}",
            {QStringLiteral("m 0 -1 1.00>1.26!"), QStringLiteral("m 3 -1 3.00>2.52"),
             QStringLiteral("m 5 -1 4.00>2.00!")});
        row("nothing for free",
            "'m':{'cost':{'input':0,'output':4,'tiers':[{'input':2,'output':8,"
            "'tier':{'size':500}}]}}",
            {QStringLiteral("m 0 -1 1.00>0.00!"), QStringLiteral("m 3 -1 3.00>0.00!")});
        row("from nothing", "'free':{'cost':{'input':0.01,'output':0}}",
            {QStringLiteral("free 0 -1 0.00>0.01!")});
        row("a tier is gone", "'m':{'cost':{'input':1,'output':4}}",
            {QStringLiteral("m 0 500 2.00>?!"), QStringLiteral("m 5 500 8.00>?!")});
        row("new", "'n':{'cost':{'input':1,'output':4}}",
            {QStringLiteral("+n"), QStringLiteral("n 0 -1 ?>1.00"),
             QStringLiteral("n 5 -1 ?>4.00")});
        row("new, dearer for long prompts, with searches",
            "'n':{'cost':{'input':1,'web_search_per_1k':3,'context_over_200k':{'input':2}}}",
            {QStringLiteral("+n"), QStringLiteral("n 0 -1 ?>1.00"),
             QStringLiteral("n 0 200000 ?>2.00"), QStringLiteral("n web -1 ?>3.00")});
        row("a new date of a known one, as it is",
            (R"('m-2026-11-01':{'limit':{'context':1000},'cost':{'input':1,'output':4,)"
             R"('cache_write_1h':3,'web_search_per_1k':10,)" +
             std::string(tier) +
             R"(},'modes':{'fast':{'cost':{'input':9,'output':9},'provider':{'body':)"
             R"({'speed':'fast'}}}}})")
                .c_str(),
            {QStringLiteral("+m-2026-11-01"), QStringLiteral("m-2026-11-01 0 -1 ?>1.00"),
             QStringLiteral("m-2026-11-01 3 -1 ?>3.00"), QStringLiteral("m-2026-11-01 5 -1 ?>4.00"),
             QStringLiteral("m-2026-11-01 0 500 ?>2.00"),
             QStringLiteral("m-2026-11-01 5 500 ?>8.00"),
             QStringLiteral("m-2026-11-01 0 fast-1 ?>9.00"),
             QStringLiteral("m-2026-11-01 5 fast-1 ?>9.00"),
             QStringLiteral("m-2026-11-01 web -1 ?>10.00")});
        row("a new date of a known one, cheaper",
            "'free-2026-11-01':{'limit':{'context':5},'cost':{'input':0,'output':1}}",
            {QStringLiteral("+free-2026-11-01!"), QStringLiteral("free-2026-11-01 0 -1 ?>0.00"),
             QStringLiteral("free-2026-11-01 5 -1 0.00>1.00!")});
        row("a new date of one that was dearer for long prompts",
            "'tiered-20261101':{'cost':{'input':1}}",
            {QStringLiteral("+tiered-20261101"), QStringLiteral("tiered-20261101 0 -1 ?>1.00"),
             QStringLiteral("tiered-20261101 0 500 2.00>?!")});
        row("searches",
            ("'m':{'cost':{'input':1,'output':4,'web_search_per_1k':1," + std::string(tier) + "}}")
                .c_str(),
            {QStringLiteral("m web -1 10.00>1.00!")});
        row("times are not in this form",
            ("'m':{'cost':{'input':1,'output':4," + std::string(tier) +
             "},'price':{'rows':[{'input':'0','until':'2026-01-01'},{'input':'0','window':"
             "'01:00-02:00'}]},'cost_by_time':[{'input_mtok':0,'output_mtok':0}]}")
                .c_str(),
            {});
        row("nor in what long prompts cost",
            "'m':{'cost':{'input':1,'output':4,'context_over_200k':{'input':2,'output':8,'mode':"
            "'x','window':'01:00-02:00','until':'2026-01-01'}}}",
            {QStringLiteral("m 0 500 2.00>?!"), QStringLiteral("m 5 500 8.00>?!"),
             QStringLiteral("m 0 200000 ?>2.00!"), QStringLiteral("m 5 200000 ?>8.00!")});
        row("prices by the hour", "'hourly':{'cost':{'input':5,'output':5}}",
            {QStringLiteral("=hourly")});
        row("not for a terminal", "'a\\u001b[2J':{'cost':{'input':1,'output':4}}", {});
    }
    void tellsWhatChanges() {
        QFETCH(QByteArray, models);
        QFETCH(QStringList, changes);
        const auto other = list(models.toStdString());
        QCOMPARE(other.size(), std::size_t(1));
        QCOMPARE(told(compare(base(), other, kNow)), changes);
    }

    // Lists tell their price in tokens alone, time and again.
    void modelsThatSearchStayWithoutAPrice() {
        const auto list = *readModelsDev(
            json("{'openrouter':{'models':{'perplexity/sonar':{'cost':{'input':1,'output':1}},"
                 "'perplexity/sonar-9':{'cost':{'input':1,'output':1}}}}}"));
        const CatalogDiff diff = compare(Catalog::embedded(), list, kNow);
        QVERIFY(std::ranges::none_of(diff.models, [](const ModelChange& change) {
            return change.kind == ModelChange::Kind::Repriced;
        }));
        const auto overlay = apply(Catalog::embedded(), list, {}, kNow);
        QCOMPARE(overlay.size(), std::size_t(1));
        QCOMPARE(overlay.front().models.size(), std::size_t(1));
        QVERIFY(!overlay.front().models.front().price);
    }

    void tellsWhatIsGoneAndUnknown() {
        const auto other = *readModelsDev(json("{'shop':{'models':{}},'other':{'models':{}}}"));
        const CatalogDiff diff = compare(base(), other, kNow);
        QCOMPARE(diff.models.size(), std::size_t(4));
        QVERIFY(diff.models.front().kind == ModelChange::Kind::Gone);
        QVERIFY(diff.leftOut == std::vector<std::string>{"other"});
        QVERIFY(!diff.changesAnything());
        QVERIFY(model(applied(base(), other), "m") != nullptr);  // gone there, not here
    }

    void theHistoryKeepsItsPrices() {
        const auto other = list(
            "'m':{'cost':{'input':2,'output':5}},'n':{'limit':{'context':7},"
            "'tool_call':true,'cost':{'input':0.1,'output':0.2}}");
        const Catalog after = applied(base(), other);
        const Price& price = *model(after, "m")->price;
        const gr::TokenUsage usage{.input = 100'000, .output = 0};
        QVERIFY(costOf(price, usage, kBefore) == Money::parse("0.2"));  // the tier of then
        QVERIFY(costOf(price, usage, kNow) == Money::parse("0.2"));
        const gr::TokenUsage little{.input = 100, .output = 100};
        QVERIFY(costOf(price, little, kBefore) == Money::parse("0.0005"));
        QVERIFY(costOf(price, little, kNow) == Money::parse("0.0007"));
        QVERIFY(costOf(price, little, kNow, "fast") == Money::parse("0.0018"));
        QVERIFY(price.webSearch == Rate::parse("10"));
        QCOMPARE(model(after, "m")->context, std::optional<std::uint64_t>(1'000));
        QVERIFY(model(after, "n")->toolCalls == true);
        QVERIFY(costOf(*model(after, "n")->price, little, kBefore));
        // Once more: there is nothing left to apply, and a later change ends these rows in turn.
        QVERIFY(!compare(after, other, kNow).changesAnything());
        QCOMPARE(told(compare(after, list("'m':{'cost':{'input':2.1,'output':5}}"), kNow)),
                 QStringList(QStringLiteral("m 0 -1 2.00>2.10")));
    }

    // Whatever is written stands in what was shown, and what was to come still comes.
    void whatIsToComeStays() {
        auto overlay = *readOverlay(
            json("{'providers':{'shop':{'models':{'m':{'price':{'rows':[{'input':'1','output':'4'},"
                 "{'from':'2026-12-01T00:00:00Z','input':'7','output':'7'}]}}}}}}"));
        Catalog current = base();
        current.lay(overlay);
        const Catalog after = applied(current, list("'m':{'cost':{'input':2,'output':4}}"));
        const Price& price = *model(after, "m")->price;
        const gr::TokenUsage usage{.input = 1'000'000, .output = 0};
        QVERIFY(costOf(price, usage, kBefore) == Money::parse("1"));
        QVERIFY(costOf(price, usage, kNow) == Money::parse("2"));
        QVERIFY(costOf(price, usage, *gr::parseTime("2026-12-02T00:00:00Z")) == Money::parse("7"));
    }

    // A known mode means what it meant: a list cannot give its price to another word.
    void aListDoesNotTurnModes() {
        const Catalog after = applied(
            base(), list("'m':{'cost':{'input':1,'output':4},'modes':{'fast':{'cost':{'input':8,"
                         "'output':9},'provider':{'body':{'service_tier':'default'}}}}}"));
        const auto& modes = model(after, "m")->price->modes;
        QCOMPARE(modes.size(), std::size_t(1));
        QCOMPARE(modes.front().field, std::string("speed"));
        QCOMPARE(modes.front().value, std::string("fast"));
    }

    void overlaysComeBackAsTheyWere() {
        const Catalog before = base();
        std::vector<ProviderInfo> all(before.providers().begin(), before.providers().end());
        const auto read = readOverlay(overlayText(all));
        QVERIFY(read);
        for (const ModelInfo& one : all.front().models) {
            const auto same = std::ranges::find(read->front().models, one.id, &ModelInfo::id);
            QVERIFY(same != read->front().models.end());
            QVERIFY2(*same->price == *one.price, one.id.c_str());
            QVERIFY(same->context == one.context && same->name == one.name);
        }
    }

    // Addresses, names of keys and links of providers never come in, by no door.
    void aPoisonedListChangesPricesAtMost() {
        const std::string poison =
            "'shop':{'name':'Evil','api':'https://evil.example/v1','env':['AWS_SECRET_ACCESS_KEY'],"
            "'doc':'https://evil.example','models':{'m':{'cost':{'input':0,'output':0},"
            "'api':'https://evil.example','provider':{'api':'https://evil.example'}}}},"
            "'evil':{'api':'https://evil.example/v1','env':['OPENAI_API_KEY'],'models':{'x':{}}}";
        const auto imported = readModelsDev(json("{" + poison + "}"));
        QVERIFY(imported);
        const auto laid = readOverlay(json("{'providers':{" + poison + "}}"));
        QVERIFY(laid);
        Catalog byHand = base();
        byHand.lay(*laid);
        for (const Catalog& after : {applied(base(), *imported), byHand}) {
            QCOMPARE(after.providers().size(), std::size_t(1));
            const ProviderInfo& shop = after.providers().front();
            QCOMPARE(shop.baseUrl, std::string("https://shop.example/v1"));
            QCOMPARE(shop.url.host, std::string("shop.example"));
            QVERIFY(shop.env == std::vector<std::string>{"SHOP_KEY"});
            QCOMPARE(shop.name, std::string("Shop"));
            QVERIFY(shop.docUrl.empty());
        }
        const std::string text = overlayText(apply(base(), *imported, {}, kNow));
        QVERIFY2(text.find("evil") == std::string::npos, text.c_str());
        QVERIFY2(text.find("KEY") == std::string::npos, text.c_str());
        QCOMPARE(compare(base(), *imported, kNow).largeChanges(), std::size_t(1));
    }

    void whatIsNoListIsRefused() {
        for (const char* text : {"", "[]", "{", "{\"shop\":[]}", "{\"shop\":{\"models\":[]}}"}) {
            QVERIFY2(!readModelsDev(text), text);
            QVERIFY2(!readOverlay(text), text);
        }
    }
};

QTEST_APPLESS_MAIN(TestCatalogDiff)
#include "test_catalog_diff.moc"
