// SPDX-License-Identifier: MIT
#include "protocol/responses_input.h"

#include <algorithm>

#include "protocol/field_reader.h"
#include "protocol/json_text.h"
#include "protocol/media_text.h"
#include "protocol/responses_tools.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

std::string at(std::string_view list, std::size_t index) {
    return std::string(list) + "[" + std::to_string(index) + "]";
}

// ---- pieces of content

void readImage(const FieldReader& fields, Part& part) {
    part.kind = Kind::Image;
    part.media.fileId = fields.plain("file_id");
    part.media.detail = fields.plain("detail");
    const std::string_view url = fields.plain("image_url");
    if (!setFromUrl(part.media, url))
        fields.wrong("image_url", "a URL, or data:…;base64,…");
    if (url.empty() && part.media.fileId.empty())
        fields.missing("image_url");
}

void readFile(const FieldReader& fields, Part& part) {
    part.kind = Kind::File;
    part.media.fileId = fields.plain("file_id");
    part.media.fileName = fields.plain("filename");
    const std::string_view data = fields.plain("file_data");
    const std::string_view url = fields.plain("file_url");
    if (!data.empty() && data.starts_with("data:")) {
        if (!setFromUrl(part.media, data))
            fields.wrong("file_data", "base64, or data:…;base64,…");
    } else {
        part.media.data = data;
        part.media.url = url;
    }
    if (data.empty() && url.empty() && part.media.fileId.empty())
        fields.missing("file_data");
}

void readAudio(const FieldReader& fields, Part& part) {
    part.kind = Kind::Audio;
    const auto object = json::objectIn(fields.object("input_audio"));
    if (!object) {
        fields.missing("input_audio");
        return;
    }
    const FieldReader audio(*object, fields.name("input_audio"), fields.arena(), fields.problem());
    part.media.data = audio.neededPlain("data");
    if (part.media.data.empty())
        audio.wrong("data", "base64 with something in it");
    const std::string_view format = audio.neededPlain("format");
    part.media.type = fields.arena().keep("audio/" + std::string(format));
    if (!isMediaType(part.media.type))
        audio.wrong("format", "a format of sound, as \"wav\"");
}

void readContentPart(const FieldReader& fields, Part& part) {
    const std::string_view type = fields.neededPlain("type");
    if (type == "input_text" || type == "output_text" || type == "text") {
        part.text = fields.string("text");
        if (!fields.has("text"))
            fields.missing("text");
        part.citations = fields.any("annotations");
    } else if (type == "refusal") {
        part.kind = Kind::Refusal;
        part.text = fields.string("refusal");
    } else if (type == "input_image") {
        readImage(fields, part);
    } else if (type == "input_file") {
        readFile(fields, part);
    } else if (type == "input_audio") {
        readAudio(fields, part);
    } else if (fields.has("type")) {
        fields.wrong("type",
                     "one of input_text, input_image, input_file, input_audio, output_text and "
                     "refusal");
    }
}

// The parts of a field that is a string or a list of parts.
std::vector<Part> readContent(const FieldReader& fields, std::string_view key) {
    std::vector<Part> parts;
    const json::Member* member = fields.find(key);
    if (member == nullptr) {
        fields.missing(key);
    } else if (member->type == json::Type::String) {
        parts.emplace_back().text = fields.string(key);
    } else if (member->type == json::Type::Array) {
        const auto list = fields.list(key);
        parts.reserve(list.size());
        for (std::size_t i = 0; i < list.size() && fields.ok(); ++i) {
            const auto object = json::objectIn(list[i]);
            if (!object) {
                fields.wrong(at(key, i), "an object");
                break;
            }
            Part& part = parts.emplace_back();
            part.source = list[i];
            readContentPart(
                FieldReader(*object, fields.name(at(key, i)), fields.arena(), fields.problem()),
                part);
        }
    } else {
        fields.wrong(key, "a string or a list");
    }
    return parts;
}

// The texts of a list of {type, text}, with an empty line between them.
JsonString joinedTexts(const FieldReader& fields, std::string_view key) {
    JsonString first;
    std::string joined;
    const auto list = fields.list(key);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto object = json::objectIn(list[i]);
        if (!object) {
            fields.wrong(at(key, i), "an object");
            return {};
        }
        const FieldReader entry(*object, fields.name(at(key, i)), fields.arena(), fields.problem());
        const JsonString text = entry.string("text");
        if (first.empty()) {
            first = text;
        } else if (!saysNothing(text)) {
            if (joined.empty())
                joined.append("\"").append(inside(first));
            joined.append("\\n\\n").append(inside(text));
        }
    }
    return joined.empty() ? first : fields.arena().keep(joined + "\"");
}

// ---- items

class ItemReader final {
  public:
    ItemReader(ChatRequest& request, std::optional<Error>& problem)
        : m_request(request), m_problem(problem) {}

