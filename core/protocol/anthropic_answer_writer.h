// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

namespace gr::protocol {

// The client face of Anthropic's Messages API, outward: a stream of named events or one message,
// as `context.stream` says. Of several choices only the first is told.
std::unique_ptr<AnswerWriter> makeAnthropicWriter(AnswerContext context);

}  // namespace gr::protocol
