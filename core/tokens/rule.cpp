// SPDX-License-Identifier: MIT
#include "tokens/rule.h"

#include <algorithm>
#include <array>

namespace gr::tokens {
namespace {

struct Row {
    std::string_view beginning;
    Rule rule;
};

constexpr Rule kO200k{Vocabulary::O200k, 100, false};
constexpr Rule kCl100k{Vocabulary::Cl100k, 100, false};

// The first row that fits counts.
constexpr std::array kRows{
    Row{"gpt-3.5", kCl100k},
    Row{"gpt-4o", kO200k},
    Row{"gpt-4.", kO200k},
    Row{"gpt-4", kCl100k},
    Row{"text-embedding-", kCl100k},
    Row{"davinci-002", kCl100k},
    Row{"babbage-002", kCl100k},
    Row{"gpt-", kO200k},
    Row{"chatgpt-", kO200k},
    Row{"codex-", kO200k},
    Row{"o1", kO200k},
    Row{"o3", kO200k},
    Row{"o4", kO200k},
    Row{"claude-3", {Vocabulary::O200k, 120, false}},
    Row{"claude-", {Vocabulary::O200k, 135, false}},
};

// What OpenAI's names are made of, between dashes, beside numbers and dates.
constexpr std::array<std::string_view, 24> kWords{
    "gpt",   "chatgpt", "o1",   "o3",   "o4",      "mini",   "nano",   "pro",
    "turbo", "preview", "chat", "max",  "instant", "latest", "codex",  "high",
    "16k",   "32k",     "4o",   "luna", "sol",     "terra",  "vision", "astra"};

bool isNumber(std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(),
                                        [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// "gpt-4o-mini-2024-07-18" is one; "gpt-j-6b", "o1-ours" and "ft:gpt-4o:us" are not.
bool isOpenAis(std::string_view name) {
    while (!name.empty()) {
        const std::string_view part = name.substr(0, name.find('-'));
        if (!isNumber(part) && std::find(kWords.begin(), kWords.end(), part) == kWords.end())
            return false;
        name.remove_prefix(std::min(part.size() + 1, name.size()));
    }
    return true;
}

bool isOwn(std::string_view vendor, std::string_view name, std::string_view dialect) {
    if (name.starts_with("gpt-oss"))
        return true;
    return (dialect == "openai" || dialect == "openrouter") &&
           (vendor.empty() || vendor == "openai") && isOpenAis(name);
}

}  // namespace

Rule ruleOf(std::string_view model, std::string_view dialect) {
    const std::size_t slash = model.rfind('/');
    const std::string_view vendor = slash == model.npos ? "" : model.substr(0, slash);
    const std::string_view name = model.substr(slash + 1);
    const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                   [name](const Row& r) { return name.starts_with(r.beginning); });
    if (row == kRows.end())
        return {};
    Rule rule = row->rule;
    rule.own = rule.percent == 100 && isOwn(vendor, name, dialect);
    return rule;
}

}  // namespace gr::tokens
