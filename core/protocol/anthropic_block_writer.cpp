// SPDX-License-Identifier: MIT
#include "protocol/anthropic_block_writer.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "protocol/anthropic_names.h"
#include "protocol/json_text.h"
#include "protocol/media_text.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

constexpr std::string_view kContinue =
    "\"<system-reminder>Continue your last message from exactly where it ends, without repeating "
    "any of it.</system-reminder>\"";

std::string_view messagesField(Protocol protocol) {
    switch (protocol) {
        case Protocol::OpenAiResponses:
            return "input";
        case Protocol::Gemini:
            return "contents";
        case Protocol::OpenAiChat:
        case Protocol::Anthropic:
            break;
    }
    return "messages";
}

// A text block that says nothing beside its text: then a message may be a plain string.
bool isPlainText(const Part& part) {
    return (part.kind == Kind::Text || part.kind == Kind::Refusal) && part.source.empty() &&
           part.cacheControl.empty();
}

// A citation that this gateway made up for its client, which Anthropic would not know again.
bool hasMadeUpCitation(JsonText citations) {
    return citations.find("\"encrypted_index\":\"\"") != std::string_view::npos;
}

bool isTextType(std::string_view type) {
    constexpr std::array<std::string_view, 4> kTypes{
        "application/json", "application/xml", "application/x-yaml", "application/javascript"};
    return type.starts_with("text/") ||
           std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

// The last words of a prefill may not be blanks.
std::string withoutTrailingBlanks(JsonString text) {
    std::string plain = plainOf(text);
    plain.erase(plain.find_last_not_of(" \t\r\n") + 1);
    return quoted(plain);
}

}  // namespace

void AnthropicBlockWriter::messages(const AnthropicConversation& conversation, json::Writer& out) {
    out.array();
    const auto& messages = conversation.messages;
    const bool prefills = !messages.empty() && messages.back().role == Role::Assistant;
    for (const AnthropicMessage& one : messages)
        message(one, prefills && &one == &messages.back() && m_target.rules.prefill, out);
    if (prefills && !m_target.rules.prefill)
        out.object().key("role").string("user").key("content").raw(kContinue).end();
    out.end();
}

void AnthropicBlockWriter::system(const std::vector<const Part*>& parts, JsonString more,
                                  json::Writer& out) {
    if (parts.size() == 1 && more.empty() && isPlainText(*parts.front())) {
        out.raw(parts.front()->text);
        return;
    }
    out.array();
    for (const Part* part : parts)
        block(*part, out);
    if (!more.empty())
        out.object().key("type").string("text").key("text").raw(more).end();
    out.end();
}

void AnthropicBlockWriter::message(const AnthropicMessage& message, bool prefills,
                                   json::Writer& out) {
    constexpr std::array<std::string_view, 4> kRoles{"system", "system", "user", "assistant"};
    out.object().key("role").string(kRoles.at(static_cast<std::size_t>(message.role)));
    out.key("content");
    const Part& last = *message.parts.back();
    const bool trims = prefills && last.kind == Kind::Text;
    const std::string trimmed = trims ? withoutTrailingBlanks(last.text) : std::string();
    if (message.parts.size() == 1 && isPlainText(last)) {
        out.raw(trims ? trimmed : last.text).end();
        return;
    }
    out.array();
    for (const Part* part : message.parts) {
        if (trims && part == &last) {
            Part end = last;
            end.text = trimmed;
            text(end, out);
        } else {
            block(*part, out);
        }
    }
    out.end().end();
}

void AnthropicBlockWriter::block(const Part& part, json::Writer& out) {
    if (spliced(part, out))
        return;
    if (part.kind == Kind::Text || part.kind == Kind::Refusal)
        return text(part, out);
    if (part.kind == Kind::Audio)
        return refuse("Anthropic's models take no sound; send text instead.");
    out.object();
    if (part.kind == Kind::Image) {
        image(part.media, out);
    } else if (part.kind == Kind::File) {
        file(part.media, out);
    } else if (part.kind == Kind::ToolCall) {
        call(part.call, out);
    } else if (part.kind == Kind::ToolResult) {
        result(*part.result, out);
    } else if (part.reasoning.redacted) {
        out.key("type").string("redacted_thinking").key("data").string(part.reasoning.signature);
    } else {
        out.key("type").string("thinking").key("thinking");
        out.raw(part.reasoning.text.empty() ? "\"\"" : part.reasoning.text);
        out.key("signature").string(part.reasoning.signature);
    }
    if (!part.cacheControl.empty())
        out.key("cache_control").raw(part.cacheControl);
    out.end();
}

