// SPDX-License-Identifier: MIT
#include <algorithm>

#include "connect/format_text.h"
#include "settings/json_edit.h"

namespace gr::connect {
namespace {

using settings::JsonNode;
using settings::JsonPath;

JsonPath jsonPath(const Path& path, std::size_t length) {
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length)};
}

// How many steps of `path` lead somewhere.
std::size_t depthOf(const JsonNode& root, const Path& path) {
    const JsonNode* node = &root;
    std::size_t depth = 0;
    for (; depth < path.size(); ++depth) {
        node = node->find(path[depth]);
        if (node == nullptr)
            break;
    }
    return depth;
}

bool begins(const Path& path, const Path& with, std::size_t length) {
    return path.size() > length &&
           std::equal(with.begin(), with.begin() + static_cast<std::ptrdiff_t>(length),
                      path.begin());
}

JsonNode emptyObject() {
    JsonNode node;
    node.type = JsonNode::Type::Object;
    return node;
}

void put(JsonNode& object, const Path& path, std::size_t from, const JsonNode& value) {
    auto it = std::find_if(object.members.begin(), object.members.end(),
                           [&](const auto& member) { return member.name == path[from]; });
    if (it == object.members.end()) {
        settings::JsonMember member;
        member.name = path[from];
        member.value = from + 1 == path.size() ? value : emptyObject();
        it = object.members.insert(object.members.end(), std::move(member));
    }
    if (from + 1 < path.size())
        put(it->value, path, from + 1, value);
}

// A member that stands twice: programs disagree on which one counts.
const std::string* repeatedIn(const JsonNode& node, const Path& path, std::size_t from) {
    if (from == path.size())
        return nullptr;
    const JsonNode* next = nullptr;
    for (const auto& member : node.members) {
        if (member.name != path[from])
            continue;
        if (next != nullptr)
            return &member.name;
        next = &member.value;
    }
    return next == nullptr ? nullptr : repeatedIn(*next, path, from + 1);
}

Result<std::string> withWish(const std::string& text, const std::vector<Wish>& wishes,
                             const Wish& wish) {
    const auto root = settings::parseJson(text);
    if (!root)
        return fail(root.error());
    if (!root->isObject())
        return fail(ErrorCode::InvalidField, "It is a list, not an object.");
    if (const std::string* twice = repeatedIn(*root, wish.path, 0))
        return fail(ErrorCode::InvalidField, "\"" + *twice + "\" stands twice.");
    if (wish.kind == Wish::Kind::Absent)
        return settings::withoutValue(text, jsonPath(wish.path, wish.path.size()));
    const std::size_t depth = depthOf(*root, wish.path);
    if (depth == wish.path.size()) {
        const JsonNode* there = settings::nodeAt(*root, jsonPath(wish.path, depth));
        if (wish.kind == Wish::Kind::Default ||
            (there->type == wish.value.type && there->text == wish.value.text &&
             !there->isObject() && !there->isArray() && there->boolean == wish.value.boolean))
            return text;
        return settings::withValue(text, jsonPath(wish.path, depth), wish.value);
    }
    // What is missing on the way comes with all that belongs into it, so that it is laid out as
    // one.
    JsonNode value = wish.value;
    if (depth + 1 < wish.path.size()) {
        value = emptyObject();
        for (const Wish& other : wishes) {
            if (other.kind != Wish::Kind::Absent && begins(other.path, wish.path, depth + 1))
                put(value, other.path, depth + 1, other.value);
        }
    }
    return settings::withValue(text, jsonPath(wish.path, depth + 1), value);
}

}  // namespace

Result<std::string> jsonWith(std::string_view text, const std::vector<Wish>& wishes) {
    std::string changed(text);
    for (const Wish& wish : wishes) {
        auto next = withWish(changed, wishes, wish);
        if (!next)
            return next;
        changed = std::move(*next);
    }
    return changed;
}

Result<std::optional<std::string>> jsonValue(std::string_view text, const Path& path) {
    const auto root = settings::parseJson(text);
    if (!root)
        return fail(root.error());
    const JsonNode* node = settings::nodeAt(*root, jsonPath(path, path.size()));
    if (node == nullptr || node->isObject() || node->isArray() || node->isNull())
        return std::nullopt;
    if (node->isBool())
        return node->boolean ? "true" : "false";
    return node->text;
}

}  // namespace gr::connect
