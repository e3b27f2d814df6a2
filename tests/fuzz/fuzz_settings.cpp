// SPDX-License-Identifier: MIT
// Edits of a configuration change what they are about and leave every other value, name and comment
// byte for byte; what is no JSON is refused and stays. An input is three bytes that choose the
// edit, then the text.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "fuzz.h"
#include "settings/settings_edit.h"
#include "settings/settings_file.h"

using namespace gr;
using namespace gr::settings;
using fuzz::must;

namespace {

// What a text consists of, in order: names, values, brackets and comments, as written. Blanks and
// commas are left out, since edits may move them. Only for texts that are JSON.
std::vector<std::string_view> partsOf(std::string_view text) {
    std::vector<std::string_view> parts;
    std::size_t at = 0;
    const auto take = [&](std::size_t end) {
        parts.push_back(text.substr(at, end - at));
        at = end;
    };
    while (at < text.size()) {
        const std::string_view rest = text.substr(at);
        if (std::string_view(" \t\r\n,").find(rest.front()) != std::string_view::npos) {
            ++at;
        } else if (rest.starts_with("//")) {
            std::size_t end = std::min(text.find('\n', at), text.size());
            while (text[end - 1] == '\r')  // of the line break, which is a blank
                --end;
            take(end);
        } else if (rest.starts_with("/*")) {
            take(text.find("*/", at + 2) + 2);
        } else if (rest.front() == '"') {
            std::size_t end = at + 1;
            while (text[end] != '"')
                end += text[end] == '\\' ? 2 : 1;
            take(end + 1);
        } else if (std::string_view("{}[]:").find(rest.front()) != std::string_view::npos) {
            take(at + 1);
        } else {
            take(std::min(text.find_first_of(" \t\r\n,/\"{}[]:", at), text.size()));
        }
    }
    return parts;
}

// The value of a document without its form.
std::string meaning(const JsonNode& node) {
    if (node.isString())
        return quoteJson(node.text);
    if (!node.isArray() && !node.isObject())
        return node.isBool()   ? (node.boolean ? "true" : "false")
               : node.isNull() ? "null"
                               : node.text;
    std::string out = node.isArray() ? "[" : "{";
    for (const JsonNode& item : node.items)
        out += meaning(item) + ",";
    for (const JsonMember& member : node.members)
        out += quoteJson(member.name) + ":" + meaning(member.value) + ",";
    return out + (node.isArray() ? "]" : "}");
}

// Every value lies inside its parent and behind its elder, and is itself again when cut out.
void checkPlaces(std::string_view text, const JsonNode& node) {
    must(node.begin <= node.end && node.end <= text.size());
    std::size_t last = node.begin;
    const auto inside = [&](std::size_t begin, const JsonNode& child) {
        must(begin >= last && child.begin >= begin && child.end <= node.end);
        last = child.end;
        checkPlaces(text, child);
    };
    for (const JsonNode& item : node.items)
        inside(item.begin, item);
    for (const JsonMember& member : node.members)
        inside(member.nameBegin, member.value);
    if (node.isObject() && node.begin < node.end) {
        const auto again = parseJson(text.substr(node.begin, node.end - node.begin));
        must(again && meaning(*again) == meaning(node));
    }
}

// A way through the tree that the byte chooses, to a value that is there or to a free place.
JsonPath choosePath(JsonNode& root, std::uint8_t choice) {
    JsonPath path;
    JsonNode* node = &root;
    for (unsigned turn = choice; node->isObject() || node->isArray(); turn /= 3) {
        const std::size_t count = node->isObject() ? node->members.size() : node->items.size();
        const std::size_t place = turn % 3 == 2 ? count : std::min<std::size_t>(turn % 3, count);
        if (node->isObject())
            path.emplace_back(place < count ? node->members[place].name : "free");
        else
            path.emplace_back(place);
        if (place == count || turn < 3)
            break;
        node = node->isObject() ? &node->members[place].value : &node->items[place];
    }
    return path;
}

JsonNode* follow(JsonNode& root, const JsonPath& path) {
    JsonNode* node = &root;
    for (const auto& step : path) {
        if (const auto* place = std::get_if<std::size_t>(&step)) {
            if (*place >= node->items.size())
                return nullptr;
            node = &node->items[*place];
        } else {
            const auto member = std::find_if(
                node->members.begin(), node->members.end(),
                [&](const JsonMember& m) { return m.name == std::get<std::string>(step); });
            if (member == node->members.end())
                return nullptr;
            node = &member->value;
        }
    }
    return node;
}

JsonNode chooseValue(std::uint8_t choice, std::string_view text) {
    const JsonNode word = jsonText(std::string(text.substr(0, choice % 40)));
    switch (choice % 5) {
        case 0:
            return jsonNumber(choice);
        case 1:
            return jsonArray({word, jsonNumber(-1), jsonArray({})});
        case 2:
            return jsonObject({{"id", word}, {"list", jsonArray({word, word})}});
        case 3:
            return jsonBool(true);
        default:
            return word;
    }
}

// `whole` is `before` with something put in at one place.
void mustBeInserted(const std::vector<std::string_view>& before,
                    const std::vector<std::string_view>& whole) {
    must(whole.size() >= before.size());
    const auto head = std::mismatch(before.begin(), before.end(), whole.begin(), whole.end()).first;
    const auto tail = std::mismatch(before.rbegin(), before.rend(), whole.rbegin(), whole.rend());
    must((head - before.begin()) + (tail.first - before.rbegin()) >=
         static_cast<std::ptrdiff_t>(before.size()));
}

void checkSet(std::string_view text, JsonNode root, const JsonPath& path, const JsonNode& value) {
    const auto edited = withValue(text, path, value);
    must(edited.has_value());
    const auto again = parseJson(*edited);
    must(again.has_value());
    checkPlaces(*edited, *again);
    if (JsonNode* old = follow(root, path); old != nullptr && old->begin < old->end) {
        must(edited->starts_with(text.substr(0, old->begin)));
        must(edited->ends_with(text.substr(old->end)));
        *old = value;
    } else {
        mustBeInserted(partsOf(text), partsOf(*edited));
        JsonPath parent = path;
        if (!path.empty()) {
            parent.pop_back();
            JsonNode* owner = follow(root, parent);
            if (owner->isArray())
                owner->items.push_back(value);
            else
                owner->members.push_back({std::get<std::string>(path.back()), 0, value, false});
            const auto undone = withoutValue(*edited, path);
            must(undone.has_value());
            if (root.begin < root.end)
                must(partsOf(*undone) == partsOf(text));
        } else {
            root = value;
        }
    }
    must(meaning(*again) == meaning(root));
}

void checkRemove(std::string_view text, JsonNode root, const JsonPath& path) {
    const auto edited = withoutValue(text, path);
    JsonNode* old = path.empty() ? nullptr : follow(root, path);
    if (path.empty()) {
        must(!edited);
        return;
    }
    must(edited.has_value());
    if (old == nullptr) {
        must(*edited == text);
        return;
    }
    JsonPath parent = path;
    parent.pop_back();
    JsonNode* owner = follow(root, parent);
    std::size_t begin = old->begin;
    const std::size_t end = old->end;
    if (owner->isArray()) {
        owner->items.erase(owner->items.begin() + (old - owner->items.data()));
    } else {
        const auto member = std::find_if(owner->members.begin(), owner->members.end(),
                                         [old](const JsonMember& m) { return &m.value == old; });
        begin = member->nameBegin;
        owner->members.erase(member);
    }
    auto rest = partsOf(text.substr(0, begin));
    const auto behind = partsOf(text.substr(end));
    rest.insert(rest.end(), behind.begin(), behind.end());
    must(partsOf(*edited) == rest);
    const auto again = parseJson(*edited);
    must(again && meaning(*again) == meaning(root));
}

// The edits the window makes: each works and leaves JSON, or fails and leaves everything.
void checkTyped(std::string_view text, const JsonNode& root, std::uint8_t choice) {
    auto edit = SettingsEdit::open("/nonexistent/config.json");
    must(edit && edit->restore(std::string(text)));
    std::string id = "new";
    const JsonNode* providers = root.find("providers");
    if (providers != nullptr && !providers->items.empty()) {
        const JsonNode* own = providers->items[choice % providers->items.size()].find("id");
        if (own != nullptr && own->isString())
            id = own->text;
    }
    Provider provider;
    provider.id = id;
    provider.baseUrl = "http://127.0.0.1:1";
    ProviderPatch patch;
    patch.baseUrl = choice % 2 == 0 ? "" : "http://[::1]:1/v1";
    patch.keys = std::optional<std::vector<SecretRef>>{};
    patch.enabled = choice % 3 == 0;
    const auto tried = [&edit](const auto& action) {
        const std::string before = edit->text();
        if (!action())
            must(edit->text() == before);
        must(parseJson(edit->text()).has_value());
    };
    tried([&] { return edit->moveProvider(id, choice % 4); });
    tried([&] { return edit->setProvider(id, patch); });
    tried([&] { return edit->removeProvider(id); });
    tried([&] { return edit->addProvider(provider); });
    tried([&] { return edit->setListenPort(choice); });
    tried([&] { return edit->setAlias(id, {"a/b", id}); });
    tried([&] { return edit->removeAlias(id); });
    tried([&] { return edit->setDefaultModel(""); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3)
        return 0;
    const auto text = fuzz::asText(data + 3, size - 3);
    auto root = parseJson(text);
    if (!root) {
        must(root.error().code == ErrorCode::ConfigInvalid);
        must(!withValue(text, {"a"}, jsonNumber(1)) && !withoutValue(text, {"a"}));
        return 0;
    }
    checkPlaces(text, *root);
    const JsonPath path = choosePath(*root, data[1]);
    switch (data[0] % 8) {
        case 0: {
            static const catalog::Catalog catalog = catalog::Catalog::embedded();
            (void)readSettings(text, catalog);
            break;
        }
        case 1:
            checkTyped(text, *root, data[2]);
            break;
        case 2:
        case 3:
            checkRemove(text, *root, path);
            break;
        default:
            checkSet(text, *root, path, chooseValue(data[2], text));
    }
    return 0;
}
