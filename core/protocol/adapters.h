// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/adapter.h"

// The table of the protocols' adapters.
namespace gr::protocol {

struct Adapter {
    Protocol protocol;
    RequestReader readRequest;
    std::unique_ptr<AnswerWriter> (*makeWriter)(AnswerContext context);
    RequestWriter writeRequest;
    std::unique_ptr<AnswerReader> (*makeReader)(const Target& target, const ChatRequest& request);
};

// Never fails; any thread.
const Adapter& adapter(Protocol protocol);

}  // namespace gr::protocol
