// SPDX-License-Identifier: MIT
#pragma once

#include "network.h"

namespace gr::router {

// The file that comes nearest to `linear` with ScorerFile::kRank values of one byte for each gram:
// the greatest principal components of what the grams give, each gram counting as often as it
// occurs. `rows` gets the memory that the file's rows lie in.
routing::ScorerFile compressed(const Linear& linear, const Dataset& data,
                               const std::vector<std::uint32_t>& frequency,
                               std::vector<std::int8_t>& rows);

}  // namespace gr::router
