// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/embedded.h"
#include "settings/rules_reader.h"
#include "settings/settings_file.h"

using namespace gr;
using gr::settings::LoadedSettings;
using gr::settings::Problem;

namespace {

std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

Result<LoadedSettings> load(const std::string& text) {
    static const auto catalog = catalog::Catalog::embedded();
    return settings::readSettings(text, catalog);
}

LoadedSettings rules(const std::string& list) {
    return *load(
        json("{'providers':[{'id':'ollama'},{'id':'openai'}],'routing':{'rules':[" + list + "]}}"));
}

std::string fileText(const std::string& path) {
    std::ifstream file(path);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
}

}  // namespace

class TestRulesReader final : public QObject {
    Q_OBJECT

  private slots:
    void everyMember() {
        const LoadedSettings loaded = rules(
            "{'name':'n','enabled':false,'continue':true,'if':{'client':'c','model':['m','n'],"
            "'has_image':true,'has_file':false,'has_tools':true,'has_secret':true,'has_code':false,"
            "'prompt_tokens_over':5,'prompt_tokens_under':9,'complexity_over':0.5,'domain':'code',"
            "'language':['de','en'],'hours':'22-6','session_usd_over':'1.50','header':{'X-A':'v'},"
            "'not':{'client':'d'}},"
            "'then':{'only_models':'a','prefer_models':'b','avoid_models':'c',"
            "'only_providers':'d','prefer_providers':'e','avoid_providers':'f','local_only':true,"
            "'max_cost':'0.10','effort':'low','alias':'g','refuse':'h'}}");
        QVERIFY(loaded.problems.empty());
        const routing::Rule& rule = loaded.settings.routing.rules.at(0);
        QCOMPARE(rule.name, std::string("n"));
        QVERIFY(!rule.enabled && rule.goesOn);
        const routing::Condition& c = rule.condition;
        QCOMPARE(c.clients, routing::Patterns{"c"});
        QCOMPARE(c.models, (routing::Patterns{"m", "n"}));
        QVERIFY(*c.hasImage && !*c.hasFile && *c.hasTools && *c.hasSecret && !*c.hasCode);
        QCOMPARE(*c.promptTokensOver, 5);
        QCOMPARE(*c.promptTokensUnder, 9);
        QCOMPARE(*c.complexityOver, 0.5);
        QCOMPARE(c.domains, 1U << static_cast<unsigned>(routing::Domain::Code));
        QCOMPARE(c.languages, (std::vector<std::string>{"de", "en"}));
        QCOMPARE(c.hours, 0b1100'0000'0000'0000'0011'1111U);
        QCOMPARE(c.sessionUsdOver->toDecimal(), std::string("1.50"));
        QCOMPARE(c.headers.at(0).name, std::string("x-a"));
        QCOMPARE(c.headers.at(0).values, routing::Patterns{"v"});
        QCOMPARE(c.exceptions.at(0).clients, routing::Patterns{"d"});
        const routing::Actions& a = rule.actions;
        QCOMPARE(a.onlyModels, routing::Patterns{"a"});
        QCOMPARE(a.preferModels, routing::Patterns{"b"});
        QCOMPARE(a.avoidModels, routing::Patterns{"c"});
        QCOMPARE(a.onlyProviders, routing::Patterns{"d"});
        QCOMPARE(a.preferProviders, routing::Patterns{"e"});
        QCOMPARE(a.avoidProviders, routing::Patterns{"f"});
        QVERIFY(a.localOnly);
        QCOMPARE(a.maxCost->toDecimal(), std::string("0.10"));
        QVERIFY(a.effort == protocol::Effort::Low);
        QCOMPARE(a.alias, std::string("g"));
        QCOMPARE(a.refuse, std::string("h"));
    }

    void refuses_data() {
        QTest::addColumn<std::string>("list");
        QTest::addColumn<std::string>("path");
        QTest::addColumn<std::string>("words");
        const auto row = [](const char* name, const char* list, const char* path,
                            const char* words) {
            QTest::newRow(name) << std::string(list) << "$.routing.rules[0]" + std::string(path)
                                << std::string(words);
        };
        row("unknown condition", "{'if':{'has_secrets':true},'then':{'local_only':true}}",
            ".if.has_secrets", "did you mean \"has_secret\"");
        row("unknown action", "{'then':{'localonly':true}}", ".then.localonly", "is unknown");
        row("unknown member", "{'when':{},'then':{'local_only':true}}", ".when", "is unknown");
        row("unknown inside not", "{'if':{'not':{'has_kode':true}},'then':{'local_only':true}}",
            ".if.not.has_kode", "did you mean \"has_code\"");
        row("no action", "{'then':{}}", ".then", "is empty");
        row("action that does nothing", "{'then':{'local_only':false}}", ".then.local_only",
            "does nothing");
        row("text for a flag", "{'if':{'has_secret':'yes'},'then':{'local_only':true}}",
            ".if.has_secret", "true or false");
        row("empty list", "{'then':{'only_models':[]}}", ".then.only_models", "empty");
        row("empty header", "{'if':{'header':{}},'then':{'local_only':true}}", ".if.header",
            "is empty");
        row("kind of work", "{'if':{'domain':'maths'},'then':{'local_only':true}}", ".if.domain",
            "did you mean \"math\"");
        row("language", "{'if':{'language':['en','english']},'then':{'local_only':true}}",
            ".if.language[1]", "known are ar, bn");
        row("hours", "{'if':{'hours':'22:30-6'},'then':{'local_only':true}}", ".if.hours",
            "hours of the day");
        row("hour that is none", "{'if':{'hours':'25'},'then':{'local_only':true}}", ".if.hours",
            "hours of the day");
        row("money", "{'then':{'max_cost':0.1}}", ".then.max_cost", "decimal text");
        row("effort", "{'then':{'effort':'huge'}}", ".then.effort", "must be");
        row("too deep",
            "{'if':{'not':{'not':{'not':{'not':{'not':{'not':{'not':{'not':{'not':{}}}}}}}}}},"
            "'then':{'local_only':true}}",
            ".if.not.not.not.not.not.not.not.not.not", "too deep");
    }
    void refuses() {
        QFETCH(std::string, list);
        QFETCH(std::string, path);
        QFETCH(std::string, words);
        const LoadedSettings loaded = rules(list);
        QVERIFY(!loaded.usable());
        const bool said = std::any_of(
            loaded.problems.begin(), loaded.problems.end(), [&](const Problem& problem) {
                return problem.severity == Problem::Severity::Error && problem.path == path &&
                       problem.message.find(words) != std::string::npos;
            });
        for (const Problem& problem : loaded.problems)
            qInfo("%s", toLine(problem).c_str());
        QVERIFY(said);
    }

    void warns_data() {
        QTest::addColumn<std::string>("list");
        QTest::addColumn<std::string>("line");
        const auto row = [](const char* name, const char* list, const char* line) {
            QTest::newRow(name) << std::string(list) << std::string(line);
        };
        row("never matches",
            "{'name':'n','if':{'prompt_tokens_over':9,'prompt_tokens_under':9},"
            "'then':{'local_only':true}}",
            "warning: $.routing.rules[0].if: rule \"n\" never matches");
        row("shadowed", "{'then':{'local_only':true}},{'name':'n','then':{'effort':'low'}}",
            "warning: $.routing.rules[1].if: rule \"n\" has no effect");
        row("leaves nothing",
            "{'continue':true,'then':{'only_providers':'ollama'}},"
            "{'then':{'only_providers':'openai'}}",
            "warning: $.routing.rules[1].then.only_providers: rule 2 and rule 1 leave no provider");
        row("provider", "{'then':{'only_providers':'olama'}}",
            "warning: $.routing.rules[0].then.only_providers: rule 1 names the provider \"olama\"");
        row("everything refused", "{'then':{'refuse':'No.'}}",
            "warning: $.routing.rules[0].then.refuse: rule 1 has no condition");
    }
    void warns() {
        QFETCH(std::string, list);
        QFETCH(std::string, line);
        const LoadedSettings loaded = rules(list);
        QVERIFY(loaded.usable());
        const bool said = std::any_of(
            loaded.problems.begin(), loaded.problems.end(),
            [&line](const Problem& problem) { return toLine(problem).starts_with(line); });
        for (const Problem& problem : loaded.problems)
            qInfo("%s", toLine(problem).c_str());
        QVERIFY(said);
    }

    void hours_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<int>("count");
        QTest::newRow("one") << std::string("9") << 1;
        QTest::newRow("through the night") << std::string("22-6") << 8;
        QTest::newRow("with minutes") << std::string("22:00-06:00") << 8;
        QTest::newRow("until midnight") << std::string("18-24") << 6;
        QTest::newRow("all day") << std::string("0-24") << 24;
        QTest::newRow("none") << std::string("6-6") << -1;
        QTest::newRow("words") << std::string("night") << -1;
        QTest::newRow("open") << std::string("6-") << -1;
    }
    void hours() {
        QFETCH(std::string, text);
        const auto bits = settings::hoursIn(text);
        QTEST(bits ? __builtin_popcount(*bits) : -1, "count");
    }

