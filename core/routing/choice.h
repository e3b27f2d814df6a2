// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "routing/health.h"
#include "routing/menu.h"
#include "routing/request_facts.h"
#include "routing/session_memory.h"

// Which model answers `auto`: the one with the best
//   quality - weight * (cost - cheapest) / span - mu * seconds + stickiness + preference of rules
// of those that can do what is asked. Pure; any thread.
namespace gr::routing {

// What somebody else's rules say of a listing. `refusal`: why it may not be used, a sentence that
// outlives the choice; empty: it may.
struct Nudge {
    std::string_view refusal;
    double bonus = 0;  // points of quality
};

// What holds at this moment, for this client. Everything it points to outlives the call.
struct Situation {
    UnixMs when;     // for prices
    SteadyTime now;  // for what lies in caches
    const SessionMemory::Session* session = nullptr;
    std::function<Health::Standing(const Listing&)> standing;  // empty: nothing is known
    std::function<Nudge(const Listing&)> rules;                // empty: there are none
    const std::vector<std::string>* allowed = nullptr;  // of the client key; `*` is a wildcard
    bool pricedOnly = false;                            // a limit in USD holds that the user set
    // Of the limit in USD that is used up most: how much of it, and how much of its time is over.
    double spent = 0;
    double elapsed = 0;
};

// What the client wants.
struct Wish {
    double dial = 0.5;  // 0 cheap to 1 good
    bool fast = false;  // waiting weighs most
    std::optional<Money> maxCost;
};

// The places of the dial that have names.
inline constexpr double kCheapDial = 0.1;
inline constexpr double kBalancedDial = 0.5;
inline constexpr double kBestDial = 1;

inline constexpr std::string_view kOutOfScope = "The client key may not use it.";

// How a pick stands to the others: only within one kind scores are compared.
enum class Rank : std::uint8_t { Ready, Unpriced, Resting };

struct Pick {
    std::size_t listing = 0;
    Rank rank = Rank::Ready;
    double quality = 0;  // 0 to 1, predicted
    // USD of this turn, with those behind it a mean turn (expectedCost); absent: unknown.
    std::optional<double> cost;
    double seconds = 0;  // until the whole answer is there, about
    bool speedSeen = false;
    std::int64_t warmTokens = 0;  // of the prompt, that may lie in its cache
    // Their sum with the quality is the score.
    double costTerm = 0;     // at most 0
    double latencyTerm = 0;  // at most 0
    double stickyTerm = 0;
    double rulesTerm = 0;
    double score = 0;
};

struct LeftOut {
    std::size_t listing = 0;
    std::string_view reason;  // a sentence
};

struct Choice {
    std::vector<Pick> picks;  // best first; of one provider not more than two before the others
    std::vector<LeftOut> rejected;
    Turn turn;
    double weight = 0;  // of money, as the dial and the glide have it
    double span = 0;    // USD between the cheapest and the strongest, for this request
};

// Whether one of the patterns (as keys have them) names this listing.
bool isAllowed(const std::vector<std::string>& patterns, const Listing& listing);

// Why `auto` never picks it, whatever is asked: a sentence; empty: it may.
std::string_view unfit(const Listing& listing);

// The tokens of this request, and how many turns may come behind it.
Turn turnOf(const RequestFacts& facts);

// `considered`: indices of the menu (toConsider); `qualities`: of the listings, by index, of these
// at least.
Choice choose(const Menu& menu, std::span<const std::size_t> considered,
              std::span<const float> qualities, const RequestFacts& facts,
              const Situation& situation, const Wish& wish);

// USD of this turn alone at what was picked; absent: unknown.
std::optional<double> costNow(const Menu& menu, const Pick& pick, const Turn& turn, UnixMs when);

}  // namespace gr::routing
