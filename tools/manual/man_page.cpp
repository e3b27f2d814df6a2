// SPDX-License-Identifier: MIT
#include "tools/manual/man_page.h"

#include <algorithm>
#include <vector>

#include "tools/manual/text.h"

namespace gr::manual {
namespace {

using app::CommandFact;
using app::OptionFact;

std::string choicesOf(const OptionFact& option) {
    std::string out;
    for (const std::string& choice : option.choices)
        out += (out.empty() ? "" : "|") + bold(choice);
    return out;
}

std::string heading(const OptionFact& option) {
    std::string out = option.letter.empty() ? "" : bold(option.letter) + ", ";
    out += bold(option.name);
    if (!option.value.empty())
        out += "=" + (option.choices.empty() ? italic(option.value) : choicesOf(option));
    return out;
}

// Sentences of the tables end with a mark, or without one.
std::string sentence(std::string_view text) {
    const bool ended = text.ends_with('.') || text.ends_with('?');
    return roff(text) + (ended ? "\n" : ".\n");
}

bool isHelp(const OptionFact& option) {
    return option.name == "--help";
}

void addCommands(const CommandFact& command, const std::string& path, std::string& out) {
    for (const CommandFact& sub : command.commands) {
        const std::string name = path + sub.name;
        std::string head = bold(name);
        for (const OptionFact& argument : sub.arguments) {
            const std::string word = italic(argument.value);
            head += argument.required ? " " + word : " [" + word + "]";
        }
        out += ".TP\n" + head + "\n" + sentence(sub.help);
        std::string details;
        for (const OptionFact& argument : sub.arguments)
            details += ".TP\n" + italic(argument.value) + "\n" + sentence(argument.help);
        for (const OptionFact& option : sub.options) {
            if (!isHelp(option))
                details += ".TP\n" + heading(option) + "\n" + sentence(option.help);
        }
        if (!details.empty())
            out += ".RS\n" + details + ".RE\n";
        addCommands(sub, name + " ", out);
    }
}

}  // namespace

std::string optionList(const CommandFact& program) {
    std::string out;
    for (const OptionFact& option : program.options)
        out += ".TP\n" + heading(option) + "\n" + sentence(option.help);
    return out;
}

std::string commandList(const CommandFact& program) {
    std::string out;
    addCommands(program, "", out);
    return out;
}

namespace {

using settings::JsonNode;

constexpr std::string_view kDefs = "#/$defs/";

std::string textOf(const JsonNode& node, std::string_view name) {
    const JsonNode* const found = node.find(name);
    return found != nullptr ? found->text : std::string();
}

// The name of the shared part that a node refers to, or nothing.
std::string reference(const JsonNode& node) {
    const std::string ref = textOf(node, "$ref");
    return ref.starts_with(kDefs) ? ref.substr(kDefs.size()) : std::string();
}

std::string literal(const JsonNode& node) {
    switch (node.type) {
        case JsonNode::Type::Null:
            return "null";
        case JsonNode::Type::Bool:
            return node.boolean ? "true" : "false";
        case JsonNode::Type::Number:
            return node.text;
        case JsonNode::Type::String:
            return settings::quoteJson(node.text);
        case JsonNode::Type::Array:
        case JsonNode::Type::Object:
            break;
    }
    std::string out;
    for (const JsonNode& item : node.items)
        out += (out.empty() ? "" : ", ") + literal(item);
    return node.isArray() ? "[" + out + "]" : "{}";
}

// Writes the list; the schema outlives it.
class SettingList final {
  public:
    explicit SettingList(const JsonNode& schema) : m_schema(schema) {}

    std::string write() {
        addMembers(m_schema, "");
        for (std::size_t i = 0; i < m_shared.size(); ++i) {  // it grows while it is written
            m_out += ".SS " + roff(m_shared[i]) + "\n";
            const JsonNode& part = *shared(m_shared[i]);
            if (const std::string about = textOf(part, "description"); !about.empty())
                m_out += sentence(about);
            addMembers(part, "");
        }
        return m_out;
    }

