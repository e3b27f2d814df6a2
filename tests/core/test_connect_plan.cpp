// SPDX-License-Identifier: MIT
// What each tool's configuration says of us, and what it should say.
#include <QtTest>

#include "connect/line_diff.h"
#include "connect/plan.h"

using gr::connect::DiffLine;
using gr::connect::Drift;
using gr::connect::findTool;
using gr::connect::found;
using gr::connect::judge;
using gr::connect::lineDiff;
using gr::connect::planned;
using gr::connect::Standing;
using gr::connect::Target;
using gr::connect::Texts;
using gr::connect::Tool;
using gr::connect::tools;
using gr::connect::Way;

namespace {

const Target kTarget{"http://127.0.0.1:4402", "gr-key-of-this-tool-0001", "openai/gpt-5.4"};

bool knows(const std::string& key) {
    return key == kTarget.key;
}

Texts nothing(const Tool& tool) {
    return Texts(tool.files.size());
}

QString shown(const std::string& text) {
    return QString::fromStdString(text);
}

}  // namespace

class TestConnectPlan final : public QObject {
    Q_OBJECT

  private slots:
    void tools_data();
    void beginsWithNothing_data() { tools_data(); }
    void beginsWithNothing();
    void newFiles_data();
    void newFiles();
    void keepsTheRest_data();
    void keepsTheRest();
    void drifts_data();
    void drifts();
    void anotherModelIsAChoice();
    void anotherModelIsWritten();
    void anotherGatewayIsNoneOfOurs();
    void unreadableNamesItsFile();
};

void TestConnectPlan::tools_data() {
    QTest::addColumn<QString>("id");
    for (const Tool& tool : tools()) {
        if (tool.way == Way::Files)
            QTest::newRow(tool.id) << QString::fromLatin1(tool.id);
    }
}

// From empty files to ready, once; and again when the gateway moves.
void TestConnectPlan::beginsWithNothing() {
    QFETCH(QString, id);
    const Tool& tool = *findTool(id.toStdString());
    const auto before = judge(tool, nothing(tool), kTarget.root, knows, false);
    QVERIFY(before);
    QCOMPARE(before->standing, Standing::NotSetUp);
    const auto first = planned(tool, nothing(tool), kTarget);
    QVERIFY2(first, first ? "" : first.error().message.text.c_str());
    const auto state = judge(tool, *first, kTarget.root, knows, false);
    QVERIFY(state);
    QCOMPARE(state->drift, Drift::None);
    QCOMPARE(state->standing, Standing::Ready);
    QCOMPARE(*planned(tool, *first, kTarget), *first);

    Target moved = kTarget;
    moved.root = "http://127.0.0.1:4999";
    const auto lost = judge(tool, *first, moved.root, knows, true);
    QCOMPARE(lost->standing, Standing::Drifted);
    QCOMPARE(lost->drift, Drift::Address);
    // Where the files name us, that is seen without having written them.
    QCOMPARE(judge(tool, *first, moved.root, knows, false)->standing,
             tool.ownEntry ? Standing::Drifted : Standing::NotSetUp);
    const auto second = planned(tool, *first, moved);
    QVERIFY(second);
    QCOMPARE(judge(tool, *second, moved.root, knows, true)->standing, Standing::Ready);
    // Only the address is new.
    QCOMPARE(*planned(tool, *second, kTarget), *first);
}

