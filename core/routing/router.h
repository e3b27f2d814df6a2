// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "routing/rules.h"

// Which provider and model answer a request: a pure decision over values.
namespace gr::routing {

// A provider as the decision sees it.
struct Offer {
    std::string provider;
    std::vector<std::string> models;  // known names
    bool openEnded = true;            // takes names that are not listed
    bool usable = true;
    std::string whyNot;  // when it is not usable: a sentence
    bool local = false;  // it runs on this machine
};

struct Alias {
    std::string name;
    std::vector<std::string> models;
};

struct Candidate {
    std::size_t offer = 0;  // index
    std::string model;      // as the provider calls it
    std::string reason;     // short, ASCII: for the header and the record
};

struct Rejected {
    std::string provider;
    std::string model;
    std::string reason;
};

struct RouteDecision {
    std::vector<Candidate> candidates;  // in the order of trying; never empty
    std::vector<Rejected> rejected;
};

// More than this nobody tries.
inline constexpr std::size_t kMostCandidates = 16;

// What `auto` comes to for one request. Without candidates, `rejected` says why.
struct AutoPicks {
    std::vector<Candidate> candidates;  // in the order of trying
    std::vector<Rejected> rejected;
    bool forbidden = false;  // nothing but the client key stands in the way
};
// Asked for `auto`, `auto:cheap` and so on; nothing: no such name.
using AutoSource = std::function<std::optional<AutoPicks>(std::string_view name)>;

struct RouteAsk {
    std::string_view model;
    const std::vector<std::string>* fallbacks = nullptr;  // tried behind it
    const std::vector<std::string>* allowedModels =
        nullptr;                        // of the client key; `*` is a wildcard
    bool fallback = true;               // false: the first candidate only
    std::string_view client{};          // name of the client key, for the words of a refusal
    const AutoSource* autos = nullptr;  // called only if it is needed; null: nobody knows `auto`
    const RuleEffect* rules = nullptr;  // what the user's rules want; null: nothing
};

// Names in this order: `auto` (where `defaultModel` names something else, that; `auto:…` is always
// the choice), an alias, `provider/model`, the id of a known model (every provider
// of it), and last a name nobody lists, which goes to providers that list nothing themselves.
// A named model is never swapped for another. Whom rules forbid is left out; whom they prefer goes
// first, but before a model that was named only at another provider of it. Errors: ModelNotFound,
// ModelForbidden, NoCandidate (it names the rule, where it was one).
Result<RouteDecision> route(const RouteAsk& ask, const std::vector<Offer>& offers,
                            const std::vector<Alias>& aliases, const std::string& defaultModel);

}  // namespace gr::routing
