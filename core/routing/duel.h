// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "routing/scorer.h"

namespace gr::routing {

// How much a prompt needs the stronger of two models, 0 to 1; only the order of such numbers means
// something. `of` and `features` are those of the prompt. Models that were measured side by side
// are compared by their own heads; for others the pair counts that was measured best, with how
// long and how hard the prompt is. Pure.
double needForStrong(const Scorer& scorer, const Prediction& of, const Features& features,
                     std::string_view strong, std::string_view weak);

}  // namespace gr::routing