    void zone() {
        const std::string rest =
            "'routing':{'rules':[{'if':{'hours':'9'},'then':{'local_only':true}}]}}";
        QVERIFY(load(json("{'time_zone':'Europe/Berlin'," + rest))->settings.routing.zone);
        QVERIFY(!load(json("{" + rest))->settings.routing.zone);
        QVERIFY(!load(json("{'time_zone':'Europe/Nowhere'," + rest))->usable());
    }

    // What the manual shows is what the program takes.
    void examplesOfTheManual() {
        const std::string manual = fileText(GR_TEST_DATA "/../../docs/rules.md");
        const std::string fence = "```json\n";
        int examples = 0;
        for (auto at = manual.find(fence); at != std::string::npos; at = manual.find(fence, at)) {
            at += fence.size();
            const auto loaded = load(manual.substr(at, manual.find("```", at) - at));
            QVERIFY(loaded);
            for (const Problem& problem : loaded->problems)
                QVERIFY2(problem.severity == Problem::Severity::Warning, toLine(problem).c_str());
            QVERIFY(!loaded->settings.routing.rules.empty());
            ++examples;
        }
        QCOMPARE(examples, 3);
    }
};

QTEST_APPLESS_MAIN(TestRulesReader)
#include "test_rules_reader.moc"
