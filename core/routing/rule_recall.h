// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "routing/rules.h"

// Rules asked about a request that is over, of which not everything is known any more. Pure; any
// thread.
namespace gr::routing {

// What is known of it besides client, model and hour. Headers never are: nobody keeps them.
struct Known {
    bool body = false;    // what a walk over the request tells: images, documents, tools
    bool tokens = false;  // how long the prompt was
    bool prediction = false;
    bool session = false;  // what its conversation had cost
    bool secret = false;
    bool code = false;
    bool language = false;

    bool operator==(const Known&) const = default;
};

enum class Verdict : std::uint8_t { No, Untold, Yes };

// A condition in two parts: what can be told, and whether there is more to it.
class RecalledCondition final {
  public:
    RecalledCondition(const Condition& condition, const Known& known);
    // `Untold` where it hangs on what nobody kept; `Yes` and `No` are certain.
    Verdict of(const RequestFacts& facts) const;

  private:
    Condition m_told;     // without what is not known, and without exceptions
    bool m_more = false;  // there was something else
    std::vector<RecalledCondition> m_exceptions;
};

// How often a rule had its say.
struct RuleHits {
    std::int64_t hits = 0;
    std::int64_t untold = 0;  // besides: whether it held hangs on what nobody kept
};

// Rules for requests of which the same is known.
class RecalledRules final {
  public:
    // `rules` outlive it.
    RecalledRules(std::span<const Rule> rules, const Known& known);
    const Known& known() const { return m_known; }
    // Counts into `hits`, one for each rule, which ones would have had their say. Where that cannot
    // be told of one, the next ones are asked as if it had not.
    void count(const RequestFacts& facts, std::vector<RuleHits>& hits) const;

  private:
    std::span<const Rule> m_rules;
    Known m_known;
    std::vector<RecalledCondition> m_conditions;
};

}  // namespace gr::routing
