// SPDX-License-Identifier: MIT
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "gateway/model_lists.h"

using gr::gateway::ModelLists;
using gr::gateway::WireFormat;
using gr::routing::Alias;
using gr::routing::Offer;

namespace {

struct World {
    std::vector<Offer> offers{{"a", {"big", "small"}, true, true, {}},
                              {"b", {"small"}, true, true, {}},
                              {"off", {"other"}, true, false, "It has no key."}};
    std::vector<Alias> aliases{{"mine", {"a/big"}},
                               {"both", {"gone", "b/small"}},
                               {"dead", {"off/other"}},
                               {"any", {"auto"}}};
    std::string defaultModel = "auto";
    bool chooses = true;
    std::vector<std::string> allowed{"*"};

    ModelLists lists() const {
        return ModelLists({offers, aliases, defaultModel, chooses, allowed});
    }
    // The ids of the list in one word each.
    QByteArray ids() const {
        const std::string page = lists().page(WireFormat::OpenAi, "/v1/models").value();
        QByteArrayList ids;
        const auto all = QJsonDocument::fromJson(QByteArray::fromStdString(page)).object();
        for (const QJsonValue model : all[u"data"].toArray())
            ids << model[u"id"].toString().toUtf8();
        return ids.join(' ');
    }
};

}  // namespace

class TestModelLists final : public QObject {
    Q_OBJECT

  private slots:
    void namesAreListedWhereTheyLeadSomewhere() {
        World world;
        const QByteArray autos = "auto auto:cheap auto:balanced auto:best auto:fast ";
        QCOMPARE(world.ids(), autos + "mine both any a/big a/small b/small");
        world.allowed = {"b/*"};
        QCOMPARE(world.ids(), autos + "both any b/small");
        world.allowed = {"a/big"};
        QCOMPARE(world.ids(), autos + "mine any a/big");
        world.allowed = {"nothing"};
        QCOMPARE(world.ids(), QByteArray());
    }

    void withoutAModelThatAutoKnowsOnlyADefaultStandsForIt() {
        World world;
        world.chooses = false;
        QCOMPARE(world.ids(), QByteArray("mine both a/big a/small b/small"));
        world.defaultModel = "a/small";
        QCOMPARE(world.ids(), QByteArray("auto mine both any a/big a/small b/small"));
        world.allowed = {"b/*"};
        QCOMPARE(world.ids(), QByteArray("both b/small"));
    }

    void whatIsSoldHasItsPriceInEachForm() {
        const gr::gateway::SoldModel sold{"big", *gr::Money::parse("0.000012"),
                                          *gr::Money::parse("0.00012"), *gr::Money::parse("0.001")};
        const ModelLists lists(std::vector<gr::gateway::SoldModel>{sold});
        for (const auto& [format, list] :
             {std::pair(WireFormat::OpenAi, u"data"), std::pair(WireFormat::Anthropic, u"data"),
              std::pair(WireFormat::Gemini, u"models")}) {
            const std::string page = lists.page(format, "/v1/models").value();
            const auto all = QJsonDocument::fromJson(QByteArray::fromStdString(page)).object();
            const QJsonArray models = all[QStringView(list)].toArray();
            QCOMPARE(models.size(), 1);
            const QJsonObject price = models[0].toObject()[u"pricing"].toObject();
            QCOMPARE(price[u"prompt"].toString(), QStringLiteral("0.000012"));
            QCOMPARE(price[u"completion"].toString(), QStringLiteral("0.00012"));
            QCOMPARE(price[u"minimum"].toString(), QStringLiteral("0.001"));
            QVERIFY(lists.one(format, "big"));
            QVERIFY(!lists.one(format, "small"));
        }
    }

    void eachIsFoundInTheFormOfTheProtocol() {
        const World world;
        const auto one = [&world](WireFormat format, const char* id) {
            const auto found = world.lists().one(format, id);
            return QByteArray::fromStdString(found ? *found : found.error().message.text);
        };
        QVERIFY(one(WireFormat::OpenAi, "auto:best").contains(R"("owned_by":"gaterouter")"));
        QVERIFY(one(WireFormat::OpenAi, "mine").contains(R"("id":"mine")"));
        QVERIFY(one(WireFormat::Anthropic, "auto").contains(R"("display_name":"auto")"));
        QVERIFY(one(WireFormat::Gemini, "auto:fast").contains(R"("name":"models/auto:fast")"));
        QVERIFY(one(WireFormat::OpenAi, "b/small").contains(R"("owned_by":"b")"));
        QVERIFY(one(WireFormat::OpenAi, "small").contains(R"("id":"small")"));
        QVERIFY(one(WireFormat::OpenAi, "dead").contains("No provider offers"));
        QVERIFY(one(WireFormat::OpenAi, "auto:huge").contains("No provider offers"));
    }

    void pagesGoThroughNamesAndModels() {
        const World world;
        const auto page = [&world](const char* query) {
            const std::string target = std::string("/v1/models?limit=2") + query;
            return QByteArray::fromStdString(
                world.lists().page(WireFormat::Anthropic, target).value());
        };
        QVERIFY(page("").contains(R"("first_id":"auto","last_id":"auto:cheap")"));
        QVERIFY(page("&after_id=any").contains(R"("first_id":"a/big","last_id":"a/small")"));
    }
};

QTEST_APPLESS_MAIN(TestModelLists)
#include "test_model_lists.moc"
