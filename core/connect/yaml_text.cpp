// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "connect/format_text.h"
#include "connect/yaml_scan.h"

namespace gr::connect {
namespace {

using settings::JsonNode;

// Plain where no reader of YAML 1.1 or 1.2 takes it for something else.
std::string writtenText(const std::string& value) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@+";
    const auto isLetter = [](unsigned char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    constexpr std::array<std::string_view, 11> kWords{"true", "false", "yes", "no",  "on", "off",
                                                      "null", "y",     "n",   "nan", "inf"};
    std::string lower;
    for (const char c : value)
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool plain = !value.empty() && isLetter(static_cast<unsigned char>(value.front())) &&
                       value.back() != ':' &&
                       value.find_first_not_of(kPlain) == std::string::npos &&
                       std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
    return plain ? value : settings::quoteJson(value);
}

std::string written(const JsonNode& value) {
    switch (value.type) {
        case JsonNode::Type::String:
            return writtenText(value.text);
        case JsonNode::Type::Bool:
            return value.boolean ? "true" : "false";
        case JsonNode::Type::Array: {
            std::string out;
            for (const JsonNode& item : value.items)
                out += (out.empty() ? "" : ", ") + written(item);
            return "[" + out + "]";
        }
        case JsonNode::Type::Number:
        case JsonNode::Type::Null:
        case JsonNode::Type::Object:
            break;
    }
    return value.text;
}

Failure otherForm(const std::string& name) {
    return fail(ErrorCode::InvalidField,
                "\"" + name + "\" is written in a form that is not edited here.");
}

const YamlEntry* named(const std::vector<YamlEntry>& entries, const std::string& name) {
    const auto it = std::find_if(entries.begin(), entries.end(),
                                 [&](const YamlEntry& entry) { return entry.name == name; });
    return it == entries.end() ? nullptr : &*it;
}

// The value of an entry that is there.
Result<std::string> withValueOf(const std::string& text, const YamlEntry& entry, const Wish& wish) {
    if (wish.kind == Wish::Kind::Default)
        return text;
    if (entry.kind == YamlEntry::Kind::Other || entry.goesOn)
        return otherForm(entry.name);
    if (entry.kind == YamlEntry::Kind::Scalar && entry.value == wish.value.text)
        return text;
    std::string changed = text;
    if (entry.kind == YamlEntry::Kind::Empty)
        return changed.insert(entry.nameEnd, " " + written(wish.value));
    return changed.replace(entry.valueBegin, entry.valueEnd - entry.valueBegin,
                           written(wish.value));
}

const YamlItem* ownItem(const YamlList& list) {
    for (const YamlItem& item : list.items) {
        const YamlEntry* name = named(item.entries, "name");
        if (name != nullptr && name->value == kOwnItem)
            return &item;
    }
    return nullptr;
}

// A new item with all that is wished of it.
std::string itemText(const std::vector<Wish>& wishes, const std::string& listName,
                     std::size_t dashColumn, const std::string& lineBreak) {
    std::string out;
    for (const Wish& wish : wishes) {
        if (wish.path.size() != 3 || wish.path.front() != listName)
            continue;
        out += out.empty() ? std::string(dashColumn, ' ') + "- "
                           : lineBreak + std::string(dashColumn + 2, ' ');
        out += wish.path.back() + ": " + written(wish.value);
    }
    return out;
}

Result<std::string> withItemWish(const std::string& text, const std::vector<YamlEntry>& top,
                                 const std::vector<Wish>& wishes, const Wish& wish) {
    const std::string& listName = wish.path.front();
    const std::string lineBreak = lineBreakOf(text);
    const YamlEntry* entry = named(top, listName);
    if (entry == nullptr)
        return withLineAt(text, text.size(),
                          listName + ":" + lineBreak + itemText(wishes, listName, 2, lineBreak));
    if (entry->kind == YamlEntry::Kind::Other &&
        text.substr(entry->valueBegin, entry->valueEnd - entry->valueBegin) == "[]") {
        std::string opened = text;
        opened.erase(entry->nameEnd, entry->valueEnd - entry->nameEnd);
        const std::size_t below = entry->blockEnd - (entry->valueEnd - entry->nameEnd);
        return withLineAt(opened, below, itemText(wishes, listName, 2, lineBreak));
    }
    if (entry->kind != YamlEntry::Kind::Empty)
        return otherForm(listName);
    const auto list = scanYamlList(text, *entry);
    if (!list)
        return fail(list.error());
    const YamlItem* item = ownItem(*list);
    if (item == nullptr) {
        const std::size_t column = list->items.empty() ? 2 : list->dashColumn;
        return withLineAt(text, list->blockEnd, itemText(wishes, listName, column, lineBreak));
    }
    if (const YamlEntry* there = named(item->entries, wish.path.back()))
        return withValueOf(text, *there, wish);
    return withLineAt(
        text, item->blockEnd,
        std::string(item->column, ' ') + wish.path.back() + ": " + written(wish.value));
}

Result<std::string> withWish(const std::string& text, const std::vector<Wish>& wishes,
                             const Wish& wish) {
    const auto top = scanYaml(text);
    if (!top)
        return fail(top.error());
    if (wish.path.size() > 1)
        return withItemWish(text, *top, wishes, wish);
    if (const YamlEntry* entry = named(*top, wish.path.front()))
        return withValueOf(text, *entry, wish);
    return withLineAt(text, text.size(), wish.path.front() + ": " + written(wish.value));
}

}  // namespace

Result<std::string> yamlWith(std::string_view text, const std::vector<Wish>& wishes) {
    std::string changed(text);
    for (const Wish& wish : wishes) {
        auto next = withWish(changed, wishes, wish);
        if (!next)
            return next;
        changed = std::move(*next);
    }
    return changed;
}

Result<std::optional<std::string>> yamlValue(std::string_view text, const Path& path) {
    const auto top = scanYaml(text);
    if (!top)
        return fail(top.error());
    const YamlEntry* entry = named(*top, path.front());
    std::optional<YamlList> list;
    if (entry != nullptr && path.size() > 1) {
        auto scanned = scanYamlList(text, *entry);
        if (!scanned)
            return fail(scanned.error());
        list = std::move(*scanned);
        const YamlItem* item = ownItem(*list);
        entry = item == nullptr ? nullptr : named(item->entries, path.back());
    }
    if (entry == nullptr || entry->kind != YamlEntry::Kind::Scalar || entry->goesOn)
        return std::nullopt;
    return entry->value;
}

}  // namespace gr::connect
