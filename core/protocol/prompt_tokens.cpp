// SPDX-License-Identifier: MIT
#include "protocol/prompt_tokens.h"

#include <algorithm>

#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

constexpr std::int64_t kTurn = 3;
// Of models whose vocabulary is published: OpenAI's add 3 to 5 a turn, gpt-oss a system text.
constexpr std::int64_t kMostTemplate = 512;
constexpr std::int64_t kMostOfTurn = 8;
constexpr std::int64_t kMostOfPart = 4;
constexpr std::int64_t kTool = 8;         // the words around a tool's description, or around a call
constexpr std::int64_t kSmallImage = 85;  // OpenAI's detail "low"
constexpr std::int64_t kPage = 1500;      // of a document: at least one
constexpr std::int64_t kFileBytes = 25;   // of a document, to a token
constexpr std::int64_t kPlainTextBytes = 4;  // of a plain text
constexpr std::int64_t kAudioBytes = 500;    // 32 tokens a second, 16 KB a second

class Counter final {
  public:
    explicit Counter(const tokens::Encoding& encoding) : m_encoding(encoding) {}

    void add(std::int64_t tokens) { m_tokens += tokens; }
    void plain(std::string_view text) { add(static_cast<std::int64_t>(m_encoding.count(text))); }
    void string(JsonString text) {
        if (!saysNothing(text))
            plain(plainOf(text));
    }
    void media(Part::Kind kind, const Media& media) {
        const auto bytes = static_cast<std::int64_t>(media.data.size() / 4 * 3);
        if (kind == Part::Kind::Image)
            add(media.detail == "low" ? kSmallImage : kPictureTokens);
        else if (kind == Part::Kind::Audio)
            add(bytes / kAudioBytes);
        else if (media.type.starts_with("text/"))
            add(bytes / kPlainTextBytes);
        else
            add(std::max(kPage, bytes / kFileBytes));
    }
    void part(const Part& part) {
        switch (part.kind) {
            case Part::Kind::Text:
            case Part::Kind::Refusal:
                string(part.text);
                break;
            case Part::Kind::Image:
            case Part::Kind::File:
            case Part::Kind::Audio:
                media(part.kind, part.media);
                break;
            case Part::Kind::ToolCall:
                add(kTool);
                plain(part.call.name);
                plain(part.call.arguments);
                string(part.call.input);
                break;
            case Part::Kind::ToolResult:
                add(kTool);
                for (const Part& inner : part.result->parts)
                    this->part(inner);
                break;
            case Part::Kind::Other:
                plain(part.source);
                break;
            case Part::Kind::Reasoning:
                break;
        }
    }
    void tool(const Tool& tool) {
        add(kTool);
        if (tool.kind == Tool::Kind::Hosted)
            return plain(tool.source);
        plain(tool.name);
        string(tool.description);
        plain(tool.parameters);
        plain(tool.format);
    }
    std::int64_t tokens() const { return m_tokens; }

  private:
    const tokens::Encoding& m_encoding;
    std::int64_t m_tokens = 0;
};

}  // namespace

std::int64_t promptTokens(const ChatRequest& request, const tokens::Encoding& encoding) {
    Counter counter(encoding);
    counter.add(kTurn);
    for (const Turn& turn : request.turns) {
        counter.add(kTurn);
        counter.plain(turn.name);
        for (const Part& part : turn.parts)
            counter.part(part);
    }
    for (const Tool& tool : request.tools)
        counter.tool(tool);
    counter.plain(request.format.schema);
    return counter.tokens();
}

std::optional<std::int64_t> exactInput(const ChatRequest& request, const tokens::Rule& rule,
                                       const tokens::Encoding& encoding) {
    const bool plain = rule.own && request.tools.empty() && request.extras.empty() &&
                       request.format.kind == OutputFormat::Kind::Text;
    if (!plain)
        return std::nullopt;
    Counter counter(encoding);
    counter.add(kMostTemplate);
    for (const Turn& turn : request.turns) {
        counter.add(kMostOfTurn);
        counter.plain(turn.name);
        for (const Part& part : turn.parts) {
            if (part.kind != Part::Kind::Text)
                return std::nullopt;
            counter.add(kMostOfPart);
            counter.plain(plainOf(part.text));
        }
    }
    return counter.tokens();
}

}  // namespace gr::protocol
