// SPDX-License-Identifier: MIT
#include "models/tools.h"

#include <QCoreApplication>
#include <array>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

#define SAY(text) QT_TRANSLATE_NOOP("Tools", text)

constexpr std::array kTools{
    Tool{"curl", SAY("Paste this into a terminal."), "",
         R"(curl {base}/chat/completions \
  -H "Authorization: Bearer {key}" \
  -H "Content-Type: application/json" \
  -d '{"model": "{model}",
       "messages": [{"role": "user", "content": "Hello"}]}'
)"},
    Tool{"OpenAI SDK, Python", SAY("Give the client these two arguments."), "",
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
    Tool{"OpenAI SDK, JavaScript", SAY("Give the client these two options."), "",
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
    Tool{"Cline", SAY("Settings, API Provider: OpenAI Compatible. Fill in these three fields."), "",
         "Base URL   {base}\nAPI Key    {key}\nModel ID   {model}\n"},
    Tool{"Continue", SAY("Add this to ~/.continue/config.yaml, under models."), "",
         R"(models:
  - name: GateRouter
    provider: openai
    model: {model}
    apiBase: {base}
    apiKey: {key}
    roles: [chat, edit, apply]
)"},
    Tool{"Zed", SAY("Add this to settings.json. Zed asks for the key in its agent panel."),
         SAY("The key goes into Zed's own key store, not into the file."),
         R"("language_models": {
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
    Tool{"opencode", SAY("Add this to opencode.json."), "",
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
    Tool{"Aider", SAY("Start Aider like this."), "",
         R"(export OPENAI_API_BASE={base}
export OPENAI_API_KEY={key}
aider --model openai/{model}
)"},
    Tool{"Open WebUI", SAY("Set these variables for its server."),
         SAY("Inside a container the address of this machine is host.docker.internal; it must then "
             "stand in the list of allowed hosts."),
         "OPENAI_API_BASE_URL={base}\nOPENAI_API_KEY={key}\n"},
    Tool{
        "Cursor", SAY("Cursor cannot use an address on this machine."),
        SAY("Its requests are sent by Cursor's own servers, which cannot reach 127.0.0.1. A public "
            "address would be needed; we do not suggest to open one."),
        ""},
    Tool{"Any other tool", SAY("Most tools that speak the OpenAI format read these variables."), "",
         "export OPENAI_BASE_URL={base}\nexport OPENAI_API_KEY={key}\n"},
};

#undef SAY

QString said(const char* sentence) {
    return *sentence == '\0' ? QString() : QCoreApplication::translate("Tools", sentence);
}

}  // namespace

std::span<const Tool> tools() {
    return kTools;
}

QString toolWhere(const Tool& tool) {
    return said(tool.where);
}

QString toolNote(const Tool& tool) {
    return said(tool.note);
}

QString filled(const Tool& tool, const QString& base, const QString& key, const QString& model) {
    return QString::fromUtf8(tool.snippet)
        .replace(u"{base}"_s, base)
        .replace(u"{key}"_s, key)
        .replace(u"{model}"_s, model);
}

}  // namespace gr::ui
