// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/error.h"
#include "json/writer.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// Writes an image, a file or a sound as a content part. Error: InvalidField where the target does
// not take it, saying why.
std::optional<Error> writeChatMedia(const ChatRequest& request, const Target& target,
                                    const Part& part, json::Writer& out);

}  // namespace gr::protocol