void TestConnectPlan::newFiles_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("file");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* id, int file, const char* text) {
        QTest::addRow("%s %d", id, file)
            << QString::fromLatin1(id) << file << QString::fromUtf8(text);
    };
    row("codex", 0,
        "model = \"openai/gpt-5.4\"\nmodel_provider = \"gaterouter\"\n\n"
        "[model_providers.gaterouter]\nname = \"GateRouter\"\n"
        "base_url = \"http://127.0.0.1:4402/v1\"\nwire_api = \"responses\"\n"
        "env_key = \"GATEROUTER_KEY\"\n");
    row("codex", 1, "GATEROUTER_KEY=gr-key-of-this-tool-0001\n");
    row("aider", 0,
        "openai-api-base: http://127.0.0.1:4402/v1\nopenai-api-key: gr-key-of-this-tool-0001\n"
        "model: openai/openai/gpt-5.4\n");
    row("continue", 0,
        "name: GateRouter\nversion: \"1.0.0\"\nschema: v1\nmodels:\n  - name: GateRouter\n"
        "    provider: openai\n    model: openai/gpt-5.4\n    apiBase: http://127.0.0.1:4402/v1\n"
        "    apiKey: gr-key-of-this-tool-0001\n    roles: [chat, edit, apply]\n"
        "    capabilities: [tool_use, image_input]\n");
    row("gemini-cli", 1,
        "GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:4402\nGEMINI_API_KEY=gr-key-of-this-tool-0001\n");
    row("gemini-cli", 0,
        "{\n  \"security\": { \"auth\": { \"selectedType\": \"gemini-api-key\" } },\n"
        "  \"model\": { \"name\": \"openai/gpt-5.4\" }\n}\n");
    row("opencode", 0,
        "{\n  \"model\": \"gaterouter/openai/gpt-5.4\",\n  \"provider\": {\n    \"gaterouter\": {\n"
        "      \"npm\": \"@ai-sdk/openai-compatible\",\n      \"name\": \"GateRouter\",\n"
        "      \"options\": { \"baseURL\": \"http://127.0.0.1:4402/v1\", "
        "\"apiKey\": \"gr-key-of-this-tool-0001\" },\n"
        "      \"models\": { \"openai/gpt-5.4\": { \"name\": \"openai/gpt-5.4\" } }\n    }\n  "
        "}\n}\n");
    row("claude-code", 0,
        "{\n  \"env\": {\n    \"ANTHROPIC_BASE_URL\": \"http://127.0.0.1:4402\",\n"
        "    \"ANTHROPIC_AUTH_TOKEN\": \"gr-key-of-this-tool-0001\",\n"
        "    \"ANTHROPIC_MODEL\": \"openai/gpt-5.4\",\n"
        "    \"ANTHROPIC_DEFAULT_OPUS_MODEL\": \"openai/gpt-5.4\",\n"
        "    \"ANTHROPIC_DEFAULT_SONNET_MODEL\": \"openai/gpt-5.4\",\n"
        "    \"ANTHROPIC_DEFAULT_HAIKU_MODEL\": \"openai/gpt-5.4\",\n"
        "    \"ANTHROPIC_DEFAULT_FABLE_MODEL\": \"openai/gpt-5.4\",\n"
        "    \"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC\": \"1\",\n"
        "    \"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY\": \"1\"\n  }\n}\n");
    row("zed", 0,
        "{\n  \"language_models\": {\n    \"openai_compatible\": {\n      \"GateRouter\": {\n"
        "        \"api_url\": \"http://127.0.0.1:4402/v1\",\n        \"available_models\": [\n"
        "          {\n            \"name\": \"openai/gpt-5.4\",\n"
        "            \"display_name\": \"openai/gpt-5.4\",\n            \"max_tokens\": 200000\n"
        "          }\n        ]\n      }\n    }\n  }\n}\n");
}

void TestConnectPlan::newFiles() {
    QFETCH(QString, id);
    QFETCH(int, file);
    QFETCH(QString, text);
    const Tool& tool = *findTool(id.toStdString());
    const auto texts = planned(tool, nothing(tool), kTarget);
    QVERIFY(texts);
    QCOMPARE(shown((*texts)[static_cast<std::size_t>(file)]), text);
}

