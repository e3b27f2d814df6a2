// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.h"
#include "protocol/chat.h"
#include "routing/request_facts.h"

// The user's own rules about where requests may go: "if … then …", in order. Pure values and
// functions; any thread. How they stand in the configuration: docs/rules.md.
namespace gr::routing {

// Names with `*` for any run of characters. Of a list, one must fit.
using Patterns = std::vector<std::string>;

// All that is given must hold; what is absent (or empty) asks nothing.
struct Condition {
    struct Header {
        std::string name;  // in small letters
        Patterns values;
    };

    Patterns clients;
    Patterns models;  // as asked for: all of the name, or what stands behind "provider/"
    std::optional<bool> hasImage;
    std::optional<bool> hasFile;
    std::optional<bool> hasTools;
    std::optional<bool> hasSecret;
    std::optional<bool> hasCode;
    std::optional<std::int64_t> promptTokensOver;   // more than this
    std::optional<std::int64_t> promptTokensUnder;  // fewer than this
    std::optional<double> complexityOver;           // 0 to 1
    std::uint32_t domains = 0;                      // a bit for each Domain; 0: any
    std::vector<std::string> languages;             // ISO 639-1
    std::uint32_t hours = 0;                        // a bit for each hour of the day; 0: any
    std::optional<Money> sessionUsdOver;
    std::vector<Header> headers;        // all of them
    std::vector<Condition> exceptions;  // `not`: none of them may hold
};

// What follows for the request.
struct Actions {
    Patterns onlyModels;  // by the provider's name for it, or as provider/model
    Patterns preferModels;
    Patterns avoidModels;
    Patterns onlyProviders;
    Patterns preferProviders;
    Patterns avoidProviders;
    bool localOnly = false;
    std::optional<Money> maxCost;  // of one request, by its worst case
    std::optional<protocol::Effort> effort;
    std::string alias;   // go on as if this had been asked for
    std::string refuse;  // the sentence the client gets
};

struct Rule {
    std::string name;
    Condition condition;
    Actions actions;
    bool enabled = true;
    bool goesOn = false;  // `continue`
};

// How people call a rule: its name in quotes, else its place, counted from 1: `rule 3`.
std::string titleOf(const Rule& rule, std::size_t index);

bool holds(const Condition& condition, const RequestFacts& facts);
bool fitsOne(const Patterns& patterns, std::string_view name);
// As rules and client keys name models: "gpt-*" and "openai/gpt-*" both fit openai's gpt-5.
bool fitsModel(const Patterns& patterns, std::string_view provider, std::string_view model);

// Why the rules do not let a candidate answer.
struct Objection {
    std::size_t rule = 0;
    std::string_view action;  // "only_models" …; a constant
};

// What all rules that matched want together. What a rule forbids stays forbidden, whatever a later
// one says: only_, avoid_, local_only and max_cost add up (several only_ lists: a candidate must
// stand on each; of several maxima the smallest). The preferences of later rules come behind those
// of earlier ones. Of effort and alias the later one holds. A refusal ends the list.
// Points into the rules and must not outlive them.
struct RuleEffect {
    struct List {
        std::size_t rule = 0;
        const Patterns* patterns = nullptr;
    };
    std::span<const Rule> rules;       // all of them
    std::vector<std::size_t> matched;  // indices of rules, in order
    std::vector<List> onlyModels;
    std::vector<List> preferModels;
    std::vector<List> avoidModels;
    std::vector<List> onlyProviders;
    std::vector<List> preferProviders;
    std::vector<List> avoidProviders;
    std::optional<std::size_t> localOnly;  // the rule that says so
    std::optional<std::pair<std::size_t, Money>> maxCost;
    std::optional<std::pair<std::size_t, protocol::Effort>> effort;
    std::optional<std::pair<std::size_t, std::string_view>> alias;
    std::optional<std::pair<std::size_t, std::string_view>> refuse;

    bool any() const { return !matched.empty(); }
    std::string titleOf(std::size_t rule) const { return routing::titleOf(rules[rule], rule); }
    std::string sentenceOf(const Objection& objection) const;
    std::string titles() const;  // of those that matched, with commas between
};

// The first rule that matches decides, unless it says `continue`: then the next ones are asked,
// too. Allocates nothing when none matches.
RuleEffect applyRules(std::span<const Rule> rules, const RequestFacts& facts);

// A candidate as rules see it.
struct RuleTarget {
    std::string_view provider;
    std::string_view model;  // as the provider calls it
    bool local = false;      // the provider runs on this machine
};

std::optional<Objection> objectionTo(const RuleEffect& effect, const RuleTarget& target);

// How much the rules prefer it; smaller comes first. What no rule prefers has the largest value.
std::size_t preferenceRank(const RuleEffect& effect, const RuleTarget& target);

// Which facts some enabled rule asks about, so that nobody has to look for the others.
struct NeededFacts {
    bool body = false;  // anything that only a walk over the request tells (readFacts)
    bool secret = false;
    bool code = false;
    bool language = false;
    bool prediction = false;  // complexity or domain
    bool sessionSpent = false;
    bool hour = false;
    std::vector<std::string> headers;  // in small letters, each once
};
NeededFacts neededFacts(std::span<const Rule> rules);

}  // namespace gr::routing
