// SPDX-License-Identifier: MIT
#include "connect/plan.h"

#include <algorithm>
#include <array>

namespace gr::connect {
namespace {

using settings::JsonNode;

constexpr std::string_view kVersionPath = "/v1";

std::string replaced(std::string text, std::string_view what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

std::string filled(const std::string& text, const Target& target) {
    std::string out = replaced(text, "{base}", target.root + std::string(kVersionPath));
    out = replaced(out, "{root}", target.root);
    out = replaced(out, "{key}", target.key);
    return replaced(out, "{model}", target.model);
}

void fill(JsonNode& node, const Target& target) {
    if (node.isString())
        node.text = filled(node.text, target);
    for (JsonNode& item : node.items)
        fill(item, target);
    for (auto& member : node.members) {
        member.name = filled(member.name, target);
        fill(member.value, target);
    }
}

// The wishes of a template, in its order. `overwrites`: "~" counts like a must.
void collect(const JsonNode& object, const Path& above, bool overwrites,
             std::vector<Wish>& wishes) {
    for (const auto& member : object.members) {
        const char mark = member.name.empty() ? ' ' : member.name.front();
        const bool marked = mark == '?' || mark == '~' || mark == '-';
        Wish wish;
        wish.path = above;
        wish.path.push_back(marked ? member.name.substr(1) : member.name);
        wish.value = member.value;
        if (mark == '-')
            wish.kind = Wish::Kind::Absent;
        else if (mark == '?' || (mark == '~' && !overwrites))
            wish.kind = Wish::Kind::Default;
        else if (mark != '~' && member.value.isObject()) {
            collect(member.value, wish.path, overwrites, wishes);
            continue;
        }
        wishes.push_back(std::move(wish));
    }
}

Result<std::vector<Wish>> wishesOf(const FileSpec& file, const Target& target, bool overwrites) {
    auto wanted = settings::parseJson(file.wishes);
    if (!wanted)
        return fail(wanted.error());
    fill(*wanted, target);
    std::vector<Wish> wishes;
    collect(*wanted, {}, overwrites, wishes);
    return wishes;
}

// What stands for {…} in `said`, when the rest of the template is as in `pattern`.
std::optional<std::string> behind(std::string_view pattern, std::string_view placeholder,
                                  std::string_view said) {
    const std::size_t at = pattern.find(placeholder);
    const std::string_view before = pattern.substr(0, at);
    const std::string_view after = pattern.substr(at + placeholder.size());
    if (said.size() <= before.size() + after.size() || !said.starts_with(before) ||
        !said.ends_with(after))
        return std::nullopt;
    return std::string(said.substr(before.size(), said.size() - before.size() - after.size()));
}

Result<void> readInto(Found& out, const FileSpec& file, std::string_view text) {
    const auto wanted = settings::parseJson(file.wishes);
    if (!wanted)
        return fail(wanted.error());
    std::vector<Wish> wishes;
    collect(*wanted, {}, false, wishes);
    for (const Wish& wish : wishes) {
        if (wish.kind != Wish::Kind::Must || !wish.value.isString())
            continue;
        const std::string& pattern = wish.value.text;
        const bool isBase = pattern.find("{base}") != std::string::npos;
        const std::array<std::pair<std::string_view, std::optional<std::string>*>, 4> places{
            {{"{base}", &out.root},
             {"{root}", &out.root},
             {"{key}", &out.key},
             {"{model}", &out.model}}};
        for (const auto& [placeholder, place] : places) {
            if (pattern.find(placeholder) == std::string::npos || place->has_value())
                continue;
            const auto said = valueAt(file.format, text, wish.path);
            if (!said)
                return fail(said.error());
            if (!*said)
                continue;
            *place = behind(pattern, placeholder, **said);
            // The address counts whatever it ends in: without /v1 it is one that does not fit.
            if (isBase && out.root) {
                if (out.root->ends_with(kVersionPath))
                    out.root->resize(out.root->size() - kVersionPath.size());
                else
                    *out.root += "/";
            }
        }
    }
    return {};
}

Failure inFile(std::size_t number, Error error) {
    error.field = std::to_string(number);
    return fail(std::move(error));
}

Result<Texts> changed(const Tool& tool, const Texts& now, const Target& target, bool overwrites) {
    Texts texts;
    for (std::size_t i = 0; i < tool.files.size(); ++i) {
        const auto wishes = wishesOf(tool.files[i], target, overwrites);
        if (!wishes)
            return inFile(i, wishes.error());
        auto text = withWishes(tool.files[i].format, now[i], *wishes);
        if (!text)
            return inFile(i, std::move(text.error()));
        texts.push_back(std::move(*text));
    }
    return texts;
}

// Whether the files of a tool hold what stands for {…} in a place of its own.
bool reads(const Tool& tool, std::string_view placeholder) {
    for (const FileSpec& file : tool.files) {
        const auto wanted = settings::parseJson(file.wishes);
        std::vector<Wish> wishes;
        if (wanted)
            collect(*wanted, {}, false, wishes);
        for (const Wish& wish : wishes) {
            if (wish.kind == Wish::Kind::Must &&
                wish.value.text.find(placeholder) != std::string::npos)
                return true;
        }
    }
    return false;
}

}  // namespace

Result<Texts> planned(const Tool& tool, const Texts& now, const Target& target) {
    const auto there = found(tool, now);
    if (!there)
        return fail(there.error());
    const bool same = there->root == target.root && (!there->model || there->model == target.model);
    return changed(tool, now, target, !same);
}

Result<Found> found(const Tool& tool, const Texts& now) {
    Found out;
    for (std::size_t i = 0; i < tool.files.size(); ++i) {
        if (auto read = readInto(out, tool.files[i], now[i]); !read)
            return inFile(i, std::move(read.error()));
    }
    return out;
}

Result<State> judge(const Tool& tool, const Texts& now, const std::string& root,
                    const std::function<bool(const std::string&)>& knows, bool setUpBefore) {
    auto there = found(tool, now);
    if (!there)
        return fail(std::move(there.error()));
    State state;
    state.found = std::move(*there);
    const bool here = state.found.root == root;
    if (!here && !setUpBefore && !(tool.ownEntry && state.found.root))
        return state;
    state.standing = Standing::Drifted;
    if (!here) {
        state.drift = Drift::Address;
    } else if (reads(tool, "{key}") && (!state.found.key || !knows(*state.found.key))) {
        state.drift = Drift::Key;
    } else if (!state.found.model && reads(tool, "{model}")) {
        state.drift = Drift::Model;
    } else {
        const Target said{root, state.found.key.value_or(""), state.found.model.value_or("")};
        const auto unchanged = changed(tool, now, said, false);
        if (!unchanged)
            return fail(unchanged.error());
        state.drift = *unchanged == now ? Drift::None : Drift::Other;
    }
    if (state.drift == Drift::None)
        state.standing = Standing::Ready;
    return state;
}

}  // namespace gr::connect
