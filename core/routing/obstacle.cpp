// SPDX-License-Identifier: MIT
#include "routing/obstacle.h"

#include <algorithm>
#include <utility>

namespace gr::routing {

Obstacle obstacleOf(const RequestFacts& facts, const Abilities& model) {
    using catalog::Media;
    const auto refuses = [&model](Media media) {
        return !model.takes.empty() && !model.takes.has(media);
    };
    const auto lacks = [](std::optional<bool> ability) { return !ability.value_or(true); };
    // Nobody else has what it goes on from.
    if (!facts.stateOf.empty() && facts.stateOf != model.provider)
        return Obstacle::State;
    // By about four bytes a token: what is a little too long, the provider says itself.
    if (model.context && facts.promptTokens > *model.context)
        return Obstacle::Context;
    if (facts.hasImage && refuses(Media::Image))
        return Obstacle::Image;
    if (facts.hasFile && refuses(Media::Pdf))
        return Obstacle::File;
    if (facts.hasAudio && refuses(Media::Audio))
        return Obstacle::Audio;
    if (facts.hasVideo && refuses(Media::Video))
        return Obstacle::Video;
    if (facts.hasTools && lacks(model.tools))
        return Obstacle::Tools;
    if (facts.structured && lacks(model.structured))
        return Obstacle::Structured;
    return facts.reasoning && lacks(model.reasons) ? Obstacle::Reasoning : Obstacle::None;
}

std::string_view sentenceOf(Obstacle obstacle) {
    switch (obstacle) {
        case Obstacle::None:
            break;
        case Obstacle::State:
            return "The request goes on from something that another provider keeps.";
        case Obstacle::Context:
            return "The prompt is longer than its context.";
        case Obstacle::Image:
            return "It takes no images.";
        case Obstacle::File:
            return "It takes no documents.";
        case Obstacle::Audio:
            return "It takes no sound.";
        case Obstacle::Video:
            return "It takes no films.";
        case Obstacle::Tools:
            return "It calls no tools.";
        case Obstacle::Structured:
            return "It does not answer by a JSON schema.";
        case Obstacle::Reasoning:
            return "It does not reason.";
    }
    return {};
}

void leaveOutUnable(RouteDecision& decision, const RequestFacts& facts,
                    const std::vector<Abilities>& abilities, const std::vector<Offer>& offers) {
    std::vector<Obstacle> obstacles;
    for (const Abilities& model : abilities)
        obstacles.push_back(obstacleOf(facts, model));
    if (std::count(obstacles.begin(), obstacles.end(), Obstacle::None) == 0)
        return;
    std::vector<Candidate> able;
    for (std::size_t i = 0; i < obstacles.size(); ++i) {
        Candidate& candidate = decision.candidates[i];
        if (obstacles[i] == Obstacle::None) {
            able.push_back(std::move(candidate));
            continue;
        }
        decision.rejected.push_back({offers[candidate.offer].provider, std::move(candidate.model),
                                     std::string(sentenceOf(obstacles[i]))});
    }
    decision.candidates = std::move(able);
}

}  // namespace gr::routing
