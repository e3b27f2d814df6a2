// SPDX-License-Identifier: MIT
#include "protocol/responses_tools.h"

#include <algorithm>

namespace gr::protocol {
namespace {

constexpr std::string_view kJoint = "__";

std::string at(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

class ToolReader final {
  public:
    ToolReader(ChatRequest& request, std::optional<Error>& problem)
        : m_request(request), m_problem(problem) {}

    void list(const std::vector<std::string_view>& texts, const std::string& path,
              std::string_view nameSpace, JsonText whole) {
        for (std::size_t i = 0; i < texts.size(); ++i)
            entry(texts[i], at(path, i), nameSpace, whole);
    }

  private:
    // `whole`: the namespace that this stands in; empty for none.
    void entry(std::string_view text, const std::string& path, std::string_view nameSpace,
               JsonText whole) {
        const auto object = json::objectIn(text);
        if (!object) {
            if (!m_problem) {
                m_problem.emplace(ErrorCode::InvalidField, "\"" + path + "\" must be an object.");
                m_problem->field = path;
            }
            return;
        }
        const FieldReader fields(*object, path, m_request.arena, m_problem);
        const std::string_view type = fields.neededPlain("type");
        if (type == "namespace" && nameSpace.empty()) {
            const std::string_view name = neededName(fields);
            list(fields.neededList("tools"), fields.name("tools"), name, text);
            return;
        }
        Tool& tool = m_request.tools.emplace_back();
        tool.type = type;
        tool.nameSpace = nameSpace;
        tool.source = whole.empty() ? text : whole;
        if (type == "function" || type == "custom")
            callable(fields, tool);
        else
            tool.kind = Tool::Kind::Hosted;
    }

    void callable(const FieldReader& fields, Tool& tool) {
        tool.name = flatToolName(m_request.arena, tool.nameSpace, neededName(fields));
        tool.description = fields.string("description");
        if (tool.type == "custom") {
            tool.kind = Tool::Kind::Custom;
            tool.format = fields.object("format");
        } else {
            tool.parameters = fields.object("parameters");
            tool.strict = fields.flag("strict");
        }
        tool.type = {};
    }

    static std::string_view neededName(const FieldReader& fields) {
        const std::string_view name = fields.neededPlain("name");
        if (fields.has("name") && name.empty())
            fields.wrong("name", "a name");
        return name;
    }

    ChatRequest& m_request;
    std::optional<Error>& m_problem;
};

std::optional<ToolChoice::Mode> modeNamed(std::string_view word) {
    if (word == "auto")
        return ToolChoice::Mode::Auto;
    if (word == "none")
        return ToolChoice::Mode::None;
    if (word == "required")
        return ToolChoice::Mode::Required;
    return std::nullopt;
}

std::string_view knownName(const ChatRequest& request, std::string_view name) {
    const Tool* tool = toolNamed(request, name);
    return tool != nullptr ? tool->name : name;
}

void readAllowed(const FieldReader& fields, ChatRequest& request, ToolChoice& choice) {
    const auto mode = modeNamed(fields.neededPlain("mode"));
    if (!mode || *mode == ToolChoice::Mode::None)
        fields.wrong("mode", "auto or required");
    choice.mode = mode.value_or(ToolChoice::Mode::Auto);
    const auto list = fields.neededList("tools");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto object = json::objectIn(list[i]);
        if (!object) {
            fields.wrong(at("tools", i), "an object");
            return;
        }
        const FieldReader tool(*object, fields.name(at("tools", i)), request.arena,
                               fields.problem());
        const std::string_view name = tool.plain("name");
        if (tool.plain("type") == "namespace") {
            for (const Tool& known : request.tools) {
                if (known.nameSpace == name)
                    choice.names.push_back(known.name);
            }
        } else if (!name.empty()) {
            choice.names.push_back(knownName(request, name));
        }
    }
}

void readChoiceObject(const FieldReader& fields, ChatRequest& request, ToolChoice& choice) {
    const std::string_view type = fields.neededPlain("type");
    if (type == "allowed_tools") {
        readAllowed(fields, request, choice);
    } else if (type == "function" || type == "custom") {
        choice.mode = ToolChoice::Mode::Named;
        choice.custom = type == "custom";
        choice.names.push_back(knownName(request, fields.neededPlain("name")));
    }
    // A hosted tool: nobody else has it, so elsewhere the model chooses.
}

}  // namespace

void readResponsesTools(const std::vector<std::string_view>& list, const std::string& path,
                        ChatRequest& request, std::optional<Error>& problem) {
    ToolReader(request, problem).list(list, path, {}, {});
}

void readResponsesToolChoice(const FieldReader& fields, ChatRequest& request) {
    const json::Member* member = fields.find("tool_choice");
    if (member == nullptr)
        return;
    ToolChoice& choice = request.toolChoice.emplace();
    if (member->type == json::Type::String) {
        const auto mode = modeNamed(fields.plain("tool_choice"));
        if (!mode)
            fields.wrong("tool_choice", "auto, none, required or an object");
        choice.mode = mode.value_or(ToolChoice::Mode::Auto);
        return;
    }
    const auto object = json::objectIn(fields.object("tool_choice"));
    if (object)
        readChoiceObject(
            FieldReader(*object, fields.name("tool_choice"), request.arena, fields.problem()),
            request, choice);
}

std::string_view flatToolName(TextArena& arena, std::string_view nameSpace, std::string_view name) {
    if (nameSpace.empty())
        return name;
    std::string flat;
    flat.reserve(nameSpace.size() + kJoint.size() + name.size());
    return arena.keep(flat.append(nameSpace).append(kJoint).append(name));
}

std::string_view ownToolName(std::string_view name, std::string_view nameSpace) {
    const std::size_t prefix = nameSpace.size() + kJoint.size();
    return nameSpace.empty() || name.size() < prefix ? name : name.substr(prefix);
}

const Tool* toolNamed(const ChatRequest& request, std::string_view name) {
    const auto find = [&request](const auto& matches) {
        const auto it = std::find_if(request.tools.begin(), request.tools.end(), matches);
        return it == request.tools.end() ? nullptr : &*it;
    };
    if (name.empty())
        return nullptr;
    const Tool* tool = find([name](const Tool& t) { return t.name == name; });
    if (tool != nullptr)
        return tool;
    return find([name](const Tool& t) {
        return !t.nameSpace.empty() && ownToolName(t.name, t.nameSpace) == name;
    });
}

}  // namespace gr::protocol
