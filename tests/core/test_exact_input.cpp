// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/adapters.h"
#include "protocol/prompt_tokens.h"

using namespace gr;
using namespace gr::protocol;

namespace {

// The example that OpenAI published with the usage that its service answered.
constexpr const char* kExample =
    R"({"model":"m","messages":[{"role":"system","content":"You are a helpful, pattern-following )"
    R"(assistant that translates corporate jargon into plain English."},)"
    R"({"role":"system","name":"example_user","content":"New synergies will help drive top-line )"
    R"(growth."},{"role":"system","name":"example_assistant","content":"Things working well )"
    R"(together will increase revenue."},{"role":"system","name":"example_user","content":"Let's )"
    R"(circle back when we have more bandwidth to touch base on opportunities for increased )"
    R"(leverage."},{"role":"system","name":"example_assistant","content":"Let's talk later when )"
    R"(we're less busy about how to do better."},{"role":"user","content":"This late pivot means )"
    R"(we don't have time to boil the ocean for the client deliverable."}]})";

std::optional<std::int64_t> exact(const std::string& body, std::string_view model) {
    const tokens::Rule rule = tokens::ruleOf(model, "openai");
    const auto encoding = tokens::Encoding::embedded(rule.vocabulary);
    const auto request = adapter(Protocol::OpenAiChat).readRequest(body);
    if (!request || !encoding)
        qFatal("not readable");
    return exactInput(*request, rule, **encoding);
}

std::string saying(const std::string& more) {
    return R"({"model":"m","messages":[{"role":"user","content":"Hi"}])" + more + "}";
}

}  // namespace

class TestExactInput final : public QObject {
    Q_OBJECT

  private slots:
    // Of the published figures 31 are marks: 3 a turn and a role of 1, 1 a name, 3 at the end.
    void theTextsAreWhatOpenAiCounted_data() {
        QTest::addColumn<std::string>("model");
        QTest::addColumn<int>("published");
        QTest::addRow("o200k") << std::string("gpt-4o") << 124;
        QTest::addRow("cl100k") << std::string("gpt-4-0613") << 129;
    }
    void theTextsAreWhatOpenAiCounted() {
        QFETCH(std::string, model);
        QFETCH(int, published);
        const auto most = exact(kExample, model);
        QVERIFY(most && *most >= published);
        constexpr int kAllowance = 512 + 6 * (8 + 4);
        QCOMPARE(*most - kAllowance + 31, std::int64_t(published));
    }

    void onlyTextsForTheirOwnTokenizerAreExact() {
        QVERIFY(exact(saying(""), "gpt-4o"));
        QVERIFY(!exact(saying(""), "claude-opus-4-8"));
        QVERIFY(!exact(saying(""), "gpt-j-6b"));
        QVERIFY(
            !exact(saying(R"(,"tools":[{"type":"function","function":{"name":"f"}}])"), "gpt-4o"));
        QVERIFY(!exact(saying(R"(,"response_format":{"type":"json_object"})"), "gpt-4o"));
        QVERIFY(!exact(saying(R"(,"prediction":{"type":"content","content":"x"})"), "gpt-4o"));
        QVERIFY(!exact(R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url",)"
                       R"("image_url":{"url":"data:image/png;base64,AAAA"}}]}]})",
                       "gpt-4o"));
    }
};

QTEST_APPLESS_MAIN(TestExactInput)
#include "test_exact_input.moc"
