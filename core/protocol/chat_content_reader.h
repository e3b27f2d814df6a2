// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/field_reader.h"

namespace gr::protocol {

// Whose message a content part stands in.
enum class ContentPlace : std::uint8_t { System, User, Assistant, Tool };

// Reads one element of a chat message's `content` list. `part` keeps what is wrong.
void readChatContent(const FieldReader& part, ContentPlace place, std::vector<Part>& parts);

}  // namespace gr::protocol
