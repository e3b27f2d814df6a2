// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/model_traits.h"
#include "gateway/price_list.h"
#include "routing/menu.h"

namespace gr::gateway {

// One model at one provider, as the policy has it.
struct MenuItem {
    std::size_t offer = 0;
    std::string model;
    routing::Abilities abilities;  // the view of its provider's name goes into the menu
    ModelTraits traits;
    Quote quote;
    std::string_view kind;  // of the provider: openai, anthropic, gemini
    bool simulated = false;
    std::string whyNot;  // its provider cannot be asked; empty: it can
};

// What `auto` chooses from. How good a model is that nobody measured is guessed by its price, of
// free ones by the size in the name, and a little by its age (docs/routing.md). Takes some
// milliseconds. `when`: for prices.
routing::Menu makeMenu(std::vector<MenuItem> items, const routing::Scorer& scorer, UnixMs when);

}  // namespace gr::gateway
