// SPDX-License-Identifier: MIT
#include "protocol/responses_events.h"

#include "base/text.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kEnd = "}\n\n";

void appendText(std::string& out, std::string_view key, std::string_view escaped) {
    out.append(",\"").append(key).append("\":\"").append(escaped).append("\"");
}

void appendNumber(std::string& out, std::string_view key, std::size_t value) {
    out.append(",\"").append(key).append("\":").append(std::to_string(value));
}

}  // namespace

void ResponsesEvents::begin(std::string& out, std::string_view type) {
    out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
    out.append("\",\"sequence_number\":").append(std::to_string(m_next++));
}

void ResponsesEvents::begin(std::string& out, std::string_view type, const OutputItem& item) {
    begin(out, type);
    appendText(out, "item_id", item.id);  // made of letters, digits and underscores
    appendNumber(out, "output_index", item.index);
}

void ResponsesEvents::beginPart(std::string& out, std::string_view type, const OutputItem& item,
                                std::size_t part) {
    begin(out, type, item);
    appendNumber(out, "content_index", part);
}

void ResponsesEvents::response(std::string& out, std::string_view type, std::string_view object) {
    begin(out, type);
    out.append(",\"response\":").append(object).append(kEnd);
}

void ResponsesEvents::itemAdded(std::string& out, const OutputItem& item) {
    begin(out, "response.output_item.added");
    appendNumber(out, "output_index", item.index);
    out.append(",\"item\":");
    appendItem(out, item, true);
    out.append(kEnd);
}

void ResponsesEvents::itemDone(std::string& out, const OutputItem& item) {
    begin(out, "response.output_item.done");
    appendNumber(out, "output_index", item.index);
    out.append(",\"item\":");
    appendItem(out, item);
    out.append(kEnd);
}

void ResponsesEvents::contentAdded(std::string& out, const OutputItem& item, std::size_t part) {
    beginPart(out, "response.content_part.added", item, part);
    out.append(",\"part\":");
    appendContent(out, item.content[part], true);
    out.append(kEnd);
}

void ResponsesEvents::contentDelta(std::string& out, const OutputItem& item, std::size_t part,
                                   std::string_view delta, std::string_view logprobs) {
    const bool refusal = item.content[part].refusal;
    beginPart(out, refusal ? "response.refusal.delta" : "response.output_text.delta", item, part);
    appendText(out, "delta", delta);
    if (!refusal)
        out.append(",\"logprobs\":[").append(logprobs).append("]");
    out.append(kEnd);
}

void ResponsesEvents::annotation(std::string& out, const OutputItem& item, std::size_t part,
                                 std::size_t annotationIndex, std::string_view annotation) {
    beginPart(out, "response.output_text.annotation.added", item, part);
    appendNumber(out, "annotation_index", annotationIndex);
    out.append(",\"annotation\":").append(annotation).append(kEnd);
}

void ResponsesEvents::contentDone(std::string& out, const OutputItem& item, std::size_t part) {
    const OutputItem::Content& content = item.content[part];
    if (content.refusal) {
        beginPart(out, "response.refusal.done", item, part);
        appendText(out, "refusal", content.text);
    } else {
        beginPart(out, "response.output_text.done", item, part);
        appendText(out, "text", content.text);
        out.append(",\"logprobs\":[").append(content.logprobs).append("]");
    }
    out.append(kEnd);
    beginPart(out, "response.content_part.done", item, part);
    out.append(",\"part\":");
    appendContent(out, content);
    out.append(kEnd);
}

void ResponsesEvents::summaryAdded(std::string& out, const OutputItem& item) {
    begin(out, "response.reasoning_summary_part.added", item);
    out.append(R"(,"summary_index":0,"part":{"type":"summary_text","text":""})").append(kEnd);
}

void ResponsesEvents::summaryDelta(std::string& out, const OutputItem& item,
                                   std::string_view delta) {
    begin(out, "response.reasoning_summary_text.delta", item);
    appendNumber(out, "summary_index", 0);
    appendText(out, "delta", delta);
    out.append(kEnd);
}

void ResponsesEvents::summaryDone(std::string& out, const OutputItem& item) {
    const std::string& text = item.content.front().text;
    begin(out, "response.reasoning_summary_text.done", item);
    appendNumber(out, "summary_index", 0);
    appendText(out, "text", text);
    out.append(kEnd);
    begin(out, "response.reasoning_summary_part.done", item);
    out.append(R"(,"summary_index":0,"part":{"type":"summary_text","text":")");
    out.append(text).append("\"}").append(kEnd);
}

void ResponsesEvents::inputDelta(std::string& out, const OutputItem& item, std::string_view delta) {
    begin(out,
          item.kind == OutputItem::Kind::Custom ? "response.custom_tool_call_input.delta"
                                                : "response.function_call_arguments.delta",
          item);
    appendText(out, "delta", delta);
    out.append(kEnd);
}

void ResponsesEvents::inputDone(std::string& out, const OutputItem& item) {
    if (item.kind == OutputItem::Kind::Custom) {
        begin(out, "response.custom_tool_call_input.done", item);
        appendText(out, "input", item.input);
    } else {
        begin(out, "response.function_call_arguments.done", item);
        std::string name;
        appendJsonEscaped(name, item.name);
        appendText(out, "name", name);
        appendText(out, "arguments", item.input);
    }
    out.append(kEnd);
}

}  // namespace gr::protocol
