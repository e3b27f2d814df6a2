// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "routing/choice.h"

namespace gr::routing {

// One thing that, had it been otherwise, would have changed which model answers.
struct Flip {
    enum class What : std::uint8_t {
        Preference,  // the dial, from `from` to `to`
        Session,     // nobody had served this session before
        Speed,       // nothing were known of how fast each is
        Rest,        // nobody rested
        Budget,      // the budget were not ahead of its time
    };
    What what = What::Preference;
    double from = 0;
    double to = 0;
    std::size_t listing = 0;  // that would then have been the first
};

// "preference", "session", …
std::string_view nameOf(Flip::What what);

// All of them, the smallest change first: small moves of the dial, then single facts, then large
// moves. `chosen`: what came of `situation` and `wish`; `again`: the same choice with others. Tries
// some two hundred choices.
std::vector<Flip> flipsOf(const Choice& chosen, const Situation& situation, const Wish& wish,
                          const std::function<Choice(const Situation&, const Wish&)>& again);

}  // namespace gr::routing
