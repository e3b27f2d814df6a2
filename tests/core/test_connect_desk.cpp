// SPDX-License-Identifier: MIT
// The files of the tools on disk: shown, changed, and brought back to the byte.
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>

#include "base/file.h"
#include "connect/desk.h"

using gr::ErrorCode;
using gr::connect::Desk;
using gr::connect::Drift;
using gr::connect::findTool;
using gr::connect::Home;
using gr::connect::KnownKeys;
using gr::connect::Proposal;
using gr::connect::Standing;
using gr::connect::Target;
using gr::connect::Tool;
using gr::connect::ToolView;
namespace fs = std::filesystem;

namespace {

constexpr const char* kRoot = "http://127.0.0.1:4402";
const Target kTarget{kRoot, "gr-key-of-this-tool-0001", "openai/gpt-5.4"};

class FixedClock final : public gr::Clock {
  public:
    gr::UnixMs now() const override { return {1'795'357'507'000}; }
    gr::SteadyTime steady() const override { return {}; }
};

QString shown(const std::string& text) {
    return QString::fromStdString(text);
}

}  // namespace

class TestConnectDesk final : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void cleanup();
    void setsUpAndUndoes_data();
    void setsUpAndUndoes();
    void madeFilesGoAgain();
    void keepsModes_data();
    void keepsModes();
    void linksAreFollowed();
    void deadLinkIsAnError();
    void writeProtectedIsLeftAlone();
    void changedSinceShown();
    void changedSinceWritten();
    void secondChangeUndoesBoth();
    void halfAChangeIsTakenBack();
    void remembersNoKey();
    void revokedKeyIsDrift();
    void movedFolders();
    void otherNameOfTheFile();
    void oldFormIsNotHidden();
    void installed();

  private:
    fs::path path(const std::string& name) const { return fs::path(m_home) / name; }
    void put(const std::string& name, const std::string& text, mode_t mode = 0644);
    std::string text(const std::string& name) const {
        return gr::readFile(path(name)).value_or("(none)");
    }
    mode_t mode(const std::string& name) const;
    int backUps(const std::string& folder) const;
    Desk desk() const;
    ToolView view(const std::string& tool) const;
    void setUp(const std::string& tool, const Target& target = kTarget);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_home;
    std::map<std::string, std::string> m_variables;
    bool m_keyAlive = true;
    FixedClock m_clock;
};

void TestConnectDesk::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_home = m_folder->path().toStdString() + "/home";
    fs::create_directories(m_home);
    m_variables.clear();
    m_keyAlive = true;
}

void TestConnectDesk::cleanup() {
    m_folder.reset();
}

void TestConnectDesk::put(const std::string& name, const std::string& text, mode_t mode) {
    fs::create_directories(path(name).parent_path());
    QVERIFY(gr::replaceFile(path(name), text));
    QCOMPARE(::chmod(path(name).c_str(), mode), 0);
}

mode_t TestConnectDesk::mode(const std::string& name) const {
    struct stat info {};
    return ::stat(path(name).c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

int TestConnectDesk::backUps(const std::string& folder) const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(path(folder)))
        count += entry.path().filename().string().ends_with(".bak") ? 1 : 0;
    return count;
}

Desk TestConnectDesk::desk() const {
    Home home;
    home.folder = m_home;
    home.variable = [this](const std::string& name) {
        const auto it = m_variables.find(name);
        return it == m_variables.end() ? std::nullopt : std::optional(it->second);
    };
    return Desk(std::move(home), fs::path(m_home).parent_path() / "data" / "connections.json",
                m_clock);
}

ToolView TestConnectDesk::view(const std::string& tool) const {
    return desk().view(*findTool(tool), kRoot,
                       {[](const std::string& key) { return key == kTarget.key; },
                        [this](const std::string&) { return m_keyAlive; }});
}

void TestConnectDesk::setUp(const std::string& tool, const Target& target) {
    Desk one = desk();
    const auto proposal = one.propose(*findTool(tool), target);
    QVERIFY2(proposal, proposal ? "" : proposal.error().message.text.c_str());
    QVERIFY(!proposal->changes.empty());
    const auto applied = one.apply(*proposal, "my-key");
    QVERIFY2(applied, applied ? "" : applied.error().message.text.c_str());
}

