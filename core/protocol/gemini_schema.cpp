// SPDX-License-Identifier: MIT
#include "protocol/gemini_schema.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/scan.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

constexpr std::string_view kOfSchemas[] = {"properties", "patternProperties", "$defs",
                                           "definitions", "dependentSchemas"};
constexpr std::string_view kSchemas[] = {"items",
                                         "additionalProperties",
                                         "anyOf",
                                         "oneOf",
                                         "allOf",
                                         "not",
                                         "prefixItems",
                                         "contains",
                                         "if",
                                         "then",
                                         "else",
                                         "propertyNames",
                                         "additionalItems",
                                         "unevaluatedItems",
                                         "unevaluatedProperties"};

template <std::size_t size>
bool among(const std::string_view (&names)[size], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Appends `"key":`, as it was written.
void appendKey(std::string& out, const Object& object, const Member& member) {
    if (out.back() != '{')
        out.push_back(',');
    const std::size_t length = member.valueBegin - member.keyBegin;
    out.append(object.text.substr(member.keyBegin, length));
}

// Walks a schema. A Dialect has `bool member(out, walk, object, member)`: true when it wrote the
// member in its own way.
template <class Dialect>
class Walk final {
  public:
    explicit Walk(std::string& out) : m_out(out) {}

    // A schema, or a list of them.
    void schema(std::string_view text) {
        if (text.starts_with('[')) {
            m_out.push_back('[');
            for (const std::string_view element : json::elementsIn(text)) {
                if (m_out.back() != '[')
                    m_out.push_back(',');
                schema(element);
            }
            m_out.push_back(']');
            return;
        }
        const auto object = json::objectIn(text);
        if (!object) {
            m_out.append(text);
            return;
        }
        m_out.push_back('{');
        for (const Member& member : object->members) {
            if (!Dialect::member(m_out, *object, member))
                this->member(*object, member);
        }
        m_out.push_back('}');
    }

  private:
    void member(const Object& object, const Member& member) {
        appendKey(m_out, object, member);
        const std::string_view value = object.raw(member);
        const auto inner = among(kOfSchemas, member.key) ? json::objectIn(value) : std::nullopt;
        if (inner) {
            m_out.push_back('{');
            for (const Member& property : inner->members) {
                appendKey(m_out, *inner, property);
                schema(inner->raw(property));
            }
            m_out.push_back('}');
        } else if (among(kSchemas, member.key)) {
            schema(value);
        } else {
            m_out.append(value);
        }
    }

    std::string& m_out;
};

struct ConstBecomesEnum {
    static bool member(std::string& out, const Object& object, const Member& member) {
        const bool hasConst = object.find("const") != nullptr;
        if (member.key == "enum" && hasConst)
            return true;  // the constant is the narrower of the two
        if (member.key != "const")
            return false;
        if (out.back() != '{')
            out.push_back(',');
        out.append("\"enum\":[").append(object.raw(member)).append("]");
        return true;
    }
};

struct GoogleBecomesJson {
    static bool member(std::string& out, const Object& object, const Member& member) {
        const std::string_view value = object.raw(member);
        const bool nullable = isTrue(object.find("nullable"));
        if (member.key == "nullable" || member.key == "example" ||
            member.key == "propertyOrdering" || member.key == "property_ordering")
            return true;
        if (member.key == "type" && member.type == Type::String) {
            const std::string type = toLower(plainOf(value));
            if (type != "type_unspecified")
                append(out, "type", nullable ? "[" + quoted(type) + ",\"null\"]" : quoted(type));
            return true;
        }
        if (member.key == "enum" && nullable && member.type == Type::Array) {
            const std::string_view list = value.substr(0, value.size() - 1);
            append(out, "enum", std::string(list) + (list == "[" ? "null]" : ",null]"));
            return true;
        }
        const std::string_view camel = camelOf(member.key);
        if (camel.empty())
            return false;
        if (camel == "anyOf") {
            append(out, camel, jsonSchemaOfGemini(value));
        } else {  // 64-bit numbers are strings in Google's JSON
            const bool digits = member.type == Type::String && parseUnsigned(inside(value));
            append(out, camel, std::string(digits ? inside(value) : value));
        }
        return true;
    }

    static bool isTrue(const Member* member) {
        return member != nullptr && member->type == Type::True;
    }

    static void append(std::string& out, std::string_view key, const std::string& value) {
        if (out.back() != '{')
            out.push_back(',');
        out.append("\"").append(key).append("\":").append(value);
    }

    // The names that need care, however they are spelled.
    static std::string_view camelOf(std::string_view key) {
        constexpr std::array<std::array<std::string_view, 2>, 7> kNames{{
            {"anyOf", "any_of"},
            {"minItems", "min_items"},
            {"maxItems", "max_items"},
            {"minLength", "min_length"},
            {"maxLength", "max_length"},
            {"minProperties", "min_properties"},
            {"maxProperties", "max_properties"},
        }};
        for (const auto& [camel, snake] : kNames) {
            if (key == camel || key == snake)
                return camel;
        }
        return {};
    }
};

}  // namespace

std::string geminiJsonSchema(std::string_view schema) {
    if (schema.find("\"const\"") == std::string_view::npos)
        return std::string(schema);
    std::string out;
    out.reserve(schema.size() + 32);
    Walk<ConstBecomesEnum>(out).schema(schema);
    return out;
}

std::string jsonSchemaOfGemini(std::string_view schema) {
    std::string out;
    out.reserve(schema.size());
    Walk<GoogleBecomesJson>(out).schema(schema);
    return out;
}

}  // namespace gr::protocol
