// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"

// `usage.cost` in answers of OpenAI's formats. Pure.
namespace gr::protocol {

// An answer, a chunk, or an event of Responses (whose answer lies in `response`) with `cost` as the
// last member of its `usage`. Nothing where there is no usage, or where it has a cost already:
// then that is the provider's, and ours.
std::optional<std::string> withCost(std::string_view json, Money cost);

// The same in each of the server-sent events in `events` from `begin` on.
void addCost(std::string& events, std::size_t begin, Money cost);

}  // namespace gr::protocol