  private:
    const JsonNode* shared(const std::string& name) const {
        const JsonNode* const defs = m_schema.find("$defs");
        return defs != nullptr ? defs->find(name) : nullptr;
    }

    bool hasMembers(const JsonNode& node) const { return node.find("properties") != nullptr; }

    // In words: "text", "list of limit", "number, 0 to 1".
    std::string typeOf(const JsonNode& node) {
        if (const std::string name = reference(node); !name.empty()) {
            const JsonNode* const part = shared(name);
            if (part == nullptr)
                return name;
            if (hasMembers(*part)) {
                if (std::find(m_shared.begin(), m_shared.end(), name) == m_shared.end())
                    m_shared.push_back(name);
                return name + " (below)";
            }
            return typeOf(*part);
        }
        if (const JsonNode* const values = node.find("enum")) {
            std::string out;
            for (const JsonNode& value : values->items)
                out += (out.empty() ? "" : ", ") + literal(value);
            return "one of " + out;
        }
        if (const JsonNode* const ways = node.find("oneOf")) {
            std::string out;
            for (const JsonNode& way : ways->items)
                out += (out.empty() ? "" : ", or ") + typeOf(way);
            return out;
        }
        return plainType(node);
    }

    std::string plainType(const JsonNode& node) {
        const JsonNode* const type = node.find("type");
        if (type == nullptr)
            return "any value";
        std::string out;
        for (const JsonNode& one : type->isArray() ? type->items : std::vector{*type})
            out += (out.empty() ? "" : " or ") + wordFor(one.text, node);
        const std::string least = textOf(node, "minimum");
        const std::string most = textOf(node, "maximum");
        if (!least.empty() && !most.empty())
            out += ", " + least + " to " + most;
        else if (!least.empty())
            out += ", at least " + least;
        return out;
    }

    std::string wordFor(const std::string& type, const JsonNode& node) {
        if (type == "string")
            return "text";
        if (type == "boolean")
            return "true or false";
        if (type == "integer")
            return "whole number";
        if (type == "array") {
            const JsonNode* const items = node.find("items");
            return items != nullptr ? "list of " + typeOf(*items) : "list";
        }
        if (type == "object") {
            if (const JsonNode* const keys = node.find("required");
                keys != nullptr && keys->items.size() == 1)
                return "{" + literal(keys->items.front()) + ": ...}";
            const JsonNode* const others = node.find("additionalProperties");
            return others != nullptr && others->isObject() ? "name to " + typeOf(*others)
                                                           : "section";
        }
        return type;
    }

    void addMembers(const JsonNode& node, const std::string& path) {
        const JsonNode* const members = node.find("properties");
        if (members == nullptr)
            return;
        for (const settings::JsonMember& member : members->members)
            add(member.value, path.empty() ? member.name : path + "." + member.name);
    }

    void add(const JsonNode& node, const std::string& path) {
        m_out += ".TP\n" + bold(path) + " (" + roff(typeOf(node)) + ")\n";
        std::string about = textOf(node, "description");
        if (const JsonNode* const part = shared(reference(node)); about.empty() && part != nullptr)
            about = textOf(*part, "description");
        if (!about.empty())
            m_out += sentence(about);
        if (const JsonNode* const standard = node.find("default"))
            m_out += "Default: " + bold(literal(*standard)) + ".\n";
        else if (about.empty())
            m_out += "\\&\n";  // the name says it
        addMembers(node, path);
        const JsonNode* const items = node.find("items");
        if (items != nullptr && hasMembers(*items))
            addMembers(*items, path + "[]");
    }

    const JsonNode& m_schema;
    std::string m_out;
    std::vector<std::string> m_shared;  // in the order they are met
};

}  // namespace

std::string settingList(const settings::JsonNode& schema) {
    return SettingList(schema).write();
}

}  // namespace gr::manual
