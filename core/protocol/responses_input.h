// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "protocol/chat.h"

namespace gr::protocol {

// Reads the items of `input` (Responses) and appends them to the request's turns. What one answer
// of a model consists of (thoughts, text, calls) becomes one turn, and so do results that follow
// one another. Every part keeps its item, so that the same protocol can write it unchanged. Items
// of other kinds (calls of hosted tools) become parts of kind Other. Tools in `additional_tools`
// join the request's tools. Pure.
void readResponsesInput(const std::vector<std::string_view>& items, ChatRequest& request,
                        std::optional<Error>& problem);

}  // namespace gr::protocol
