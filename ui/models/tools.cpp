// SPDX-License-Identifier: MIT
#include "models/tools.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

#define SAY(text) QT_TRANSLATE_NOOP("Tools", text)

constexpr std::array kTools{
    ToolText{"claude-code", SAY("Set these variables where you start it."),
             SAY("For models that it does not know it assumes a window of a million tokens: "
                 "CLAUDE_CODE_MAX_CONTEXT_TOKENS sets the true one."),
             R"(ANTHROPIC_BASE_URL={root}
ANTHROPIC_AUTH_TOKEN={key}
ANTHROPIC_MODEL={model}
ANTHROPIC_DEFAULT_OPUS_MODEL={model}
ANTHROPIC_DEFAULT_SONNET_MODEL={model}
ANTHROPIC_DEFAULT_HAIKU_MODEL={model}
)"},
    ToolText{"codex",
             SAY("Add this to ~/.codex/config.toml, and set GATEROUTER_KEY where you start it."),
             SAY("It reads the key from GATEROUTER_KEY, which may stand in ~/.codex/.env."),
             R"(model = "{model}"
model_provider = "gaterouter"

[model_providers.gaterouter]
name = "GateRouter"
base_url = "{base}"
wire_api = "responses"
env_key = "GATEROUTER_KEY"

# GATEROUTER_KEY={key}
)"},
    ToolText{"opencode", SAY("Add this to opencode.json."), "",
             R"({
  "provider": {
    "gaterouter": {
      "npm": "@ai-sdk/openai-compatible",
      "name": "GateRouter",
      "options": {
        "baseURL": "{base}",
        "apiKey": "{key}"
      },
      "models": { "{model}": { "name": "{model}" } }
    }
  }
}
)"},
    ToolText{"continue", SAY("Add this to ~/.continue/config.yaml, under models."), "",
             R"(models:
  - name: GateRouter
    provider: openai
    model: {model}
    apiBase: {base}
    apiKey: {key}
    roles: [chat, edit, apply]
)"},
    ToolText{"cline", SAY("Settings, API Provider: OpenAI Compatible. Fill in these three fields."),
             SAY("It keeps them in the key store of VS Code, where no other program should write."),
             "Base URL   {base}\nAPI Key    {key}\nModel ID   {model}\n"},
    ToolText{"roo-code",
             SAY("Settings, Providers, API Provider: OpenAI Compatible. Fill in these three "
                 "fields."),
             SAY("It keeps them in the key store of VS Code, where no other program should write."),
             "Base URL          {base}\nOpenAI API Key    {key}\nModel             {model}\n"},
    ToolText{"zed", SAY("Add this to settings.json. Zed asks for the key in its agent panel."),
             SAY("The key goes into Zed's own key store, not into the file: copy it into its agent "
                 "panel."),
             R"(API key    {key}

"language_models": {
  "openai_compatible": {
    "GateRouter": {
      "api_url": "{base}",
      "available_models": [
        { "name": "{model}", "display_name": "{model}", "max_tokens": 200000 }
      ]
    }
  }
}
)"},
    ToolText{
        "vscode-copilot",
        SAY("Chat: Manage Language Models, Add, Custom Endpoint. Give it the key, then put the "
            "model into the file that opens."),
        SAY("VS Code keeps the key in its own key store and writes a reference to it."),
        R"(API key    {key}
API type   Chat Completions

"models": [
  {
    "id": "{model}",
    "name": "{model}",
    "url": "{base}/chat/completions",
    "toolCalling": true,
    "vision": true,
    "maxInputTokens": 128000,
    "maxOutputTokens": 16000
  }
]
)"},
    ToolText{"jetbrains",
             SAY("Settings, Tools, AI Assistant, Providers & API keys: OpenAI-compatible. Fill in "
                 "these fields."),
             SAY("It keeps the key in the password store of the IDE. The model is picked in the "
                 "chat."),
             "URL        {base}\nAPI Key    {key}\n"},
    ToolText{"aider", SAY("Start Aider like this."), "",
             R"(export OPENAI_API_BASE={base}
export OPENAI_API_KEY={key}
aider --model openai/{model}
)"},
    ToolText{
        "gemini-cli",
        SAY("Set these variables where you start it, and choose the Gemini API "
            "key when it asks how to sign in."),
        SAY("In a folder that it does not know it also wants GEMINI_CLI_TRUST_WORKSPACE=true."),
        R"(GOOGLE_GEMINI_BASE_URL={root}
GEMINI_API_KEY={key}
gemini --model {model}
)"},
    ToolText{"open-webui", SAY("Set these variables for its server."),
             SAY("Inside a container the address of this machine is host.docker.internal; it must "
                 "then stand in the list of allowed hosts."),
             "OPENAI_API_BASE_URL={base}\nOPENAI_API_KEY={key}\n"},
    ToolText{"openai-python", SAY("Give the client these two arguments."), "",
             R"(from openai import OpenAI

client = OpenAI(
    base_url="{base}",
    api_key="{key}",
)

answer = client.chat.completions.create(
    model="{model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)
)"},
    ToolText{"openai-javascript", SAY("Give the client these two options."), "",
             R"(import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "{base}",
  apiKey: "{key}",
});

