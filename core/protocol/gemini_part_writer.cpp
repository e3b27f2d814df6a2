// SPDX-License-Identifier: MIT
#include "protocol/gemini_part_writer.h"

#include <algorithm>
#include <string>

#include "protocol/gemini_words.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

constexpr std::string_view kGoogleFiles = "https://generativelanguage.googleapis.com/";

bool isText(const Part& part) {
    return part.kind == Kind::Text || part.kind == Kind::Refusal;
}

// Of a part without text, so there is little else that could say it.
bool hasSignature(JsonText source) {
    return source.find("Signature") != source.npos || source.find("_signature") != source.npos;
}

bool isGoogles(std::string_view url) {
    return url.starts_with("gs://") || url.starts_with(kGoogleFiles);
}

// The texts of a result as one JSON string.
std::string joined(const std::vector<Part>& parts) {
    std::string out = "\"";
    for (const Part& part : parts) {
        if (!isText(part) || saysNothing(part.text))
            continue;
        if (out.size() > 1)
            out.append("\\n");
        out.append(inside(part.text));
    }
    return out + "\"";
}

}  // namespace

std::string_view turnsField(const ChatRequest& request) {
    switch (request.from) {
        case Protocol::OpenAiResponses:
            return "input";
        case Protocol::Gemini:
            return "contents";
        default:
            return "messages";
    }
}

bool GeminiPartWriter::isSigned(const ToolCall& call) {
    return !call.signature.empty() && !isSeal(call.signature);
}

bool GeminiPartWriter::takes(const Part& part) const {
    if (isText(part))
        return !saysNothing(part.text) || (m_native && hasSignature(part.source));
    if (part.kind == Kind::Reasoning)
        return isOwn(part.reasoning);
    return part.kind != Kind::Other || m_native;
}

bool GeminiPartWriter::isOwn(const Reasoning& reasoning) const {
    if (isSeal(reasoning.signature))
        return false;
    if (m_native && reasoning.vendor.empty())
        return true;
    return reasoning.vendor == "gemini" && !reasoning.signature.empty();
}

void GeminiPartWriter::text(JsonString text) {
    m_out.object().key("text").raw(text).end();
}

void GeminiPartWriter::part(const Part& part) {
    const bool media =
        part.kind == Kind::Image || part.kind == Kind::File || part.kind == Kind::Audio;
    if (m_native && !part.source.empty() && part.kind != Kind::ToolResult) {
        m_out.raw(part.source);
    } else if (media) {
        this->media(part);
    } else if (part.kind == Kind::ToolResult) {  // nobody called: it is something the user says
        text(joined(part.result->parts).size() > 2 ? joined(part.result->parts)
                                                   : "\"[no result]\"");
        for (const Part& inner : part.result->parts) {
            if (!isText(inner))
                this->part(inner);
        }
    } else if (isText(part)) {
        text(part.text);
    }
}

void GeminiPartWriter::media(const Part& part) {
    const Media& media = part.media;
    if (part.kind == Kind::Image && !m_target.rules.images)
        return refuse("the model " + std::string(m_target.model) + " reads no images");
    if (!media.fileId.empty())
        return refuse("the file \"" + std::string(media.fileId) +
                      "\" lies with another provider; send its content as base64 data");
    if (!media.url.empty()) {
        if (!m_target.dialect->imageUrls && !isGoogles(media.url))
            return refuse("Gemini does not fetch addresses; send the content as a data: URL");
        m_out.object().key("fileData").object();
        if (!media.type.empty())
            m_out.key("mimeType").string(media.type);
        m_out.key("fileUri").string(media.url).end().end();
        return;
    }
    if (media.type.empty() || media.data.empty())
        return refuse("a file or picture needs its media type and base64 data");
    m_out.object().key("inlineData").object().key("mimeType").string(media.type);
    m_out.key("data").string(media.data).end().end();
}

void GeminiPartWriter::reasoning(const Part& part) {
    const Reasoning& reasoning = part.reasoning;
    if (m_native && !part.source.empty()) {
        m_out.raw(part.source);
        return;
    }
    if (m_native && reasoning.text.empty())
        return;  // it went with the text before it
    const bool thought = !saysNothing(reasoning.text);
    m_out.object().key("text").raw(thought ? reasoning.text : "\"\"");
    if (thought)
        m_out.key("thought").boolean(true);
    if (!reasoning.signature.empty())
        m_out.key("thoughtSignature").string(reasoning.signature);
    m_out.end();
}

// Ids that our reader invented are none.
void GeminiPartWriter::callId(std::string_view id) {
    if (m_levels && !id.empty() && !(m_native && id.starts_with("gr_call_")))
        m_out.key("id").string(id);
}

void GeminiPartWriter::call(const Part& part, std::string_view lent, bool first) {
    const ToolCall& call = part.call;
    const bool signedCall = isSigned(call);
    if (m_native && signedCall && !part.source.empty()) {
        m_out.raw(part.source);
        return;
    }
    m_out.object().key("functionCall").object();
    callId(call.id);
    m_out.key("name").string(geminiToolName(call.name)).key("args");
    if (!call.input.empty())
        m_out.object().key("input").raw(call.input).end();
    else
        m_out.raw(call.arguments.empty() ? "{}" : call.arguments);
    m_out.end();
    const std::string_view signature = signedCall ? call.signature : lent;
    if (!signature.empty())
        m_out.key("thoughtSignature").string(signature);
    else if (m_levels && first)
        m_out.key("thoughtSignature").string(kSkipSignature);
    m_out.end();
}

void GeminiPartWriter::result(const ToolCall& call, const ToolResult* result,
                              std::vector<const Part*>& behind) {
    m_out.object().key("functionResponse").object();
    callId(call.id);
    m_out.key("name").string(geminiToolName(call.name)).key("response");
    response(result);
    std::vector<const Part*> media;
    if (result != nullptr) {
        for (const Part& part : result->parts) {
            if (!isText(part) && takes(part))
                (m_levels ? media : behind).push_back(&part);
        }
    }
    if (!media.empty()) {
        m_out.key("parts").array();
        for (const Part* part : media)
            this->part(*part);
        m_out.end();
    }
    m_out.end().end();
}

void GeminiPartWriter::response(const ToolResult* result) {
    if (result == nullptr)
        m_out.object().key("result").string("[no result]").end();
    else if (!result->json.empty())
        m_out.raw(result->json);
    else
        m_out.object().key(result->isError ? "error" : "result").raw(joined(result->parts)).end();
}

void GeminiPartWriter::refuse(const std::string& why) {
    if (m_problem)
        return;
    const std::string field(turnsField(m_request));
    m_problem.emplace(
        ErrorCode::InvalidField,
        "\"" + field + "\" holds something that cannot be sent to Gemini: " + why + ".");
    m_problem->field = field;
}

}  // namespace gr::protocol