void TestConnectPlan::keepsTheRest_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("before");    // of the first file
    QTest::addColumn<QStringList>("gone");  // the lines that may go, in order
    const auto row = [](const char* name, const char* id, const char* before, QStringList gone) {
        QTest::newRow(name) << QString::fromLatin1(id) << QString::fromUtf8(before)
                            << std::move(gone);
    };
    row("claude code through another proxy", "claude-code",
        "{\n    \"permissions\": { \"allow\": [\"Bash(ls)\"] },\n    \"env\": {\n"
        "        \"ANTHROPIC_BASE_URL\": \"https://proxy.example.com\",\n"
        "        \"ANTHROPIC_API_KEY\": \"sk-ant-1\",\n"
        "        \"ANTHROPIC_DEFAULT_HAIKU_MODEL\": \"glm-4.6\",\n"
        "        \"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC\": \"0\",\n"
        "        \"DEBUG\": \"1\"\n    },\n    \"unknown\": 1e3\n}\n",
        {QStringLiteral("        \"ANTHROPIC_BASE_URL\": \"https://proxy.example.com\","),
         QStringLiteral("        \"ANTHROPIC_API_KEY\": \"sk-ant-1\","),
         QStringLiteral("        \"ANTHROPIC_DEFAULT_HAIKU_MODEL\": \"glm-4.6\","),
         QStringLiteral("        \"DEBUG\": \"1\"")});
    row("codex with a provider of its own", "codex",
        "# mine\nmodel = \"gpt-5.4\"\napproval_policy = \"never\" # brave\n\n"
        "[model_providers.azure]\nname = \"Azure\"\nbase_url = \"https://a.example.com\"\n\n"
        "[projects.\"/home/ada/x\"]\ntrust_level = \"trusted\"\n",
        {QStringLiteral("model = \"gpt-5.4\"")});
    row("opencode with comments", "opencode",
        "{\n\t// theme\n\t\"theme\": \"dark\",\n\t\"provider\": {\n\t\t\"openai\": {}, // "
        "direct\n\t},\n}\n",
        {});
    row("continue beside others", "continue",
        "name: Mine\nversion: 0.0.1\nschema: v1\nmodels:\n  - name: Sonnet\n    provider: "
        "anthropic\n    apiKey: sk-1\n    roles:\n      - chat\nrules:\n  - Be brief.\n",
        {});
    row("zed with a theme", "zed",
        "// Zed settings\n{\n  \"theme\": \"One Dark\",\n  \"language_models\": {\n"
        "    \"openai\": { \"version\": \"1\" },\n  },\n}\n",
        {});
    row("aider with openai", "aider",
        "# aider\nmodel: gpt-5.4\nopenai-api-key: sk-1   # work\ndark-mode: true\n",
        {QStringLiteral("model: gpt-5.4"), QStringLiteral("openai-api-key: sk-1   # work")});
    row("gemini signed in with google", "gemini-cli",
        "{\n  \"security\": {\n    \"auth\": {\n      \"selectedType\": \"oauth-personal\"\n    }\n"
        "  },\n  \"ui\": { \"theme\": \"Dracula\" }\n}\n",
        {QStringLiteral("      \"selectedType\": \"oauth-personal\""),
         QStringLiteral("  \"ui\": { \"theme\": \"Dracula\" }")});
}

void TestConnectPlan::keepsTheRest() {
    QFETCH(QString, id);
    QFETCH(QString, before);
    QFETCH(QStringList, gone);
    const Tool& tool = *findTool(id.toStdString());
    for (const bool crlf : {false, true}) {
        Texts now = nothing(tool);
        const QString text =
            crlf ? QString(before).replace(QLatin1String("\n"), QLatin1String("\r\n")) : before;
        now.front() = text.toStdString();
        QCOMPARE(judge(tool, now, kTarget.root, knows, false)->standing, Standing::NotSetUp);
        const auto after = planned(tool, now, kTarget);
        QVERIFY2(after, after ? "" : after.error().message.text.c_str());
        QCOMPARE(judge(tool, *after, kTarget.root, knows, false)->standing, Standing::Ready);
        QStringList removed;
        for (const DiffLine& line : lineDiff(now.front(), after->front())) {
            if (line.kind == DiffLine::Kind::Removed)
                removed << shown(line.text);
        }
        QCOMPARE(removed, gone);
        QCOMPARE(shown(after->front()).count(QLatin1Char('\n')),
                 crlf ? shown(after->front()).count(QLatin1String("\r\n"))
                      : shown(after->front()).count(QLatin1Char('\n')));
        QCOMPARE(shown(after->front()).contains(QLatin1Char('\r')), crlf);
    }
}

