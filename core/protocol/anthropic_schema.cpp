// SPDX-License-Identifier: MIT
#include "protocol/anthropic_schema.h"

#include <algorithm>
#include <array>

#include "json/scan.h"
#include "json/writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

template <std::size_t size>
bool isOneOf(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 17> kRefused{
    "minimum",    "maximum",           "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength",         "maxLength",        "pattern",
    "maxItems",   "uniqueItems",       "minProperties",    "maxProperties",
    "not",        "patternProperties", "propertyNames",    "minContains",
    "maxContains"};
constexpr std::array<std::string_view, 10> kFormats{
    "\"date-time\"", "\"time\"", "\"date\"", "\"duration\"", "\"email\"",
    "\"hostname\"",  "\"uri\"",  "\"ipv4\"", "\"ipv6\"",     "\"uuid\""};
// Whose values are a schema, a list of schemas or schemas by name.
constexpr std::array<std::string_view, 3> kByName{"properties", "$defs", "definitions"};
constexpr std::array<std::string_view, 4> kInside{"items", "anyOf", "allOf", "oneOf"};
constexpr std::array<std::string_view, 3> kRootRefused{"anyOf", "oneOf", "allOf"};

bool isRefused(const Object& schema, const Member& member) {
    const std::string_view raw = schema.raw(member);
    if (member.key == "format")
        return !isOneOf(raw, kFormats);
    if (member.key == "minItems")
        return raw != "0" && raw != "1";
    if (member.key == "oneOf")  // becomes anyOf, unless there is one
        return schema.find("anyOf") != nullptr;
    return isOneOf(member.key, kRefused);
}

bool isObjectSchema(const Object& schema) {
    const Member* type = schema.find("type");
    return schema.find("properties") != nullptr ||
           (type != nullptr && schema.raw(*type) == "\"object\"");
}

// "{minimum: 1, maxLength: 5}", as the inside of a JSON string; empty for none.
template <class Refuse>
std::string note(const Object& schema, Refuse&& refuse) {
    std::string words;
    for (const Member& member : schema.members) {
        if (!refuse(member))
            continue;
        words.append(words.empty() ? "{" : ", ").append(member.key).append(": ");
        words.append(schema.raw(member));
    }
    if (words.empty())
        return {};
    const std::string text = quoted(words + "}");
    return std::string(inside(text));
}

std::string described(JsonString description, const std::string& words) {
    std::string text(description.substr(0, description.size() - 1));
    return text.append(inside(description).empty() ? "" : "\\n\\n").append(words).append("\"");
}

class StrictSchema final {
  public:
    static void write(std::string_view text, json::Writer& out) {
        const auto schema = json::objectIn(text);
        if (!schema) {
            out.raw(text);
            return;
        }
        const auto refuse = [&](const Member& member) { return isRefused(*schema, member); };
        const std::string words = note(*schema, refuse);
        bool told = words.empty();
        out.object();
        for (const Member& member : schema->members) {
            if (refuse(member) || member.key == "additionalProperties")
                continue;
            if (member.key == "description" && member.type == Type::String && !told) {
                out.key(member.key).raw(described(schema->raw(member), words));
                told = true;
            } else {
                one(*schema, member, out);
            }
        }
        if (!told)
            out.key("description").raw("\"" + words + "\"");
        if (isObjectSchema(*schema))
            out.key("additionalProperties").boolean(false);
        out.end();
    }

  private:
    static void one(const Object& schema, const Member& member, json::Writer& out) {
        const std::string_view raw = schema.raw(member);
        out.key(member.key == "oneOf" ? "anyOf" : member.key);
        if (isOneOf(member.key, kByName) && member.type == Type::Object) {
            const auto named = json::objectIn(raw);
            out.object();
            for (const Member& entry : named->members) {
                out.key(entry.key);
                write(named->raw(entry), out);
            }
            out.end();
        } else if (isOneOf(member.key, kInside) && member.type == Type::Array) {
            out.array();
            for (const std::string_view element : json::elementsIn(raw))
                write(element, out);
            out.end();
        } else if (isOneOf(member.key, kInside)) {
            write(raw, out);
        } else {
            out.raw(raw);
        }
    }
};

}  // namespace

std::string anthropicStrictSchema(JsonText schema) {
    json::Writer out;
    StrictSchema::write(schema, out);
    return out.take();
}

std::string anthropicToolSchema(JsonText schema) {
    const auto object = json::objectIn(schema);
    if (!object || object->members.empty())
        return R"({"type":"object","properties":{}})";
    const auto refuse = [](const Member& member) { return isOneOf(member.key, kRootRefused); };
    const Member* type = object->find("type");
    const bool typed = type != nullptr && object->raw(*type) == "\"object\"";
    if (typed && std::none_of(object->members.begin(), object->members.end(), refuse))
        return std::string(schema);

    const std::string words = note(*object, refuse);
    bool told = words.empty();
    json::Writer out;
    out.object().key("type").string("object");
    for (const Member& member : object->members) {
        if (member.key == "type" || refuse(member))
            continue;
        out.key(member.key);
        if (member.key == "description" && member.type == Type::String && !told) {
            out.raw(described(object->raw(member), words));
            told = true;
        } else {
            out.raw(object->raw(member));
        }
    }
    if (!told)
        out.key("description").raw("\"" + words + "\"");
    return out.end().take();
}

}  // namespace gr::protocol
