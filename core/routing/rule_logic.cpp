// SPDX-License-Identifier: MIT
#include "routing/rule_logic.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "routing/prediction.h"

namespace gr::routing {
namespace {

constexpr std::size_t kMostBoxes = 256;
constexpr std::uint32_t kAllHours = (1U << 24) - 1;
constexpr std::uint32_t kAllDomains = (1U << kDomainNames.size()) - 1;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

// What is asked of one text: of each of `lists` some pattern fits, of `none` no pattern does.
struct TextAsk {
    std::vector<const Patterns*> lists;
    std::vector<const std::string*> none;
};

struct HeaderAsk {
    std::string name;
    TextAsk ask;
};

// One alternative of a condition without "or" and "not": an interval or a set for each fact.
struct Box {
    // hasImage, hasFile, hasTools, hasSecret, hasCode: bit 0: may be false, bit 1: may be true
    std::array<std::uint8_t, 5> flags{3, 3, 3, 3, 3};
    std::int64_t leastTokens = 0;
    std::int64_t mostTokens = kLargest;
    double complexityOver = -1;  // more than this
    double complexityMost = 1;   // and at most this
    std::int64_t moneyOver = -1;
    std::int64_t moneyMost = kLargest;
    std::uint32_t hours = kAllHours;
    std::uint32_t domains = kAllDomains;
    std::vector<const std::vector<std::string>*> languages;    // one of each list
    std::vector<const std::vector<std::string>*> noLanguages;  // none of them
    TextAsk client;
    TextAsk model;
    std::vector<HeaderAsk> headers;
};

using Boxes = std::vector<Box>;

std::string_view fixedHead(const std::string& pattern) {
    return std::string_view(pattern).substr(0, pattern.find('*'));
}

std::string_view fixedTail(const std::string& pattern) {
    const auto star = pattern.rfind('*');
    return std::string_view(pattern).substr(star == pattern.npos ? 0 : star + 1);
}

bool tailsExclude(const std::string& a, const std::string& b) {
    const std::string_view x = fixedTail(a);
    const std::string_view y = fixedTail(b);
    return !x.ends_with(y) && !y.ends_with(x);
}

bool excludeEachOther(const std::string& a, const std::string& b) {
    if (a.find('*') == a.npos)
        return !matchesPattern(b, a);
    if (b.find('*') == b.npos)
        return !matchesPattern(a, b);
    const std::string_view x = fixedHead(a);
    const std::string_view y = fixedHead(b);
    return (!x.starts_with(y) && !y.starts_with(x)) || tailsExclude(a, b);
}

template <class Excludes>
bool allExclude(const Patterns& a, const Patterns& b, const Excludes& excludes) {
    return std::all_of(a.begin(), a.end(), [&](const std::string& x) {
        return std::all_of(b.begin(), b.end(),
                           [&](const std::string& y) { return excludes(x, y); });
    });
}

// Whatever fits the list is forbidden.
bool wholeListForbidden(const Patterns& list, const std::vector<const std::string*>& none) {
    return std::all_of(list.begin(), list.end(), [&none](const std::string& pattern) {
        return std::any_of(none.begin(), none.end(),
                           [&pattern](const std::string* no) { return subsumes(*no, pattern); });
    });
}

bool anyListForbidden(const TextAsk& ask) {
    return std::any_of(ask.lists.begin(), ask.lists.end(),
                       [&ask](const auto* list) { return wholeListForbidden(*list, ask.none); });
}

template <class Excludes>
bool anyListsExclude(const TextAsk& ask, const Excludes& excludes) {
    for (std::size_t i = 0; i < ask.lists.size(); ++i) {
        for (std::size_t k = i + 1; k < ask.lists.size(); ++k) {
            if (allExclude(*ask.lists[i], *ask.lists[k], excludes))
                return true;
        }
    }
    return false;
}

// Forbidding everything leaves nothing, also where nothing else is asked.
bool allForbidden(const TextAsk& ask) {
    return std::any_of(ask.none.begin(), ask.none.end(), [](const std::string* no) {
        return !no->empty() && no->find_first_not_of('*') == no->npos;
    });
}

bool isEmpty(const TextAsk& ask) {
    return allForbidden(ask) || anyListForbidden(ask) || anyListsExclude(ask, excludeEachOther);
}

// The name that was asked for, or what stands behind "provider/": each pattern may fit either, and
// both end alike.
bool isEmptyForModels(const TextAsk& ask) {
    return allForbidden(ask) || anyListForbidden(ask) || anyListsExclude(ask, tailsExclude);
}

// A header may stand there several times, so that two values may both be asked for, and not at all.
bool isEmptyForHeaders(const TextAsk& ask) {
    return anyListForbidden(ask);
}

bool noLanguageIsLeft(const Box& box) {
    if (box.languages.empty())
        return false;
    const auto in = [](const std::string& name) {
        return [&name](const auto* list) {
            return std::find(list->begin(), list->end(), name) != list->end();
        };
    };
    return std::none_of(
        box.languages.front()->begin(), box.languages.front()->end(), [&](const auto& name) {
            return std::all_of(box.languages.begin(), box.languages.end(), in(name)) &&
                   std::none_of(box.noLanguages.begin(), box.noLanguages.end(), in(name));
        });
}

bool isEmpty(const Box& box) {
    return std::find(box.flags.begin(), box.flags.end(), 0) != box.flags.end() ||
           box.leastTokens > box.mostTokens || box.complexityOver >= box.complexityMost ||
           box.moneyOver >= box.moneyMost || box.hours == 0 || box.domains == 0 ||
           noLanguageIsLeft(box) || isEmpty(box.client) || isEmptyForModels(box.model) ||
           std::any_of(box.headers.begin(), box.headers.end(),
                       [](const HeaderAsk& header) { return isEmptyForHeaders(header.ask); });
}

void meet(TextAsk& into, const TextAsk& other) {
    into.lists.insert(into.lists.end(), other.lists.begin(), other.lists.end());
    into.none.insert(into.none.end(), other.none.begin(), other.none.end());
}

Box meet(const Box& a, const Box& b) {
    Box both = a;
    for (std::size_t i = 0; i < both.flags.size(); ++i)
        both.flags[i] &= b.flags[i];
    both.leastTokens = std::max(a.leastTokens, b.leastTokens);
    both.mostTokens = std::min(a.mostTokens, b.mostTokens);
    both.complexityOver = std::max(a.complexityOver, b.complexityOver);
    both.complexityMost = std::min(a.complexityMost, b.complexityMost);
    both.moneyOver = std::max(a.moneyOver, b.moneyOver);
    both.moneyMost = std::min(a.moneyMost, b.moneyMost);
    both.hours &= b.hours;
    both.domains &= b.domains;
    both.languages.insert(both.languages.end(), b.languages.begin(), b.languages.end());
    both.noLanguages.insert(both.noLanguages.end(), b.noLanguages.begin(), b.noLanguages.end());
    meet(both.client, b.client);
    meet(both.model, b.model);
    for (const HeaderAsk& header : b.headers) {
        const auto same =
            std::find_if(both.headers.begin(), both.headers.end(),
                         [&header](const HeaderAsk& h) { return h.name == header.name; });
        if (same == both.headers.end())
            both.headers.push_back(header);
        else
            meet(same->ask, header.ask);
    }
    return both;
}

// The alternatives of "a and b"; nothing when they are too many.
std::optional<Boxes> both(const std::optional<Boxes>& a, const std::optional<Boxes>& b) {
    if (!a || !b || a->size() * b->size() > kMostBoxes)
        return std::nullopt;
    Boxes out;
    for (const Box& x : *a) {
        for (const Box& y : *b) {
            Box box = meet(x, y);
            if (!isEmpty(box))
                out.push_back(std::move(box));
        }
    }
    return out;
}

std::array<std::optional<bool>, 5> flagsOf(const Condition& condition) {
    return {condition.hasImage, condition.hasFile, condition.hasTools, condition.hasSecret,
            condition.hasCode};
}

std::optional<Boxes> boxesOf(const Condition& condition);
std::optional<Boxes> boxesOfNot(const Condition& condition);

std::optional<Boxes> boxesOf(const Condition& condition) {
    Box box;
    const auto flags = flagsOf(condition);
    for (std::size_t i = 0; i < flags.size(); ++i)
        box.flags[i] = !flags[i] ? 3 : *flags[i] ? 2 : 1;
    if (condition.promptTokensOver) {
        if (*condition.promptTokensOver == kLargest)
            return Boxes();
        box.leastTokens = std::max<std::int64_t>(0, *condition.promptTokensOver + 1);
    }
    if (condition.promptTokensUnder)
        box.mostTokens = std::max<std::int64_t>(-1, *condition.promptTokensUnder - 1);
    if (condition.complexityOver)
        box.complexityOver = *condition.complexityOver;
    if (condition.sessionUsdOver)
        box.moneyOver = condition.sessionUsdOver->pico();
    if (condition.hours != 0)
        box.hours = condition.hours & kAllHours;
    if (condition.domains != 0)
        box.domains = condition.domains & kAllDomains;
    if (!condition.languages.empty())
        box.languages.push_back(&condition.languages);
    if (!condition.clients.empty())
        box.client.lists.push_back(&condition.clients);
    if (!condition.models.empty())
        box.model.lists.push_back(&condition.models);
    for (const Condition::Header& header : condition.headers) {
        Box more;
        more.headers.push_back({header.name, {{&header.values}, {}}});
        box = meet(box, more);
    }
    std::optional<Boxes> out = isEmpty(box) ? Boxes() : Boxes{std::move(box)};
    for (const Condition& exception : condition.exceptions)
        out = both(out, boxesOfNot(exception));
    return out;
}

void forbid(TextAsk& ask, const Patterns& patterns) {
    for (const std::string& pattern : patterns)
        ask.none.push_back(&pattern);
}

// By De Morgan: one alternative for each thing that is asked.
std::optional<Boxes> boxesOfNot(const Condition& condition) {
    Boxes out;
    const auto add = [&out](auto&& change) {
        Box box;
        change(box);
        if (!isEmpty(box))
            out.push_back(std::move(box));
    };
    const auto flags = flagsOf(condition);
    for (std::size_t i = 0; i < flags.size(); ++i) {
        if (flags[i])
            add([&](Box& box) { box.flags[i] = *flags[i] ? 1 : 2; });
    }
    if (condition.promptTokensOver)
        add([&](Box& box) { box.mostTokens = *condition.promptTokensOver; });
    if (condition.promptTokensUnder)
        add([&](Box& box) {
            box.leastTokens = std::max<std::int64_t>(0, *condition.promptTokensUnder);
        });
    if (condition.complexityOver)
        add([&](Box& box) { box.complexityMost = std::min(1.0, *condition.complexityOver); });
    if (condition.sessionUsdOver)
        add([&](Box& box) { box.moneyMost = condition.sessionUsdOver->pico(); });
    if (condition.hours != 0)
        add([&](Box& box) { box.hours = ~condition.hours & kAllHours; });
    if (condition.domains != 0)
        add([&](Box& box) { box.domains = ~condition.domains & kAllDomains; });
    if (!condition.languages.empty())
        add([&](Box& box) { box.noLanguages.push_back(&condition.languages); });
    if (!condition.clients.empty())
        add([&](Box& box) { forbid(box.client, condition.clients); });
    if (!condition.models.empty())
        add([&](Box& box) { forbid(box.model, condition.models); });
    for (const Condition::Header& header : condition.headers)
        add([&](Box& box) {
            box.headers.push_back({header.name, {}});
            forbid(box.headers.back().ask, header.values);
        });
    for (const Condition& exception : condition.exceptions) {
        auto boxes = boxesOf(exception);
        if (!boxes || out.size() + boxes->size() > kMostBoxes)
            return std::nullopt;
        std::move(boxes->begin(), boxes->end(), std::back_inserter(out));
    }
    return out;
}

}  // namespace

bool subsumes(const std::string& wide, const std::string& narrow) {
    // A run that stands for any text can only be covered by a run of the other one.
    constexpr char kAny = '\x01';
    std::string sample = narrow;
    std::replace(sample.begin(), sample.end(), '*', kAny);
    return wide.find(kAny) == wide.npos && matchesPattern(wide, sample);
}

bool noNameFitsBoth(const Patterns& a, const Patterns& b) {
    return allExclude(a, b, excludeEachOther);
}

bool noModelFitsBoth(const Patterns& a, const Patterns& b) {
    return allExclude(a, b, tailsExclude);
}

bool neverHolds(const Condition& condition) {
    const auto boxes = boxesOf(condition);
    return boxes && boxes->empty();
}

bool alwaysHolds(const Condition& condition) {
    const auto boxes = boxesOfNot(condition);
    return boxes && boxes->empty();
}

bool implies(const Condition& narrow, const Condition& wide) {
    const auto boxes = both(boxesOf(narrow), boxesOfNot(wide));
    return boxes && boxes->empty();
}

}  // namespace gr::routing
