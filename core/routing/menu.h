// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "catalog/price.h"
#include "routing/dial.h"
#include "routing/expected_cost.h"
#include "routing/obstacle.h"
#include "routing/scorer.h"
#include "routing/session_memory.h"

// What `auto` chooses from. Made once, as long as providers and prices stay.
namespace gr::routing {

// What a model is for, by the catalog or by its name.
enum class Use : std::uint8_t {
    Talk,   // answers with text
    Embed,  // gives vectors
    Other,  // pictures, sound, live talk, moderation, …
};

// One model at one provider.
struct Listing {
    std::size_t offer = 0;  // index of the offers
    std::string model;      // as its provider calls it
    std::string name;       // "provider/model"
    Abilities abilities;    // its provider's name lies in the offer
    Use use = Use::Talk;
    bool deprecated = false;
    bool simulated = false;                       // of the sandbox
    std::string whyNot;                           // its provider cannot be asked: a sentence
    std::shared_ptr<const catalog::Price> price;  // null: unknown, unless `free`
    bool free = false;                            // served at home
    CacheHabit habit = CacheHabit::Automatic;
    ModelProfile profile;
    // Until something was seen of it: milliseconds to the first token, and tokens a second.
    double usualFirstMs = 700;
    double usualRate = 60;

    bool priced() const { return free || price != nullptr; }
};

struct Menu {
    std::vector<Listing> listings;
    // Indices of those that a request looks at first: without what others can do as well and
    // cheaper, and of each provider some.
    std::vector<std::size_t> front;
    Dial dial;
};

// USD of an ordinary request (1,000 tokens in, 400 out), by which models are set on the ladder of
// prices; below zero: not known.
double usualCost(const Listing& listing, UnixMs when);

// Fills `front` and `dial`. `scorer`: tells how good the models are at the sample prompts.
void finish(Menu& menu, const Scorer& scorer, UnixMs when);

// What a request with this session looks at: `front` and who served the session, or all.
std::vector<std::size_t> toConsider(const Menu& menu, const SessionMemory::Session* session,
                                    bool all);

}  // namespace gr::routing