void TestConnectDesk::setsUpAndUndoes_data() {
    QTest::addColumn<std::string>("tool");
    QTest::addColumn<std::string>("file");
    QTest::addColumn<std::string>("text");
    QTest::newRow("claude code") << std::string("claude-code")
                                 << std::string(".claude/settings.json")
                                 << std::string("{\r\n  // mine\r\n  \"env\": {},\r\n}");
    QTest::newRow("codex") << std::string("codex") << std::string(".codex/config.toml")
                           << std::string("model = \"gpt-5.4\" # mine\n[tui]\n");
    QTest::newRow("opencode") << std::string("opencode")
                              << std::string(".config/opencode/opencode.json") << std::string("{}");
    QTest::newRow("continue") << std::string("continue") << std::string(".continue/config.yaml")
                              << std::string("name: x\nmodels: []");
    QTest::newRow("zed") << std::string("zed") << std::string(".config/zed/settings.json")
                         << std::string("\xEF\xBB\xBF// Zed\n{}\n");
    QTest::newRow("aider") << std::string("aider") << std::string(".aider.conf.yml")
                           << std::string("\n# nothing\n\n");
    QTest::newRow("gemini") << std::string("gemini-cli") << std::string(".gemini/settings.json")
                            << std::string("");
}

void TestConnectDesk::setsUpAndUndoes() {
    QFETCH(std::string, tool);
    QFETCH(std::string, file);
    QFETCH(std::string, text);
    put(file, text);
    QCOMPARE(view(tool).state.standing, Standing::NotSetUp);
    QVERIFY(!view(tool).undoable);
    setUp(tool);
    const ToolView ready = view(tool);
    QVERIFY(!ready.problem);
    QCOMPARE(ready.state.standing, Standing::Ready);
    QVERIFY(ready.undoable);
    QCOMPARE(shown(ready.keyId), QStringLiteral("my-key"));
    QCOMPARE(backUps(fs::path(file).parent_path().string()), 1);
    Desk one = desk();
    QVERIFY(one.undo(*findTool(tool)));
    QVERIFY(this->text(file) == text);  // a QString would drop a byte order mark
    QCOMPARE(mode(file), mode_t{0644});
    QCOMPARE(backUps(fs::path(file).parent_path().string()), 0);
    QCOMPARE(view(tool).state.standing, Standing::NotSetUp);
    QVERIFY(!view(tool).undoable);
    QCOMPARE(one.undo(*findTool(tool)).error().code, ErrorCode::NotFound);
}

void TestConnectDesk::madeFilesGoAgain() {
    setUp("codex");
    QVERIFY(fs::exists(path(".codex/config.toml")));
    QCOMPARE(mode(".codex/.env"), mode_t{0600});
    QCOMPARE(mode(".codex"), mode_t{0700});
    QVERIFY(desk().undo(*findTool("codex")));
    QVERIFY(!fs::exists(path(".codex/config.toml")));
    QVERIFY(!fs::exists(path(".codex/.env")));
}

void TestConnectDesk::keepsModes_data() {
    QTest::addColumn<std::string>("tool");
    QTest::addColumn<std::string>("file");
    QTest::addColumn<int>("before");
    QTest::addColumn<int>("after");
    QTest::newRow("no key in it") << std::string("zed") << std::string(".config/zed/settings.json")
                                  << 0664 << 0664;
    QTest::newRow("a key in it") << std::string("opencode")
                                 << std::string(".config/opencode/opencode.json") << 0664 << 0600;
    QTest::newRow("closed already")
        << std::string("opencode") << std::string(".config/opencode/opencode.json") << 0600 << 0600;
}

void TestConnectDesk::keepsModes() {
    QFETCH(std::string, tool);
    QFETCH(std::string, file);
    QFETCH(int, before);
    QFETCH(int, after);
    put(file, "{}\n", static_cast<mode_t>(before));
    setUp(tool);
    QCOMPARE(static_cast<int>(mode(file)), after);
    QVERIFY(desk().undo(*findTool(tool)));
    QCOMPARE(static_cast<int>(mode(file)), before);
}

