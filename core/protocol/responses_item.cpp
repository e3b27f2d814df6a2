// SPDX-License-Identifier: MIT
#include "protocol/responses_item.h"

#include <algorithm>

#include "json/writer.h"
#include "protocol/json_member.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

void appendField(std::string& out, std::string_view key, std::string_view plain) {
    out.append(",\"").append(key).append("\":");
    appendQuoted(out, plain);
}

void appendInside(std::string& out, std::string_view key, std::string_view escaped) {
    out.append(",\"").append(key).append("\":\"").append(escaped).append("\"");
}

void appendMessage(std::string& out, const OutputItem& item, bool bare) {
    out.append(R"(,"role":"assistant","content":[)");
    for (std::size_t i = 0; i < item.content.size() && !bare; ++i) {
        if (i > 0)
            out.push_back(',');
        appendContent(out, item.content[i]);
    }
    out.push_back(']');
}

void appendReasoning(std::string& out, const OutputItem& item, bool bare) {
    out.append(",\"summary\":[");
    if (!item.content.empty() && !bare)
        out.append(R"({"type":"summary_text","text":")")
            .append(item.content.front().text)
            .append("\"}");
    out.push_back(']');
    if (!item.encrypted.empty() && !bare)
        appendField(out, "encrypted_content", item.encrypted);
}

void appendCall(std::string& out, const OutputItem& item, bool bare) {
    appendField(out, "call_id", item.callId);
    appendField(out, "name", item.name);
    if (!item.nameSpace.empty())
        appendField(out, "namespace", item.nameSpace);
    appendInside(out, item.kind == OutputItem::Kind::Custom ? "input" : "arguments",
                 bare ? std::string_view() : item.input);
}

std::string_view typeOf(OutputItem::Kind kind) {
    switch (kind) {
        case OutputItem::Kind::Message:
            return "message";
        case OutputItem::Kind::Reasoning:
            return "reasoning";
        case OutputItem::Kind::Function:
            return "function_call";
        default:
            return "custom_tool_call";
    }
}

// The bytes of a token, for providers that leave them out.
std::string bytesOf(JsonString token) {
    std::string out = "[";
    for (const char c : plainOf(token)) {
        if (out.size() > 1)
            out.push_back(',');
        out.append(std::to_string(static_cast<unsigned char>(c)));
    }
    return out.append("]");
}

void writeLogprob(JsonText text, bool withTop, json::Writer& writer) {
    const auto object = json::objectIn(text);
    if (!object)
        return;
    const JsonText token = rawOf(*object, "token");
    const JsonText bytes = rawOf(*object, "bytes");
    writer.object().key("token").raw(token.empty() ? "\"\"" : token);
    const JsonText logprob = rawOf(*object, "logprob");
    writer.key("logprob").raw(logprob.empty() ? "0" : logprob);
    writer.key("bytes").raw(bytes.empty() ? bytesOf(token) : std::string(bytes));
    if (withTop) {
        writer.key("top_logprobs").array();
        for (const std::string_view entry : json::elementsIn(rawOf(*object, "top_logprobs")))
            writeLogprob(entry, false, writer);
        writer.end();
    }
    writer.end();
}

// Line ends may stand between the tokens of a JSON text, but not in a line of an event.
std::string onOneLine(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

}  // namespace

std::string_view idPrefix(OutputItem::Kind kind) {
    switch (kind) {
        case OutputItem::Kind::Message:
            return "msg";
        case OutputItem::Kind::Reasoning:
            return "rs";
        case OutputItem::Kind::Function:
            return "fc";
        default:
            return "ctc";
    }
}

void appendItem(std::string& out, const OutputItem& item, bool bare) {
    out.append("{\"id\":");
    appendQuoted(out, item.id);
    appendField(out, "type", typeOf(item.kind));
    if (item.kind != OutputItem::Kind::Reasoning)
        appendField(out, "status", item.status);
    if (item.kind == OutputItem::Kind::Message)
        appendMessage(out, item, bare);
    else if (item.kind == OutputItem::Kind::Reasoning)
        appendReasoning(out, item, bare);
    else
        appendCall(out, item, bare);
    out.push_back('}');
}

void appendKeptItem(std::string& out, const OutputItem& item) {
    if (item.proof.empty()) {
        appendItem(out, item);
        return;
    }
    if (item.isCall()) {
        out.append(R"({"type":"reasoning","summary":[])");
        appendField(out, "encrypted_content", item.proof);
        out.append("},");
        appendItem(out, item);
        return;
    }
    OutputItem thought = item;
    thought.encrypted = item.proof;
    appendItem(out, thought);
}

void appendContent(std::string& out, const OutputItem::Content& content, bool bare) {
    const std::string_view text = bare ? std::string_view() : content.text;
    if (content.refusal) {
        out.append(R"({"type":"refusal","refusal":")").append(text).append("\"}");
        return;
    }
    out.append(R"({"type":"output_text","annotations":[)");
    out.append(bare ? std::string_view() : content.annotations).append(R"(],"logprobs":[)");
    out.append(bare ? std::string_view() : content.logprobs).append(R"(],"text":")");
    out.append(text).append("\"}");
}

std::string unwrappedInput(const std::string& arguments) {
    const std::string plain = plainOf("\"" + arguments + "\"");
    const auto object = json::scanObject(plain);
    const json::Member* input = object ? object->find("input") : nullptr;
    if (input == nullptr || input->type != json::Type::String)
        return arguments;
    return std::string(inside(object->raw(*input)));
}

std::string annotationOf(JsonText citation, std::size_t at) {
    const auto outer = json::objectIn(citation);
    if (!outer)
        return {};
    // Chat keeps the members in an object of its own.
    const auto nested = json::objectIn(rawOf(*outer, "url_citation"));
    const json::Object& object = nested ? *nested : *outer;
    const JsonText type = rawOf(*outer, "type");
    if (!nested && type != "\"url_citation\"" &&
        (type == "\"file_citation\"" || type == "\"container_file_citation\"" ||
         type == "\"file_path\""))
        return onOneLine(std::string(citation));
    const JsonText url = rawOf(object, "url");
    if (!url.starts_with('"'))
        return {};
    const std::string here = std::to_string(at);
    const auto given = [&object](std::string_view key, std::string_view standIn, char first) {
        const JsonText value = rawOf(object, key);
        const bool fits = !value.empty() && (first == '"') == value.starts_with('"');
        return fits ? value : standIn;
    };
    json::Writer writer;
    writer.object().key("type").string("url_citation").key("url").raw(url);
    writer.key("start_index").raw(given("start_index", "0", '0'));  // of the whole text so far
    writer.key("end_index").raw(given("end_index", here, '0'));
    writer.key("title").raw(given("title", "\"\"", '"')).end();
    return onOneLine(writer.take());
}

std::string logprobsOf(JsonText logprobs) {
    const auto object = json::objectIn(logprobs);
    if (!object)
        return {};
    json::Writer writer;
    writer.array();
    for (const std::string_view entry : json::elementsIn(rawOf(*object, "content")))
        writeLogprob(entry, true, writer);
    const std::string list = onOneLine(writer.end().take());
    return list.substr(1, list.size() - 2);
}

}  // namespace gr::protocol
