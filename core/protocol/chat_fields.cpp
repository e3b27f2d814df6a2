// SPDX-License-Identifier: MIT
#include "protocol/chat_fields.h"

#include <algorithm>
#include <array>

#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct FieldNames {
    std::string_view chat, responses, anthropic, gemini;
};
constexpr std::array kNames{
    FieldNames{"messages", "input", "messages", "contents"},
    FieldNames{"n", "n", "n", "generationConfig.candidateCount"},
    FieldNames{"stop", "stop", "stop_sequences", "generationConfig.stopSequences"},
};

}  // namespace

std::string_view ChatFields::theirs(std::string_view name) const {
    for (const auto& [ours, other] : m_dialect.renamed) {
        if (ours == name)
            return other;
    }
    return name;
}

bool ChatFields::taken(std::string_view name) const {
    return !contains(m_dialect.refused, name) &&
           (m_dialect.only.empty() || contains(m_dialect.only, theirs(name)));
}

bool ChatFields::put(std::string_view name, JsonText value) {
    if (value.empty())
        return true;
    if (!taken(name)) {
        drop(name);
        return false;
    }
    open(name).raw(value);
    return true;
}

bool ChatFields::putPlain(std::string_view name, std::string_view value) {
    return value.empty() || put(name, quoted(value));
}

json::Writer& ChatFields::open(std::string_view name) {
    return m_out.key(theirs(name));
}

std::string clientField(Protocol from, std::string_view name) {
    for (const FieldNames& names : kNames) {
        if (names.chat != name)
            continue;
        switch (from) {
            case Protocol::OpenAiChat:
                return std::string(names.chat);
            case Protocol::OpenAiResponses:
                return std::string(names.responses);
            case Protocol::Anthropic:
                return std::string(names.anthropic);
            case Protocol::Gemini:
                return std::string(names.gemini);
        }
    }
    return std::string(name);
}

}  // namespace gr::protocol