void TestConnectDesk::linksAreFollowed() {
    put("dotfiles/claude.json", "{}\n");
    fs::create_directories(path(".claude"));
    fs::create_symlink("../dotfiles/claude.json", path(".claude/settings.json"));
    setUp("claude-code");
    QVERIFY(fs::is_symlink(path(".claude/settings.json")));
    QVERIFY(shown(text("dotfiles/claude.json")).contains(shown(kTarget.key)));
    QCOMPARE(view("claude-code").state.standing, Standing::Ready);
    QVERIFY(desk().undo(*findTool("claude-code")));
    QVERIFY(fs::is_symlink(path(".claude/settings.json")));
    QCOMPARE(shown(text("dotfiles/claude.json")), QStringLiteral("{}\n"));
}

void TestConnectDesk::deadLinkIsAnError() {
    fs::create_directories(path(".claude"));
    fs::create_symlink("nowhere.json", path(".claude/settings.json"));
    QVERIFY(view("claude-code").problem.has_value());
    QVERIFY(!desk().propose(*findTool("claude-code"), kTarget));
    QVERIFY(!fs::exists(path(".claude/nowhere.json")));
}

void TestConnectDesk::writeProtectedIsLeftAlone() {
    put(".claude/settings.json", "{}\n", 0444);
    Desk one = desk();
    const auto proposal = one.propose(*findTool("claude-code"), kTarget);
    QVERIFY(proposal);
    const auto applied = one.apply(*proposal, "my-key");
    QVERIFY(!applied);
    QCOMPARE(applied.error().code, ErrorCode::ReadOnly);
    QCOMPARE(shown(text(".claude/settings.json")), QStringLiteral("{}\n"));
    QCOMPARE(backUps(".claude"), 0);
    QVERIFY(!view("claude-code").undoable);
}

void TestConnectDesk::changedSinceShown() {
    put(".claude/settings.json", "{}\n");
    Desk one = desk();
    const auto proposal = one.propose(*findTool("claude-code"), kTarget);
    put(".claude/settings.json", "{ \"model\": \"opus\" }\n");
    const auto applied = one.apply(*proposal, "my-key");
    QVERIFY(!applied);
    QCOMPARE(applied.error().code, ErrorCode::ConfigChanged);
    QCOMPARE(shown(text(".claude/settings.json")), QStringLiteral("{ \"model\": \"opus\" }\n"));
    QVERIFY(!one.propose(*findTool("claude-code"), kTarget)->sameBasis(*proposal));
}

void TestConnectDesk::changedSinceWritten() {
    put(".codex/config.toml", "model = \"gpt-5.4\"\n");
    setUp("codex");
    put(".codex/config.toml", text(".codex/config.toml") + "# later\n");
    QCOMPARE(view("codex").state.standing, Standing::Ready);  // the line is none of ours
    const auto undone = desk().undo(*findTool("codex"));
    QVERIFY(!undone);
    QCOMPARE(undone.error().code, ErrorCode::ConfigChanged);
    const QString why = shown(undone.error().message.text);
    QVERIFY2(why.contains(QLatin1String("~/.codex/config.toml.gaterouter-")), qPrintable(why));
    // Neither file was touched.
    QVERIFY(shown(text(".codex/.env")).contains(shown(kTarget.key)));
    QVERIFY(shown(text(".codex/config.toml")).endsWith(QLatin1String("# later\n")));
}

void TestConnectDesk::secondChangeUndoesBoth() {
    put(".codex/config.toml", "# mine\n");
    setUp("codex");
    Target other = kTarget;
    other.model = "auto";
    setUp("codex", other);
    QCOMPARE(shown(*view("codex").state.found.model), QStringLiteral("auto"));
    QCOMPARE(backUps(".codex"), 1);
    QVERIFY(desk().undo(*findTool("codex")));
    QCOMPARE(shown(text(".codex/config.toml")), QStringLiteral("# mine\n"));
    QVERIFY(!fs::exists(path(".codex/.env")));
    // With words of the user in between, the second change begins where they ended.
    setUp("codex");
    const std::string between = text(".codex/config.toml") + "# between\n";
    put(".codex/config.toml", between);
    setUp("codex", other);
    QVERIFY(desk().undo(*findTool("codex")));
    QCOMPARE(shown(text(".codex/config.toml")), shown(between));
    QVERIFY2(fs::exists(path(".codex/.env")), "what the words of the user go with stays");
}