void TestConnectPlan::drifts_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<Drift>("drift");
    const auto row = [](const char* id, const char* from, const char* to, Drift drift) {
        QTest::addRow("%s: %s", id, to)
            << QString::fromLatin1(id) << QString::fromUtf8(from) << QString::fromUtf8(to) << drift;
    };
    row("claude-code", "127.0.0.1:4402", "proxy.example.com", Drift::Address);
    row("claude-code", "tool-0001", "tool-0002", Drift::Key);
    row("claude-code", "\"ANTHROPIC_MODEL\"", "\"ANTHROPIC_MODELS\"", Drift::Model);
    row("claude-code", "\"ANTHROPIC_MODEL\"", "\"ANTHROPIC_API_KEY\": \"x\", \"ANTHROPIC_MODEL\"",
        Drift::Other);
    row("claude-code", "\"ANTHROPIC_DEFAULT_HAIKU_MODEL\": \"openai/gpt-5.4\"",
        "\"ANTHROPIC_DEFAULT_HAIKU_MODEL\": \"auto:fast\"", Drift::None);
    row("codex", "model_provider = \"gaterouter\"", "model_provider = \"openai\"", Drift::Other);
    row("codex", ":4402/v1", ":4402", Drift::Address);
    row("codex", "GATEROUTER_KEY=gr-key-of-this-tool-0001", "", Drift::Key);
    row("opencode", "gaterouter/openai/gpt-5.4", "anthropic/claude", Drift::Model);
    row("opencode", "@ai-sdk/openai-compatible", "@ai-sdk/anthropic", Drift::None);
    row("continue", "roles: [chat, edit, apply]", "roles: [chat]", Drift::None);
    row("continue", "provider: openai", "provider: ollama", Drift::Other);
    row("zed", "200000", "100000", Drift::None);
    row("aider", "openai/openai/gpt-5.4", "sonnet", Drift::Model);
    row("gemini-cli", "gemini-api-key", "oauth-personal", Drift::Other);
}

void TestConnectPlan::drifts() {
    QFETCH(QString, id);
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(Drift, drift);
    const Tool& tool = *findTool(id.toStdString());
    Texts texts = *planned(tool, nothing(tool), kTarget);
    const Texts before = texts;
    for (std::string& text : texts)
        text = shown(text).replace(from, to).toStdString();
    QVERIFY(texts != before);
    const auto state = judge(tool, texts, kTarget.root, knows, true);
    QVERIFY2(state, state ? "" : state.error().message.text.c_str());
    QCOMPARE(state->drift, drift);
    QCOMPARE(state->standing, drift == Drift::None ? Standing::Ready : Standing::Drifted);
    QCOMPARE(judge(tool, *planned(tool, texts, kTarget), kTarget.root, knows, true)->standing,
             Standing::Ready);
}

void TestConnectPlan::anotherModelIsAChoice() {
    const Tool& tool = *findTool("codex");
    Texts texts = *planned(tool, nothing(tool), kTarget);
    texts[0] = shown(texts[0])
                   .replace(QLatin1String("openai/gpt-5.4"), QLatin1String("auto:best"))
                   .toStdString();
    const auto state = judge(tool, texts, kTarget.root, knows, true);
    QCOMPARE(state->standing, Standing::Ready);
    QCOMPARE(shown(*state->found.model), QStringLiteral("auto:best"));
    QCOMPARE(shown(*state->found.key), shown(kTarget.key));
}

// The names that follow the model follow it to the next one.
void TestConnectPlan::anotherModelIsWritten() {
    const Tool& tool = *findTool("claude-code");
    Target other = kTarget;
    other.model = "anthropic/claude-opus-5-5";
    const Texts first = *planned(tool, nothing(tool), kTarget);
    const Texts second = *planned(tool, first, other);
    QVERIFY(!shown(second[0]).contains(QLatin1String("gpt-5.4")));
    QCOMPARE(second, *planned(tool, nothing(tool), other));
}

void TestConnectPlan::anotherGatewayIsNoneOfOurs() {
    const Tool& tool = *findTool("claude-code");
    const Texts texts{"{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://127.0.0.1:3456\"}}"};
    QCOMPARE(judge(tool, texts, kTarget.root, knows, false)->standing, Standing::NotSetUp);
    QCOMPARE(shown(*found(tool, texts)->root), QStringLiteral("http://127.0.0.1:3456"));
}

void TestConnectPlan::unreadableNamesItsFile() {
    const Tool& tool = *findTool("codex");
    const auto first = planned(tool, {"model = \"x\n", ""}, kTarget);
    QVERIFY(!first);
    QCOMPARE(shown(first.error().field), QStringLiteral("0"));
    const auto second = judge(tool, {"", "no assignment\n"}, kTarget.root, knows, false);
    QVERIFY(!second);
    QCOMPARE(shown(second.error().field), QStringLiteral("1"));
}

QTEST_GUILESS_MAIN(TestConnectPlan)
#include "test_connect_plan.moc"
