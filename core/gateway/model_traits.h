// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "catalog/model_info.h"
#include "routing/menu.h"

namespace gr::gateway {

// What `auto` has to know of a model besides its price and abilities.
struct ModelTraits {
    routing::Use use = routing::Use::Talk;
    bool deprecated = false;
    std::optional<UnixMs> released;
};

// `known`: of the catalog; null: it does not know the model, and the name has to say it all.
ModelTraits traitsOf(std::string_view model, const catalog::ModelInfo* known);

// How many billion parameters the name tells ("llama3.1:8b", "mixtral-8x7b"); nothing where it
// tells none. Of mixtures all of them.
std::optional<double> billionsIn(std::string_view model);

}  // namespace gr::gateway
