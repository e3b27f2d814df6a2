// SPDX-License-Identifier: MIT
#include "connect/tools.h"

#include <algorithm>
#include <array>

namespace gr::connect {
namespace {

using Names = std::span<const char* const>;

constexpr std::array kClaude{FileSpec{Format::Json, "CLAUDE_CONFIG_DIR", "settings.json",
                                      ".claude/settings.json", "", false, true, R"({
  "env": {
    "ANTHROPIC_BASE_URL": "{root}",
    "ANTHROPIC_AUTH_TOKEN": "{key}",
    "-ANTHROPIC_API_KEY": null,
    "ANTHROPIC_MODEL": "{model}",
    "~ANTHROPIC_DEFAULT_OPUS_MODEL": "{model}",
    "~ANTHROPIC_DEFAULT_SONNET_MODEL": "{model}",
    "~ANTHROPIC_DEFAULT_HAIKU_MODEL": "{model}",
    "~ANTHROPIC_DEFAULT_FABLE_MODEL": "{model}",
    "?CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "?CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"
  }
})"}};

// Codex reads `.env` of its folder at its start, so that the key need not stand in a shell's files.
constexpr std::array kCodex{
    FileSpec{Format::Toml, "CODEX_HOME", "config.toml", ".codex/config.toml", "", false, false, R"({
  "model": "{model}",
  "model_provider": "gaterouter",
  "model_providers": {
    "gaterouter": {
      "?name": "GateRouter",
      "base_url": "{base}",
      "wire_api": "responses",
      "env_key": "GATEROUTER_KEY"
    }
  }
})"},
    FileSpec{Format::Env, "CODEX_HOME", ".env", ".codex/.env", "", false, true,
             R"({ "GATEROUTER_KEY": "{key}" })"}};

constexpr std::array kOpencode{FileSpec{Format::Json, "XDG_CONFIG_HOME", "opencode/opencode.json",
                                        ".config/opencode/opencode.json", "opencode.jsonc", false,
                                        true, R"({
  "model": "gaterouter/{model}",
  "provider": {
    "gaterouter": {
      "?npm": "@ai-sdk/openai-compatible",
      "?name": "GateRouter",
      "options": { "baseURL": "{base}", "apiKey": "{key}" },
      "models": { "{model}": { "?name": "{model}" } }
    }
  }
})"}};

constexpr std::array kContinue{FileSpec{Format::Yaml, "CONTINUE_GLOBAL_DIR", "config.yaml",
                                        ".continue/config.yaml", "config.json", true, true, R"({
  "?name": "GateRouter",
  "?version": "1.0.0",
  "?schema": "v1",
  "models": {
    "*": {
      "name": "GateRouter",
      "provider": "openai",
      "model": "{model}",
      "apiBase": "{base}",
      "apiKey": "{key}",
      "?roles": ["chat", "edit", "apply"],
      "?capabilities": ["tool_use", "image_input"]
    }
  }
})"}};

// Zed takes keys from its own store alone.
constexpr std::array kZed{FileSpec{Format::Json, "XDG_CONFIG_HOME", "zed/settings.json",
                                   ".config/zed/settings.json", "", false, false, R"({
  "language_models": {
    "openai_compatible": {
      "GateRouter": {
        "api_url": "{base}",
        "~available_models": [
          { "name": "{model}", "display_name": "{model}", "max_tokens": 200000 }
        ]
      }
    }
  }
})"}};

constexpr std::array kAider{FileSpec{Format::Yaml, "", "", ".aider.conf.yml", "", false, true, R"({
  "openai-api-base": "{base}",
  "openai-api-key": "{key}",
  "model": "openai/{model}"
})"}};

constexpr std::array kGemini{
    FileSpec{Format::Json, "GEMINI_CLI_HOME", ".gemini/settings.json", ".gemini/settings.json", "",
             false, false, R"({
  "security": { "auth": { "selectedType": "gemini-api-key" } },
  "model": { "name": "{model}" }
})"},
    FileSpec{Format::Env, "GEMINI_CLI_HOME", ".gemini/.env", ".gemini/.env", "", false, true, R"({
  "GOOGLE_GEMINI_BASE_URL": "{root}",
  "GEMINI_API_KEY": "{key}",
  "-GEMINI_MODEL": null
})"}};