    void item(std::string_view text, const std::string& path) {
        const auto object = json::objectIn(text);
        if (!object) {
            m_problem.emplace(ErrorCode::InvalidField, "\"" + path + "\" must be an object.");
            m_problem->field = path;
            return;
        }
        m_text = text;
        const FieldReader fields(*object, path, m_request.arena, m_problem);
        const std::string_view type = fields.plain("type");
        if (type == "message" || (type.empty() && fields.has("role")))
            message(fields);
        else if (type == "function_call" || type == "custom_tool_call")
            call(fields, type == "custom_tool_call");
        else if (type == "function_call_output" || type == "custom_tool_call_output")
            result(fields, type == "custom_tool_call_output");
        else if (type == "reasoning")
            reasoning(fields);
        else if (type == "additional_tools")
            readResponsesTools(fields.neededList("tools"), fields.name("tools"), m_request,
                               m_problem);
        else
            other(fields, type);
    }

  private:
    void message(const FieldReader& fields) {
        const std::string_view name = fields.neededPlain("role");
        Role role = Role::User;
        if (name == "assistant")
            role = Role::Assistant;
        else if (name == "system")
            role = Role::System;
        else if (name == "developer")
            role = Role::Developer;
        else if (fields.has("role") && name != "user")
            fields.wrong("role", "user, assistant, system or developer");
        std::vector<Part> parts = readContent(fields, "content");
        Turn& turn = role == Role::Assistant ? assistant() : m_request.turns.emplace_back();
        turn.role = role;
        for (Part& part : parts) {
            part.item = m_text;
            turn.parts.push_back(std::move(part));
        }
    }

    void call(const FieldReader& fields, bool custom) {
        Part& part = add(assistant(), Kind::ToolCall);
        ToolCall& call = part.call;
        call.id = fields.neededPlain("call_id");
        call.nameSpace = fields.plain("namespace");
        call.name = flatToolName(m_request.arena, call.nameSpace, fields.neededPlain("name"));
        if (custom) {
            call.input = fields.string("input");
            if (call.input.empty())
                fields.missing("input");
        } else {
            call.arguments = m_request.arena.keep(argumentsObject(fields.string("arguments")));
        }
    }

    void result(const FieldReader& fields, bool custom) {
        auto result = std::make_shared<ToolResult>();
        result->callId = fields.neededPlain("call_id");
        result->name = fields.plain("name");
        result->custom = custom;
        result->parts = readContent(fields, "output");
        add(results(), Kind::ToolResult).result = std::move(result);
    }

    void reasoning(const FieldReader& fields) {
        Reasoning& thought = add(assistant(), Kind::Reasoning).reasoning;
        thought.id = fields.plain("id");
        thought.signature = fields.plain("encrypted_content");
        thought.text = joinedTexts(fields, "summary");
        thought.summary = !thought.text.empty();
        if (!thought.summary)
            thought.text = joinedTexts(fields, "content");
    }

    void other(const FieldReader& fields, std::string_view type) {
        if (type.empty()) {
            fields.missing("type");
        } else if (type == "item_reference") {
            fields.fault(ErrorCode::InvalidField, "id",
                         "\"" + fields.name("id") +
                             "\" refers to an item that is not kept here. Send the item itself.");
        } else {
            const bool answer = type.ends_with("_output") || type == "mcp_approval_response";
            add(answer ? results() : assistant(), Kind::Other).source = m_text;
        }
    }

    Part& add(Turn& turn, Kind kind) {
        Part& part = turn.parts.emplace_back();
        part.kind = kind;
        part.item = m_text;
        return part;
    }

    // The turn of the model that goes on, or a new one.
    Turn& assistant() {
        if (!m_request.turns.empty() && m_request.turns.back().role == Role::Assistant)
            return m_request.turns.back();
        Turn& turn = m_request.turns.emplace_back();
        turn.role = Role::Assistant;
        return turn;
    }

    // The turn of results that goes on, or a new one.
    Turn& results() {
        if (!m_request.turns.empty()) {
            Turn& last = m_request.turns.back();
            const bool only = std::all_of(last.parts.begin(), last.parts.end(), [](const Part& p) {
                return p.kind == Kind::ToolResult || p.kind == Kind::Other;
            });
            if (last.role == Role::User && only)
                return last;
        }
        return m_request.turns.emplace_back();
    }

    ChatRequest& m_request;
    std::optional<Error>& m_problem;
    std::string_view m_text;  // the item being read
};

}  // namespace

void readResponsesInput(const std::vector<std::string_view>& items, ChatRequest& request,
                        std::optional<Error>& problem) {
    ItemReader reader(request, problem);
    for (std::size_t i = 0; i < items.size() && !problem; ++i)
        reader.item(items[i], at("input", i));
}

}  // namespace gr::protocol
