// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "routing/router.h"
#include "routing/rules.h"

// What is odd about a list of rules. Pure; any thread.
namespace gr::routing {

// What there is for rules to name.
struct RuleWorld {
    struct Provider {
        std::string id;
        std::vector<std::string> models;
        bool openEnded = true;  // takes models that are not listed
        bool local = false;
    };
    std::vector<std::string> clients;
    std::vector<Provider> providers;
    std::vector<Alias> aliases;
};

struct RuleNotice {
    enum class Kind : std::uint8_t {
        NeverMatches,   // no request can fulfil the condition
        Shadowed,       // an earlier rule takes every request of this one
        Contradicts,    // together with another rule, no candidate is left or one is without effect
        UnknownName,    // a client, provider, model or alias that does not exist
        AliasLoop,      // two rules that send each other's names back
        RefusesAlways,  // every request is refused
    };
    Kind kind = Kind::NeverMatches;
    std::size_t rule = 0;              // index
    std::optional<std::size_t> other;  // of the other rule it is about
    std::string member;                // where in the rule: "if", "if.client", "then.only_models"
    std::string message;               // a sentence that names both rules
};

// The notices in the order of the rules. NeverMatches, Shadowed and RefusesAlways are proofs: they
// hold for every request. What cannot be proved in short is not said. Rules that are switched off
// get no notices and cast no shadow.
std::vector<RuleNotice> lintRules(std::span<const Rule> rules, const RuleWorld& world);

}  // namespace gr::routing