constexpr std::array kClaudePrograms{"claude"};
constexpr std::array kClaudeTraces{".claude", ".claude.json"};
constexpr std::array kCodexPrograms{"codex"};
constexpr std::array kCodexTraces{".codex"};
constexpr std::array kOpencodePrograms{"opencode"};
constexpr std::array kOpencodeTraces{".config/opencode", ".opencode/bin/opencode"};
constexpr std::array kContinuePrograms{"cn"};
constexpr std::array kContinueTraces{".continue", ".vscode/extensions/continue.continue-*"};
constexpr std::array kClineTraces{".vscode/extensions/saoudrizwan.claude-dev-*", ".cline"};
constexpr std::array kRooTraces{".vscode/extensions/rooveterinaryinc.roo-cline-*", ".roo"};
constexpr std::array kZedPrograms{"zed", "zeditor"};
constexpr std::array kZedTraces{".config/zed", ".local/zed.app"};
constexpr std::array kCodePrograms{"code", "code-insiders"};
constexpr std::array kCodeTraces{".config/Code", ".vscode/extensions/github.copilot-*"};
constexpr std::array kJetBrainsTraces{".config/JetBrains", ".local/share/JetBrains/Toolbox"};
constexpr std::array kAiderPrograms{"aider"};
constexpr std::array kAiderTraces{".aider.conf.yml", ".aider"};
constexpr std::array kGeminiPrograms{"gemini"};
constexpr std::array kGeminiTraces{".gemini"};
constexpr std::array kWebUiPrograms{"open-webui"};
constexpr std::array kCurlPrograms{"curl"};
constexpr std::array kPythonPrograms{"python3"};
constexpr std::array kNodePrograms{"node", "bun", "deno"};
constexpr std::array kCursorPrograms{"cursor"};
constexpr std::array kCursorTraces{".cursor", ".config/Cursor"};

constexpr std::array kTools{
    Tool{"claude-code", "Claude Code", Way::Files, Speaks::Messages, false, kClaude,
         kClaudePrograms, kClaudeTraces},
    Tool{"codex", "Codex", Way::Files, Speaks::Responses, true, kCodex, kCodexPrograms,
         kCodexTraces},
    Tool{"opencode", "opencode", Way::Files, Speaks::Chat, true, kOpencode, kOpencodePrograms,
         kOpencodeTraces},
    Tool{"continue", "Continue", Way::Files, Speaks::Chat, true, kContinue, kContinuePrograms,
         kContinueTraces},
    Tool{"cline", "Cline", Way::ByHand, Speaks::Chat, false, {}, {}, kClineTraces},
    Tool{"roo-code", "Roo Code", Way::ByHand, Speaks::Chat, false, {}, {}, kRooTraces},
    Tool{"zed", "Zed", Way::Files, Speaks::Chat, true, kZed, kZedPrograms, kZedTraces},
    Tool{"vscode-copilot",
         "VS Code Copilot",
         Way::ByHand,
         Speaks::Chat,
         false,
         {},
         kCodePrograms,
         kCodeTraces},
    Tool{"jetbrains",
         "JetBrains AI Assistant",
         Way::ByHand,
         Speaks::Chat,
         false,
         {},
         {},
         kJetBrainsTraces},
    Tool{"aider", "Aider", Way::Files, Speaks::Chat, false, kAider, kAiderPrograms, kAiderTraces},
    Tool{"gemini-cli", "Gemini CLI", Way::Files, Speaks::Gemini, false, kGemini, kGeminiPrograms,
         kGeminiTraces},
    Tool{"open-webui", "Open WebUI", Way::ByHand, Speaks::Chat, false, {}, kWebUiPrograms, {}},
    Tool{"openai-python",
         "OpenAI SDK, Python",
         Way::ByHand,
         Speaks::Chat,
         false,
         {},
         kPythonPrograms,
         {}},
    Tool{"openai-javascript",
         "OpenAI SDK, JavaScript",
         Way::ByHand,
         Speaks::Chat,
         false,
         {},
         kNodePrograms,
         {}},
    Tool{"anthropic-python",
         "Anthropic SDK, Python",
         Way::ByHand,
         Speaks::Messages,
         false,
         {},
         kPythonPrograms,
         {}},
    Tool{"curl", "curl", Way::ByHand, Speaks::Chat, false, {}, kCurlPrograms, {}},
    Tool{"other", "Any other tool", Way::ByHand, Speaks::Chat, false, {}, {}, {}},
    Tool{"cursor",
         "Cursor",
         Way::Unreachable,
         Speaks::Chat,
         false,
         {},
         kCursorPrograms,
         kCursorTraces},
};

}  // namespace

std::span<const Tool> tools() {
    return kTools;
}

const Tool* findTool(std::string_view id) {
    const auto* const it = std::find_if(kTools.begin(), kTools.end(),
                                        [id](const Tool& tool) { return tool.id == id; });
    return it == kTools.end() ? nullptr : it;
}

bool holdsKey(const Tool& tool) {
    return std::any_of(tool.files.begin(), tool.files.end(),
                       [](const FileSpec& file) { return file.holdsKey; });
}

}  // namespace gr::connect