void TestConnectDesk::halfAChangeIsTakenBack() {
    put(".codex/config.toml", "# mine\n");
    Desk one = desk();
    auto proposal = one.propose(*findTool("codex"), kTarget);
    QVERIFY(proposal);
    QCOMPARE(proposal->changes.size(), std::size_t{2});
    // The second file cannot come into being: its folder is a file.
    put("blocked", "x");
    proposal->changes[1].before.path = path("blocked/.env");
    const auto applied = one.apply(*proposal, "my-key");
    QVERIFY(!applied);
    QCOMPARE(shown(text(".codex/config.toml")), QStringLiteral("# mine\n"));
    QCOMPARE(mode(".codex/config.toml"), mode_t{0644});
    QCOMPARE(backUps(".codex"), 0);
    QVERIFY(!view("codex").undoable);
}

void TestConnectDesk::remembersNoKey() {
    setUp("claude-code");
    const fs::path records = fs::path(m_home).parent_path() / "data" / "connections.json";
    const std::string remembered = gr::readFile(records).value_or("");
    QVERIFY(!remembered.empty());
    QVERIFY(!shown(remembered).contains(shown(kTarget.key)));
    struct stat info {};
    QCOMPARE(::stat(records.c_str(), &info), 0);
    QCOMPARE(info.st_mode & 0777, mode_t{0600});
}

void TestConnectDesk::revokedKeyIsDrift() {
    setUp("claude-code");
    QCOMPARE(view("claude-code").state.standing, Standing::Ready);
    m_keyAlive = false;
    QCOMPARE(view("claude-code").state.drift, Drift::Key);
}

void TestConnectDesk::movedFolders() {
    m_variables["CODEX_HOME"] = m_home + "/elsewhere";
    m_variables["XDG_CONFIG_HOME"] = "relative";
    setUp("codex");
    QVERIFY(fs::exists(path("elsewhere/config.toml")));
    QCOMPARE(shown(view("codex").files[0].shown), QStringLiteral("~/elsewhere/config.toml"));
    QCOMPARE(shown(view("zed").files[0].shown), QStringLiteral("~/.config/zed/settings.json"));
}

void TestConnectDesk::otherNameOfTheFile() {
    put(".config/opencode/opencode.jsonc", "{} // mine\n");
    setUp("opencode");
    QVERIFY(!fs::exists(path(".config/opencode/opencode.json")));
    QVERIFY(shown(text(".config/opencode/opencode.jsonc")).contains(QLatin1String("// mine")));
}

void TestConnectDesk::oldFormIsNotHidden() {
    put(".continue/config.json", "{}\n");
    const ToolView seen = view("continue");
    QVERIFY(seen.problem);
    QVERIFY(shown(seen.problem->message.text).contains(QLatin1String("~/.continue/config.json")));
    QVERIFY(!desk().propose(*findTool("continue"), kTarget));
}

void TestConnectDesk::installed() {
    QVERIFY(!view("cline").installed);
    QVERIFY(!view("zed").installed);
    fs::create_directories(path(".vscode/extensions/saoudrizwan.claude-dev-3.2.1"));
    QVERIFY(view("cline").installed);
    QVERIFY(!view("roo-code").installed);
    put("tools/zeditor", "#!/bin/sh\n", 0755);
    m_variables["PATH"] = "/nowhere::" + m_home + "/tools";
    QVERIFY(view("zed").installed);
    put("tools/codex", "no program\n", 0644);
    QVERIFY(!view("codex").installed);
}

QTEST_GUILESS_MAIN(TestConnectDesk)
#include "test_connect_desk.moc"
