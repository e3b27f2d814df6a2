// SPDX-License-Identifier: MIT
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <functional>
#include <random>

#include "base/embedded.h"
#include "base/file.h"
#include "base/time_text.h"
#include "settings/json_tree.h"
#include "support/settings_text.h"

using gr::ErrorCode;
using gr::catalog::Catalog;
using gr::settings::LoadedSettings;
using gr::settings::Problem;
namespace settings = gr::settings;

class TestSettings final : public QObject {
    Q_OBJECT

  private slots:
    void contractsExampleLoads() {
        const auto loaded =
            settings::loadSettings(GR_TEST_DATA "/settings/contract.json", Catalog::embedded());
        QVERIFY(loaded);
        for (const Problem& problem : loaded->problems)
            qWarning("%s", toLine(problem).c_str());
        QVERIFY(loaded->problems.empty());
        const settings::Settings& s = loaded->settings;
        QCOMPARE(s.listen.port, std::uint16_t(4402));
        QCOMPARE(s.clients.size(), std::size_t(1));
        QCOMPARE(bytes(s.clients[0].id), QByteArray("my-tools"));
        QVERIFY(s.clients[0].key->kind == settings::SecretRef::Kind::Vault);
        QCOMPARE(bytes(s.clients[0].key->name), QByteArray("client/my-tools"));
        QVERIFY(!s.clients[0].expires);
        QCOMPARE(s.providers.size(), std::size_t(5));
        QVERIFY(!s.providers[2].keys);
        QVERIFY(s.providers[3].keys && s.providers[3].keys->empty());
        QCOMPARE(bytes(s.providers[3].dialect), QByteArray("ollama"));
        QVERIFY(s.providers[4].paysX402);
        QCOMPARE(s.providers[4].models.size(), std::size_t(1));
        QCOMPARE(s.providers[4].models[0].price->output, *gr::Money::parse("10.00"));
        QCOMPARE(s.providers[4].models[0].context, std::optional<std::uint64_t>(400'000));
        QCOMPARE(s.routing.aliases.size(), std::size_t(1));
        QCOMPARE(s.routing.aliases[0].models.size(), std::size_t(2));
        QCOMPARE(s.routing.retries, 2U);
        QCOMPARE(s.ledger.keepDays, 365U);
        QCOMPARE(s.responses.keepDays, 30U);
        QCOMPARE(s.responses.maxCount, 10'000U);
        QCOMPARE(s.responses.maxMegabytes, 256U);
        QVERIFY(s.prometheus);
        const std::vector<std::string> notYet;
        QCOMPARE(loaded->notYet, notYet);
    }

    void pricesHaveAllClasses() {
        const auto loaded = readSettingsText(
            "{'clients':[{'id':'c','key':{'env':'K'}}],'providers':[{'id':'openai','models':[{'id':"
            "'m',"
            "'price':{'input':'1','output':'2','cache_read':'0.1','cache_write':'1.25',"
            "'cache_write_1h':'3','audio_input':'4','audio_output':'5','reasoning':'6'}}]}]}");
        QVERIFY(loaded && loaded->problems.empty());
        const settings::Price& price = *loaded->settings.providers[0].models[0].price;
        const std::vector<std::string> want{"0.10", "1.25", "3.00", "4.00", "5.00", "6.00"};
        for (std::size_t i = 0; i < want.size(); ++i)
            QCOMPARE((price.*settings::kMoreRates[i].second)->toDecimal(), want[i]);
    }

    void limits() {
        const auto loaded = readSettingsText(R"({
            "limit_wait_seconds": 3, "ask_wait_seconds": 20, "time_zone": "Europe/Berlin",
            "routing": {"cheaper": ["fast", "openai/gpt-5-nano"]},
            "clients": [{"id": "a", "key": {"env": "A"}, "limits": [
                {"window": "hour", "requests": 7},
                {"window": "month", "scope": "model:gpt-*", "usd": "2.50"}]}],
            "limits": [{"window": "day", "usd": "5", "tokens": 1000, "at_limit": "cheaper",
                        "time_zone": "UTC"},
                       {"scope": "provider:openai", "window": "week", "usd": "0.0375",
                        "guarantee": "estimate", "limit_wait_seconds": 0.5}]})");
        QVERIFY(loaded && loaded->problems.empty());
        const auto& limits = loaded->settings.limits;
        std::vector<std::string> keys;
        for (const gr::ledger::Limit& limit : limits)
            keys.push_back(limit.key());
        const std::vector<std::string> expected{
            "all|day|usd", "all|day|tokens", "provider:openai|week|usd", "client:a|hour|requests",
            "client:a/model:gpt-*|month|usd"};
        QCOMPARE(keys, expected);
        QCOMPARE(limits[0].amount, 5 * gr::Money::kPicoPerDollar);
        QVERIFY(limits[0].atLimit == gr::ledger::AtLimit::Cheaper);
        QVERIFY(limits[0].zone == nullptr);
        QCOMPARE(limits[0].waitMs, 3'000);
        QCOMPARE(limits[0].askMs, 20'000);
        QCOMPARE(loaded->settings.routing.cheaper,
                 (std::vector<std::string>{"fast", "openai/gpt-5-nano"}));
        QVERIFY(limits[2].guarantee == gr::ledger::Guarantee::Estimate);
        QCOMPARE(limits[2].amount, 37'500'000'000);
        QCOMPARE(limits[2].waitMs, 500);
        QVERIFY(limits[3].zone != nullptr);
        // 23:30 in Berlin: the window begins at its midnight.
        const gr::UnixMs at{1'795'559'400'000};
        QCOMPARE(limits[4].windowAt(at).start % 3'600'000, 0);
        QVERIFY(limits[4].windowAt(at).start % 86'400'000 != 0);

        const auto none = readSettingsText(R"({"limits": []})");
        QVERIFY(none && none->settings.limits.empty());
        const auto standard = readSettingsText("{}");
        QVERIFY(standard && standard->settings.limits.size() == 1);
        QVERIFY(standard->settings.limits[0].standard);
        QVERIFY(standard->settings.limits[0].guarantee == gr::ledger::Guarantee::Estimate);
        QCOMPARE(standard->settings.limits[0].amount, 5 * gr::Money::kPicoPerDollar);
        const auto hard = readSettingsText(R"({"guarantee": "hard"})");
        QVERIFY(hard && !hard->settings.limits[0].standard);  // the user wants it kept
        const auto nowhere = readSettingsText(R"({"time_zone": "Mars/Olympus", "limits": []})");
        QVERIFY(nowhere && nowhere->problems.empty());  // no limit asks for it
        const auto wrong = readSettingsText(
            R"({"limits": [{"window": "day", "usd": "1", "time_zone": "Mars/Olympus"}]})");
        QVERIFY(wrong && wrong->problems.size() == 1);
        QCOMPARE(QByteArray::fromStdString(wrong->problems[0].path),
                 QByteArray("$.limits[0].time_zone"));
    }

    void hedges() {
        const auto read = [](const char* hedge) {
            const auto loaded =
                readSettingsText(std::string("{'routing':{'hedge':") + hedge + "}}");
            return loaded.value().settings.routing.hedge;
        };
        QVERIFY(!read("{}").enabled);
        QCOMPARE(read("{}").maxCost, *gr::Money::parse("0.05"));
        const settings::Hedge hedge = read("{'enabled':true,'max_cost':'0.002','after':2.5}");
        QVERIFY(hedge.enabled);
        QCOMPARE(hedge.maxCost, *gr::Money::parse("0.002"));
        QCOMPARE(hedge.after, 2.5);
    }

    void exploring() {
        QCOMPARE(readSettingsText("{}").value().settings.routing.explore, 0.0);
        const auto some = readSettingsText("{'routing':{'explore':0.02}}");
        QVERIFY(some && some->problems.empty());
        QCOMPARE(some->settings.routing.explore, 0.02);
        QVERIFY(!readSettingsText("{'routing':{'explore':0.5}}")->problems.empty());
    }

    void emptyIsAllDefaults_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("object") << QByteArray("{}");
        QTest::newRow("nothing") << QByteArray("");
        QTest::newRow("comment") << QByteArray("// nothing yet\n");
        QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBF{}");
    }
    void emptyIsAllDefaults() {
        QFETCH(QByteArray, text);
        const auto loaded = readSettingsText(text.toStdString());
        QVERIFY(loaded);
        QVERIFY(loaded->problems.empty());
        QVERIFY(loaded->usable());
        QCOMPARE(loaded->settings.listen.port, std::uint16_t(4402));
        QCOMPARE(bytes(loaded->settings.listen.address), QByteArray("127.0.0.1"));
        QVERIFY(loaded->settings.providers.empty());
    }

    void anAbsentFileIsAllDefaults() {
        const auto loaded = settings::loadSettings("/nonexistent/config.json", Catalog());
        QVERIFY(loaded);
        QVERIFY(loaded->usable());
    }

    void acceptsCommentsAndTrailingCommas() {
        const auto loaded = readSettingsText(
            "{ // line\n 'listen': /* in\nside */ { 'port': 5000, }, "
            "'clients': [], 'routing': { 'default': '/* no comment */ //', } }");
        QVERIFY(loaded);
        QVERIFY(loaded->problems.empty());
        QCOMPARE(loaded->settings.listen.port, std::uint16_t(5000));
        QCOMPARE(bytes(loaded->settings.routing.defaultModel), QByteArray("/* no comment */ //"));
    }

    void saysWhereItDoesNotParse_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("ending");
        const auto row = [](const char* name, const char* text, const char* ending) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(ending);
        };
        row("missing comma", "{\n  'a': 1\n  'b': 2\n}", "at line 3, column 3");
        row("no value", "{'a':}", "at line 1, column 6");
        row("single word", "{'a': yes}", "at line 1, column 7");
        row("cut", "{'a': [1, 2", "at line 1, column 12");
        row("two commas", "[1,,2]", "at line 1, column 4");
        row("only a comma", "[,]", "at line 1, column 2");
        row("open comment", "{} /* ", "at line 1, column 4");
        row("open text", "{'a': 'b", "at line 1, column 7");
        row("text over lines", "{'a': 'b\nc'}", "at line 1, column 9");
        row("two documents", "{} {}", "at line 1, column 4");
        row("leading zero", "{'a': 01}", "at line 1, column 8");
        row("no fraction", "{'a': 1.}", "at line 1, column 9");
        row("bad escape", "{'a': '\\x'}", "at line 1, column 9");
        row("lone surrogate", "{'a': '\\ud800'}", "at line 1, column 14");
        row("columns are characters", "{'\xC3\xA4\xC3\xB6': }", "at line 1, column 8");
        row("a name without quotes", "{a: 1}", "at line 1, column 2");
    }
    void saysWhereItDoesNotParse() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, ending);
        const auto loaded = readSettingsText(text.toStdString());
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::ConfigInvalid);
        QVERIFY2(bytes(loaded.error().message.text).endsWith(ending),
                 loaded.error().message.text.c_str());
    }

    void namesTheFileThatDoesNotParse() {
        QTemporaryDir dir;
        const std::string file = dir.path().toStdString() + "/config.json";
        QVERIFY(gr::replaceFile(file, "{"));
        const auto loaded = settings::loadSettings(file, Catalog());
        QVERIFY(!loaded);
        QVERIFY(loaded.error().message.text.starts_with(file + ": "));
    }

    void anotherEncodingIsRefused() {
        const auto loaded = readSettingsText("{'listen':{'address':'\xe4'}}");
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::ConfigInvalid);
    }

    void deepNestingIsRefused() {
        const auto loaded = readSettingsText(std::string(100'000, '['));
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::ConfigInvalid);
    }

    void aNewerVersionIsRefused() {
        const auto loaded = readSettingsText("{'version': 2, 'something': {'new': true}}");
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::ConfigTooNew);
    }

    void readsTimes_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("ms");  // -1: refused
        QTest::newRow("date") << QByteArray("2027-01-31") << qint64(1'801'353'600'000);
        QTest::newRow("utc") << QByteArray("2027-01-31T12:00:00Z") << qint64(1'801'396'800'000);
        QTest::newRow("east") << QByteArray("2027-01-31T12:00:00+01:00")
                              << qint64(1'801'393'200'000);
        QTest::newRow("west") << QByteArray("2027-01-31T12:00:00.123-00:30")
                              << qint64(1'801'398'600'123);
        for (const char* bad : {"", "2027", "2027-1-31", "2027-13-01", "2027-02-29", "2027-01-31T",
                                "2027-01-31T12:00Z", "2027-01-31T12:00:00", "2027-01-31T24:00:00Z",
                                "2027-01-31T12:00:00.Z", "2027-01-31x", "2027-01-31T12:00:00Zx"})
            QTest::newRow(bad) << QByteArray(bad) << qint64(-1);
    }
    void readsTimes() {
        QFETCH(QByteArray, text);
        QFETCH(qint64, ms);
        const auto time = gr::parseTime(text.toStdString());
        QCOMPARE(time ? qint64(time->value) : qint64(-1), ms);
    }

    // Whatever stands in the file: an answer, never an end of the program; and a position in it.
    void anyTextGetsAnAnswer() {
        const std::string good = gr::readFile(GR_TEST_DATA "/settings/contract.json").value();
        static constexpr std::string_view kPieces = "{}[]\",:/*\\u0123-.eE \ntfn\x80\xff";
        std::mt19937 random(5);
        int refused = 0;
        for (int round = 0; round < 500; ++round) {
            std::string text = good;
            for (std::size_t edits = 1 + random() % 4; edits > 0; --edits) {
                const std::size_t at = random() % text.size();
                const char piece = kPieces[random() % kPieces.size()];
                switch (random() % 3) {
                    case 0:
                        text[at] = piece;
                        break;
                    case 1:
                        text.insert(at, 1, piece);
                        break;
                    default:
                        text.erase(at, 1 + random() % 40);
                }
            }
            const auto loaded = settings::readSettings(text, m_catalog);
            if (!loaded) {
                ++refused;
                const std::string& message = loaded.error().message.text;
                QVERIFY(message.find(" at line ") != std::string::npos ||
                        message.find("UTF-8") != std::string::npos);
            }
        }
        QVERIFY(refused > 100 && refused < 500);
    }

    // Every member that the schema names has a type, a choice or a reference, and a reference that
    // leads somewhere: a misspelt one would silently allow anything.
    void schemaIsSound() {
        const auto schema = settings::parseJson(gr::embeddedConfigSchema());
        QVERIFY(schema);
        const auto* defs = schema->find("$defs");
        QVERIFY(defs != nullptr);
        int checked = 0;
        const std::function<void(const settings::JsonNode&)> walk = [&](const auto& node) {
            if (const auto* reference = node.find("$ref")) {
                const std::string name = reference->text.substr(8);
                QVERIFY2(defs->find(name) != nullptr, name.c_str());
                ++checked;
            }
            if (const auto* properties = node.find("properties");
                properties && properties->isObject()) {
                for (const auto& member : properties->members) {
                    const auto& value = member.value;
                    QVERIFY2(value.find("type") || value.find("$ref") || value.find("oneOf"),
                             member.name.c_str());
                    ++checked;
                }
            }
            for (const auto& member : node.members)
                walk(member.value);
            for (const auto& item : node.items)
                walk(item);
        };
        walk(*schema);
        QVERIFY(checked > 150);
    }

  private:
    const Catalog m_catalog = Catalog::embedded();
};

QTEST_APPLESS_MAIN(TestSettings)
#include "test_settings.moc"
