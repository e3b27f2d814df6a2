// SPDX-License-Identifier: MIT
// Tools of the scripted day: one through another proxy, one ready, one that drifted.
#include <QDir>
#include <QFile>

#include "fake_backend.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

void FakeBackend::fillTools() {
    const auto put = [this](const QString& name, const QByteArray& bytes) {
        const QString path = home.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) {
            qFatal("the home of the scripted tools cannot be written");
        }
    };
    put(u".claude/settings.json"_s,
        "{\n  \"permissions\": {\n    \"allow\": [\"Bash(git status)\"]\n  },\n  \"env\": {\n"
        "    \"ANTHROPIC_BASE_URL\": \"https://proxy.example.com\",\n"
        "    \"ANTHROPIC_API_KEY\": \"sk-ant-0123456789abcdef\"\n  }\n}\n");
    put(u".config/zed/settings.json"_s, "{\n  \"theme\": \"One Dark\"\n}\n");
    put(u".cursor/mcp.json"_s, "{}\n");
    put(u".config/opencode/opencode.json"_s, "{\n  \"theme\": \"system\"\n}\n");
    put(u".gemini/settings.json"_s, "{\n  \"model\": \"gemini-2.5-pro\"\n}\n");
    const auto setUp = [this](const char* id, const std::string& root) {
        const auto proposal = m_desk.propose(*connect::findTool(id),
                                             {root, m_secrets.at("my-tools"), "openai/gpt-5.4"});
        if (!proposal || !m_desk.apply(*proposal, "my-tools")) {
            qFatal("a scripted tool cannot be set up");
        }
    };
    setUp("codex", "http://127.0.0.1:4402");
    setUp("opencode", "http://127.0.0.1:4403");
}

}  // namespace gr::ui
