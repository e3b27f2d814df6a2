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

constexpr Rule kO200k{Vocabulary::O200k, 100, true};
constexpr Rule kCl100k{Vocabulary::Cl100k, 100, true};

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

}  // namespace

Rule ruleOf(std::string_view model) {
    const std::string_view name = model.substr(model.rfind('/') + 1);
    const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                   [name](const Row& r) { return name.starts_with(r.beginning); });
    return row == kRows.end() ? Rule() : row->rule;
}

}  // namespace gr::tokens
