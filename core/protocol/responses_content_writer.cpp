// SPDX-License-Identifier: MIT
#include "protocol/responses_content_writer.h"

#include <algorithm>

#include "protocol/json_text.h"
#include "protocol/media_text.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

bool isMedia(const Part& part) {
    return part.kind == Kind::Image || part.kind == Kind::File || part.kind == Kind::Audio;
}

// Where clients of the protocol have the content: the field to name when it is at fault.
std::string_view contentField(Protocol protocol) {
    switch (protocol) {
        case Protocol::OpenAiResponses:
            return "input";
        case Protocol::Gemini:
            return "contents";
        default:
            return "messages";
    }
}

// The text of a result as a JSON string. Errors have no field of their own here.
std::string resultText(const ToolResult& result) {
    if (!result.json.empty() && result.parts.empty())
        return quoted(result.json);
    std::string out = result.isError ? "\"Error: " : "\"";
    bool first = true;
    for (const Part& part : result.parts) {
        if (part.kind != Kind::Text)
            continue;
        if (!first)
            out.append("\\n");
        out.append(inside(part.text));
        first = false;
    }
    return out.append("\"");
}

// "audio/mpeg" → "mp3": the names that OpenAI has for formats.
std::string_view audioFormat(std::string_view type) {
    const std::string_view format = type.substr(std::min(type.find('/') + 1, type.size()));
    if (format == "mpeg")
        return "mp3";
    return format == "x-wav" || format == "wave" ? "wav" : format;
}

}  // namespace

std::string_view ResponsesContentWriter::roleName(Role role) const {
    switch (role) {
        case Role::System:
            return "system";
        case Role::Developer:
            return m_target.dialect->developerRole ? "developer" : "system";
        case Role::Assistant:
            return "assistant";
        default:
            return "user";
    }
}

Result<void> ResponsesContentWriter::write(Role role, const Part& part) {
    if (role == Role::Assistant && isMedia(part)) {
        m_out.dropped.emplace_back("media of the assistant");
        return {};
    }
    if (!m_open)
        openMessage(role);
    if (role != Role::Assistant)
        return writePart(part);
    m_answer.append(inside(part.text));
    return {};
}

void ResponsesContentWriter::openMessage(Role role) {
    m_writer.object().key("type").string("message").key("role").string(roleName(role));
    m_writer.key("content");
    if (role == Role::Assistant)
        m_answer = "\"";
    else
        m_writer.array();
    m_open = true;
}

void ResponsesContentWriter::closeMessage() {
    if (!m_open)
        return;
    if (m_answer.empty())
        m_writer.end();
    else
        m_writer.raw(m_answer.append("\""));
    m_writer.end();
    m_answer.clear();
    m_open = false;
}

Result<void> ResponsesContentWriter::writePart(const Part& part) {
    if (isMedia(part))
        return writeMedia(part);
    m_writer.object().key("type").string("input_text");
    m_writer.key("text").raw(part.text.empty() ? "\"\"" : part.text).end();
    return {};
}

Result<void> ResponsesContentWriter::check(const Part& part) const {
    const std::string field(contentField(m_request.from));
    const auto refuse = [&field](std::string_view why) {
        return failField(ErrorCode::InvalidField, field, "\"" + field + "\" " + std::string(why));
    };
    if (part.kind == Kind::Image && !m_target.rules.images)
        return refuse("has a picture, and this model only reads text.");
    if (part.kind == Kind::Image && !part.media.url.empty() && !m_target.dialect->imageUrls)
        return refuse(
            "has a picture by URL, which this provider does not fetch; send it as base64.");
    if (!part.media.fileId.empty() && !m_form.own)
        return refuse(
            "names a file by its id, which only the provider that keeps it knows; "
            "send the file itself.");
    return {};
}

Result<void> ResponsesContentWriter::writeMedia(const Part& part) {
    if (auto ok = check(part); !ok)
        return ok;
    m_writer.object();
    if (part.kind == Kind::Image)
        writeImage(part.media);
    else if (part.kind == Kind::File)
        writeFile(part.media);
    else
        writeAudio(part.media);
    m_writer.end();
    return {};
}

void ResponsesContentWriter::writeImage(const Media& media) {
    m_writer.key("type").string("input_image");
    if (!media.fileId.empty())
        m_writer.key("file_id").string(media.fileId);
    else
        m_writer.key("image_url").string(urlOf(media));
    m_writer.key("detail").string(media.detail.empty() ? "auto" : media.detail);
}

void ResponsesContentWriter::writeFile(const Media& media) {
    m_writer.key("type").string("input_file");
    if (!media.fileId.empty()) {
        m_writer.key("file_id").string(media.fileId);
        return;
    }
    if (media.data.empty()) {
        m_writer.key("file_url").string(media.url);
        return;
    }
    // The provider wants a name beside data, and tells the kind of file by it.
    const std::string_view standIn = media.type == "text/plain" ? "file.txt" : "file.pdf";
    m_writer.key("filename").string(media.fileName.empty() ? standIn : media.fileName);
    Media typed = media;
    if (typed.type.empty())
        typed.type = "application/pdf";
    m_writer.key("file_data").string(urlOf(typed));
}

void ResponsesContentWriter::writeAudio(const Media& media) {
    m_writer.key("type").string("input_audio").key("input_audio").object();
    m_writer.key("data").string(media.data);
    m_writer.key("format").string(audioFormat(media.type)).end();
}

Result<void> ResponsesContentWriter::writeOutput(const ToolResult& result) {
    const bool media = std::any_of(result.parts.begin(), result.parts.end(), isMedia);
    if (!media || !result.json.empty()) {
        m_writer.raw(resultText(result));
        return {};
    }
    m_writer.array();
    if (result.isError)
        m_writer.raw(R"({"type":"input_text","text":"Error:"})");
    for (const Part& part : result.parts) {
        if (!isMedia(part) && part.kind != Kind::Text)
            continue;
        if (auto ok = writePart(part); !ok)
            return ok;
    }
    m_writer.end();
    return {};
}

Result<void> ResponsesContentWriter::writeOrphan(const ToolResult& result) {
    Part label;
    const std::string text =
        quoted("[Result of a tool call that is not part of this conversation: " +
               std::string(result.callId) + "]");
    label.text = text;
    if (auto ok = write(Role::User, label); !ok)
        return ok;
    for (const Part& part : result.parts) {
        if (auto ok = write(Role::User, part); !ok)
            return ok;
    }
    closeMessage();
    return {};
}

}  // namespace gr::protocol
