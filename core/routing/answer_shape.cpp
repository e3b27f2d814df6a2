// SPDX-License-Identifier: MIT
#include "routing/answer_shape.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "json/scan.h"

namespace gr::routing {
namespace {

using json::Object;
using json::Type;

bool isOfType(Type type, std::string_view name) {
    const auto says = [name](std::string_view word) { return equalsIgnoreCase(name, word); };
    switch (type) {
        case Type::Object:
            return says("object");
        case Type::Array:
            return says("array");
        case Type::String:
            return says("string");
        case Type::Number:
            return says("number") || says("integer");
        case Type::True:
        case Type::False:
            return says("boolean");
        case Type::Null:
            return says("null");
    }
    return true;
}

// `described`: a schema; one that names no type allows all.
bool allows(const Object& described, Type type) {
    const json::Member* const named = described.find("type");
    if (named == nullptr)
        return true;
    const json::Member* const nullable = described.find("nullable");
    if (type == Type::Null && nullable != nullptr && nullable->type == Type::True)
        return true;
    if (named->type == Type::String)
        return isOfType(type, json::unescape(described.raw(*named)));
    const auto names = json::elementsIn(described.raw(*named));
    return names.empty() || std::any_of(names.begin(), names.end(), [type](std::string_view name) {
               return name.starts_with('"') && isOfType(type, json::unescape(name));
           });
}

bool hasRequired(const Object& described, const Object& answer) {
    const json::Member* const required = described.find("required");
    if (required == nullptr)
        return true;
    const auto names = json::elementsIn(described.raw(*required));
    return std::all_of(names.begin(), names.end(), [&answer](std::string_view name) {
        return !name.starts_with('"') || answer.find(json::unescape(name)) != nullptr;
    });
}

bool membersFit(const Object& described, const Object& answer) {
    const json::Member* const properties = described.find("properties");
    const auto known =
        properties != nullptr ? json::objectIn(described.raw(*properties)) : std::nullopt;
    if (!known)
        return true;
    return std::all_of(answer.members.begin(), answer.members.end(),
                       [&](const json::Member& member) {
                           const json::Member* const place = known->find(member.key);
                           const auto schema =
                               place != nullptr ? json::objectIn(known->raw(*place)) : std::nullopt;
                           return !schema || allows(*schema, member.type);
                       });
}

}  // namespace

bool fitsShape(std::string_view schema, std::string_view answer) {
    const std::string boxed = "{\"v\":" + std::string(answer) + "}";
    const auto box = json::scanObject(boxed);
    if (!box || box->members.size() != 1)
        return false;
    const json::Member& value = box->members.front();
    const auto described = json::objectIn(schema);
    if (!described)
        return value.type == Type::Object;
    if (!allows(*described, value.type))
        return false;
    const auto object = json::objectIn(box->raw(value));
    return !object || (hasRequired(*described, *object) && membersFit(*described, *object));
}

}  // namespace gr::routing
