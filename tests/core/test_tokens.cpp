// SPDX-License-Identifier: MIT
#include <QtTest>

#include <fstream>

#include "json/scan.h"
#include "protocol/json_member.h"
#include "tokens/encoding.h"
#include "tokens/rule.h"

using namespace gr;
using namespace gr::tokens;

namespace {

std::shared_ptr<const Encoding> encoding(Vocabulary vocabulary) {
    auto made = Encoding::embedded(vocabulary);
    return made ? *made : nullptr;
}

}  // namespace

// Against the counts that gpt-tokenizer gives for the same texts (resources/tokens/update.mjs).
class TestTokens : public QObject {
    Q_OBJECT

  private slots:
    void counts() {
        const auto o200k = encoding(Vocabulary::O200k);
        const auto cl100k = encoding(Vocabulary::Cl100k);
        QVERIFY(o200k && cl100k);
        std::ifstream cases(GR_TEST_DATA "/tokens/cases.jsonl");
        std::string line;
        int seen = 0;
        for (; std::getline(cases, line); ++seen) {
            const auto row = json::scanObject(line);
            QVERIFY(row);
            const std::string text = protocol::plainOf(*row, "text");
            for (const auto& [name, counter] : {std::pair("o200k", &o200k), {"cl100k", &cl100k}}) {
                const auto expected = protocol::integerOf(*row, name);
                const auto given = static_cast<std::int64_t>((*counter)->count(text));
                QVERIFY2(
                    given == *expected,
                    (std::string(name) + " gives " + std::to_string(given) + ": " + line).c_str());
            }
        }
        QCOMPARE(seen, 2400);
    }

    // What is no UTF-8 counts too, and one long word ends.
    void oddTexts() {
        const auto o200k = encoding(Vocabulary::O200k);
        QVERIFY(o200k->count("\xff\xfe\x80 a\xe4\xb8") >= 5);
        QCOMPARE(o200k->count(std::string(400'000, 'a')), std::size_t(50'000));
        QVERIFY(o200k->count(std::string(100'000, ' ')) < 2'000);
    }

    void rules_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("dialect");
        QTest::addColumn<bool>("cl100k");
        QTest::addColumn<int>("percent");
        QTest::addColumn<bool>("own");
        const auto row = [](const char* model, bool cl, int percent, bool own,
                            const char* dialect = "openai") {
            QTest::addRow("%s at %s", model, dialect)
                << QString::fromLatin1(model) << QString::fromLatin1(dialect) << cl << percent
                << own;
        };
        row("gpt-4o-mini", false, 100, true);
        row("gpt-4.1", false, 100, true);
        row("gpt-4-turbo", true, 100, true);
        row("gpt-3.5-turbo", true, 100, true);
        row("openai/gpt-5.5", false, 100, true);
        row("o3-mini", false, 100, true);
        row("chatgpt-4o-latest", false, 100, true);
        row("gpt-4o-2024-08-06", false, 100, true);
        row("openai/gpt-4o", false, 100, true, "openrouter");
        row("openai/gpt-oss-120b", false, 100, true, "groq");
        row("gpt-oss:20b", false, 100, true, "ollama");
        // Others' models with names that begin like OpenAI's, and OpenAI's names elsewhere.
        row("o1-ours", false, 100, false);
        row("o1ours", false, 100, false);
        row("gpt-j-6b", false, 100, false);
        row("gpt-4o-ours", false, 100, false);
        row("gpt-4o:mine", false, 100, false);
        row("eleuther/gpt-4", true, 100, false);
        row("gpt-4o", false, 100, false, "ollama");
        row("gpt-4o", false, 100, false, "vllm");
        row("text-embedding-3-small", true, 100, false);
        row("claude-3-5-haiku", false, 120, false);
        row("anthropic/claude-opus-5", false, 135, false);
        row("gemini-2.5-pro", false, 110, false);
        row("llama3.3", false, 110, false);
        row("", false, 110, false);
    }
    void rules() {
        QFETCH(QString, model);
        QFETCH(QString, dialect);
        const Rule rule = ruleOf(model.toStdString(), dialect.toStdString());
        QTEST(rule.vocabulary == Vocabulary::Cl100k, "cl100k");
        QTEST(int(rule.percent), "percent");
        QTEST(rule.own, "own");
    }
    void roundsUp() {
        QCOMPARE(Rule{}.applied(0), std::int64_t(0));
        QCOMPARE(Rule{}.applied(1), std::int64_t(2));
        QCOMPARE(Rule{}.applied(10), std::int64_t(11));
    }
};

QTEST_APPLESS_MAIN(TestTokens)
#include "test_tokens.moc"
