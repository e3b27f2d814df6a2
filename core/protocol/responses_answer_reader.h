// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

namespace gr::protocol {

// Reads answers of POST {base}/responses, whole or streamed. What a server leaves out of its stream
// (deltas, done events, items) is taken from the next event that has it. Names of tools in
// namespaces come out as ns__name, encrypted_content as a signature of the vendor "openai", behind
// the id of its item ("rs_1:gAAA…"), without which the provider would not know it again. Stop
// sequences, which have no field in this protocol, are cut here; the rest of the answer is read for
// its usage. `request` must outlive this; `target` is only looked at
// while this is made.
std::unique_ptr<AnswerReader> makeResponsesReader(const Target& target, const ChatRequest& request);

}  // namespace gr::protocol
