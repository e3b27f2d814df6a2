// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

namespace gr::protocol {

// The provider face of Anthropic's Messages API, inward. Blocks of tools that the provider runs
// itself are left out. `request` is needed for the names of its tools and only during the call.
std::unique_ptr<AnswerReader> makeAnthropicReader(const Target& target, const ChatRequest& request);

}  // namespace gr::protocol