// Thoughts are written anew, because a seal around their signature may have been opened.
bool AnthropicBlockWriter::spliced(const Part& part, json::Writer& out) const {
    if (m_request.from != Protocol::Anthropic || part.source.empty() ||
        part.kind == Kind::Reasoning || hasMadeUpCitation(part.citations))
        return false;
    out.raw(part.source);
    return true;
}

void AnthropicBlockWriter::text(const Part& part, json::Writer& out) const {
    out.object().key("type").string("text").key("text").raw(part.text);
    if (!part.cacheControl.empty())
        out.key("cache_control").raw(part.cacheControl);
    if (m_request.from == Protocol::Anthropic && !part.citations.empty() &&
        !hasMadeUpCitation(part.citations))
        out.key("citations").raw(part.citations);
    out.end();
}

// A source that only names the media; true when it is one.
bool AnthropicBlockWriter::remote(const Media& media, json::Writer& out) {
    if (!media.fileId.empty()) {
        if (m_request.from != Protocol::Anthropic)
            refuse("a file id means something to its own provider only; send the file itself.");
        out.key("source").object().key("type").string("file");
        out.key("file_id").string(media.fileId).end();
        return true;
    }
    if (media.url.empty())
        return false;
    if (!m_target.dialect->imageUrls || !media.url.starts_with("http"))
        refuse("this provider takes no URLs of media; send the data itself.");
    out.key("source").object().key("type").string("url").key("url").string(media.url).end();
    return true;
}

void AnthropicBlockWriter::image(const Media& media, json::Writer& out) {
    constexpr std::array<std::string_view, 4> kTypes{"image/jpeg", "image/png", "image/gif",
                                                     "image/webp"};
    if (!m_target.rules.images)
        refuse("this model reads text only, no images.");
    out.key("type").string("image");
    if (remote(media, out))
        return;
    const std::string type = media.type == "image/jpg" ? "image/jpeg" : toLower(media.type);
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
        refuse("Anthropic takes images as JPEG, PNG, GIF or WebP, not \"" + type + "\".");
    out.key("source").object().key("type").string("base64").key("media_type").string(type);
    out.key("data").string(media.data).end();
}

void AnthropicBlockWriter::file(const Media& media, json::Writer& out) {
    if (media.type.starts_with("image/"))
        return image(media, out);
    out.key("type").string("document");
    if (!remote(media, out))
        document(media, out);
    if (!media.fileName.empty())
        out.key("title").string(media.fileName);
}

void AnthropicBlockWriter::document(const Media& media, json::Writer& out) {
    constexpr std::string_view kPdfBegin = "JVBERi";  // "%PDF-" in base64
    if (media.type == "application/pdf" || media.data.starts_with(kPdfBegin)) {
        out.key("source").object().key("type").string("base64");
        out.key("media_type").string("application/pdf").key("data").string(media.data).end();
        return;
    }
    const auto text = isTextType(media.type) ? textIn(media) : std::nullopt;
    if (!text)
        return refuse("Anthropic takes PDF and plain text (UTF-8) as files, not \"" +
                      std::string(media.type) + "\".");
    out.key("source").object().key("type").string("text").key("media_type").string("text/plain");
    out.key("data").string(*text).end();
}

void AnthropicBlockWriter::call(const ToolCall& call, json::Writer& out) const {
    out.key("type").string("tool_use").key("id").string(anthropicToolId(call.id));
    out.key("name").string(anthropicToolName(call.name)).key("input");
    if (call.input.empty())
        out.raw(call.arguments.empty() ? "{}" : call.arguments);
    else
        out.object().key("input").raw(call.input).end();
}

void AnthropicBlockWriter::result(const ToolResult& result, json::Writer& out) {
    out.key("type").string("tool_result");
    out.key("tool_use_id").string(anthropicToolId(result.callId));
    if (!result.json.empty() && result.parts.empty())
        out.key("content").string(result.json);
    else if (result.parts.size() == 1 && isPlainText(result.parts.front()))
        out.key("content").raw(result.parts.front().text);
    else if (!result.parts.empty()) {
        out.key("content").array();
        for (const Part& part : result.parts) {
            if ((part.kind != Kind::Text || !saysNothing(part.text)) &&
                (part.kind != Kind::Other || m_request.from == Protocol::Anthropic))
                block(part, out);
        }
        out.end();
    }
    if (result.isError)
        out.key("is_error").boolean(true);
}

void AnthropicBlockWriter::refuse(const std::string& message) {
    if (m_problem)
        return;
    const std::string field(messagesField(m_request.from));
    m_problem.emplace(ErrorCode::InvalidField, "\"" + field + "\": " + message);
    m_problem->field = field;
}

}  // namespace gr::protocol
