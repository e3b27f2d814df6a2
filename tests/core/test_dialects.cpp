// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/dialects.h"

using namespace gr;
using namespace gr::protocol;

namespace {

// A table with one dialect a protocol, and `more` behind them.
std::string table(const std::string& moreDialects, const std::string& models = "[]") {
    return R"({"dialects":[{"id":"a"},{"id":"b","protocol":"responses"},
        {"id":"c","protocol":"messages"},{"id":"d","protocol":"gemini"})" +
           moreDialects + "],\"models\":" + models + "}";
}

}  // namespace

class TestDialects final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsInsideTheProgramIsWhole() {
        const Dialects dialects = Dialects::embedded();
        const Dialect& mistral = dialects.find("mistral");
        QVERIFY(!mistral.streamUsageOption);
        QVERIFY(mistral.toolIds == ToolIdForm::Nine);
        QCOMPARE(mistral.renamed.front().second, std::string("random_seed"));
        QVERIFY(std::find(mistral.only.begin(), mistral.only.end(), "model") != mistral.only.end());
        QVERIFY(dialects.find("deepseek").reasoningMustReturn);
        QVERIFY(dialects.find("anthropic").protocol == Protocol::Anthropic);
    }

    void namesWithoutARowSpeakTheirProtocolPlainly() {
        const Dialects dialects = Dialects::embedded();
        QCOMPARE(dialects.find("acme").id, std::string("openai"));
        QCOMPARE(dialects.find("acme", Protocol::Gemini).id, std::string("gemini"));
    }

    void everyPatternThatMatchesAddsToTheRules() {
        const Dialects dialects = Dialects::embedded();
        const auto rules = [&dialects](std::string_view dialect, std::string_view model) {
            return dialects.rulesOf(dialects.find(dialect), model);
        };
        QVERIFY(rules("openai", "gpt-4o").sampling);
        QVERIFY(rules("openai", "gpt-4o").thinking == ThinkingForm::None);
        QVERIFY(!rules("openai", "gpt-5-mini").toolsNeedResponses);
        QVERIFY(rules("openai", "gpt-5.6").toolsNeedResponses);
        QVERIFY(rules("openai", "gpt-5.6").thinking == ThinkingForm::Effort);
        QCOMPARE(rules("openai", "gpt-5.6").efforts.size(), std::size_t(6));
        QVERIFY(rules("anthropic", "claude-haiku-4-5").thinking == ThinkingForm::Budget);
        QVERIFY(rules("anthropic", "claude-opus-5-5").thinking == ThinkingForm::Adaptive);
        QVERIFY(!rules("anthropic", "claude-opus-5-5").forcedToolChoice);
        QVERIFY(rules("anthropic", "claude-opus-5").forcedToolChoice);
        QVERIFY(rules("gemini", "gemini-2.5-flash").thinking == ThinkingForm::GeminiBudget);
        // Rules are a dialect's own: the same name elsewhere has none.
        QVERIFY(rules("vllm", "gpt-5.6").sampling);
    }

    void senselessEntriesAreRefused_data() {
        QTest::addColumn<QString>("json");
        const auto row = [](const char* name, const std::string& json) {
            QTest::newRow(name) << QString::fromStdString(json);
        };
        row("not json", "{");
        row("a protocol is missing", R"({"dialects":[{"id":"a"}],"models":[]})");
        row("no id", table(R"(,{"tool_ids":"any"})"));
        row("unknown field", table(R"(,{"id":"e","colour":"red"})"));
        row("unknown switch value", table(R"(,{"id":"e","json_schema":"no"})"));
        row("unknown word", table(R"(,{"id":"e","tool_ids":"ten"})"));
        row("list of numbers", table(R"(,{"id":"e","refused":[1]})"));
        row("unknown effort", table(R"(,{"id":"e","efforts":{"much":"high"}})"));
        row("rule without model", table("", R"([{"rules":{}}])"));
        row("unknown rule", table("", R"([{"model":"*","rules":{"taste":true}}])"));
        row("unknown thinking", table("", R"([{"model":"*","rules":{"thinking":"hard"}}])"));
    }
    void senselessEntriesAreRefused() {
        QFETCH(QString, json);
        const auto read = Dialects::parse(json.toStdString());
        QVERIFY(!read);
        QVERIFY(read.error().code == ErrorCode::ConfigInvalid);
    }

    void theTableOfTheTestIsTakenAsItStands() {
        QVERIFY(Dialects::parse(table("")));
        const auto read =
            Dialects::parse(table("", R"([{"model":"m*","rules":{"efforts":["low"]}}])"));
        QVERIFY(read);
        QVERIFY(read->rulesOf(read->find("a"), "m1").efforts == std::vector<Effort>{Effort::Low});
        QVERIFY(read->rulesOf(read->find("a"), "n").efforts.empty());
    }
};

QTEST_APPLESS_MAIN(TestDialects)
#include "test_dialects.moc"
