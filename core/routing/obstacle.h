// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "catalog/model_info.h"
#include "routing/request_facts.h"
#include "routing/router.h"

// The hard filters: what a model cannot do is not asked of it. Pure; any thread.
namespace gr::routing {

// What is known of a model at a provider. Nothing known is no reason to leave it out: a server on
// this machine is in no catalog.
struct Abilities {
    std::string_view provider;
    std::optional<std::int64_t> context;  // tokens
    catalog::MediaSet takes;              // empty: not known
    std::optional<bool> tools;
    std::optional<bool> structured;
    std::optional<bool> reasons;
};

enum class Obstacle : std::uint8_t {
    None,
    State,
    Context,
    Image,
    File,
    Audio,
    Video,
    Tools,
    Structured,
    Reasoning,
};

// The first thing that the request needs and the model is known not to do.
Obstacle obstacleOf(const RequestFacts& facts, const Abilities& model);

// A short sentence for people.
std::string_view sentenceOf(Obstacle obstacle);

// Of several candidates those that are known to be unable go to the rejected, with the reason.
// Where none is left, all stay as they were: then the provider says what is wrong with the request.
// `abilities`: of the candidates, in their order; `offers`: those of the decision.
void leaveOutUnable(RouteDecision& decision, const RequestFacts& facts,
                    const std::vector<Abilities>& abilities, const std::vector<Offer>& offers);

}  // namespace gr::routing