const answer = await client.chat.completions.create({
  model: "{model}",
  messages: [{ role: "user", content: "Hello" }],
});
console.log(answer.choices[0].message.content);
)"},
    ToolText{"anthropic-python", SAY("Give the client these two arguments."), "",
             R"(from anthropic import Anthropic

client = Anthropic(
    base_url="{root}",
    auth_token="{key}",
)

answer = client.messages.create(
    model="{model}",
    max_tokens=1024,
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.content[0].text)
)"},
    ToolText{"curl", SAY("Paste this into a terminal."), "",
             R"(curl {base}/chat/completions \
  -H "Authorization: Bearer {key}" \
  -H "Content-Type: application/json" \
  -d '{"model": "{model}",
       "messages": [{"role": "user", "content": "Hello"}]}'
)"},
    ToolText{
        "cursor", SAY("Cursor cannot use an address on this machine."),
        SAY("Its requests are sent by Cursor's own servers, which cannot reach 127.0.0.1. A public "
            "address would be needed; we do not suggest to open one."),
        ""},
    ToolText{"other", SAY("Most tools that speak the OpenAI format read these variables."), "",
             "export OPENAI_BASE_URL={base}\nexport OPENAI_API_KEY={key}\n"},
};

#undef SAY

QString said(const char* sentence) {
    return *sentence == '\0' ? QString() : QCoreApplication::translate("Tools", sentence);
}

QString say(const char* word) {
    return QCoreApplication::translate("ToolState", word);
}

}  // namespace

std::span<const ToolText> tools() {
    return kTools;
}

QString toolWhere(const ToolText& tool) {
    return said(tool.where);
}

QString toolNote(const ToolText& tool) {
    return said(tool.note);
}

QString filled(const ToolText& tool, const QString& root, const QString& key,
               const QString& model) {
    return QString::fromUtf8(tool.snippet)
        .replace(u"{base}"_s, root + u"/v1"_s)
        .replace(u"{root}"_s, root)
        .replace(u"{key}"_s, key)
        .replace(u"{model}"_s, model);
}

StateLook toolLook(const connect::ToolView& view) {
    using connect::Standing;
    using connect::Way;
    switch (view.tool->way) {
        case Way::Unreachable:
            return {say("cannot reach us"), u"circle-slash"_s, Tone::Neutral};
        case Way::ByHand:
            return view.installed ? StateLook{say("by hand"), u"circle-dot"_s, Tone::Neutral}
                                  : StateLook{say("not found"), u"circle-dashed"_s, Tone::Neutral};
        case Way::Files:
            break;
    }
    if (view.problem) {
        return {say("by hand"), u"circle-alert"_s, Tone::Warning};
    }
    switch (view.state.standing) {
        case Standing::Ready:
            return {say("ready"), u"circle-check"_s, Tone::Success};
        case Standing::Drifted:
            return {say("drifted"), u"triangle-alert"_s, Tone::Warning};
        case Standing::NotSetUp:
            break;
    }
    return view.installed ? StateLook{say("not set up"), u"circle-dot"_s, Tone::Neutral}
                          : StateLook{say("not found"), u"circle-dashed"_s, Tone::Neutral};
}

QString toolMeaning(const connect::ToolView& view) {
    using connect::Drift;
    if (view.problem) {
        return say("Its configuration cannot be changed from here: %1")
            .arg(text(view.problem->message.text));
    }
    switch (view.state.drift) {
        case Drift::Address:
            return say("It was set up, and asks another address now.");
        case Drift::Key:
            return say("It was set up, and its key is missing or not taken any more.");
        case Drift::Model:
            return say("It was set up, and names no model of this gateway now.");
        case Drift::Other:
            return say("It was set up, and lines that it needs were changed.");
        case Drift::None:
            break;
    }
    return {};
}

QString endpointRoot(const Backend& backend) {
    const QString base = backend.baseUrl().toString();
    return base.endsWith("/v1"_L1) ? base.chopped(3) : base;
}

connect::ToolView toolView(Backend& backend, const char* id) {
    const std::vector<ClientKeyInfo> keys = backend.clientKeys();
    const connect::KnownKeys known{
        [&](const std::string& key) {
            return std::ranges::any_of(keys, [&](const ClientKeyInfo& info) {
                const auto secret = backend.clientKeySecret(info.id);
                return !info.revokedAt && secret && equalInConstantTime(secret->reveal(), key);
            });
        },
        [&](const std::string& name) {
            return std::ranges::any_of(keys, [&](const ClientKeyInfo& info) {
                return info.id == name && !info.revokedAt;
            });
        }};
    return backend.connections().view(*connect::findTool(id), utf8(endpointRoot(backend)), known);
}

}  // namespace gr::ui
