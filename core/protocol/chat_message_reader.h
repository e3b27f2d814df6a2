// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/field_reader.h"

namespace gr::protocol {

// Reads `messages` of a chat request into the turns of `request`: results of tools become parts of
// user turns, and each knows the name of its call. What is wrong is kept by `body`.
void readChatMessages(const FieldReader& body, ChatRequest& request);

}  // namespace gr::protocol
