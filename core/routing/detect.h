// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "routing/request_facts.h"
#include "routing/rules.h"

namespace gr::routing {

// Looks for what rules ask about: secrets in all of a validated JSON body (of any other in its
// bytes), code and language in the last message of the user as far as `facts` has it. Pure; any
// thread.
void detect(RequestFacts& facts, const NeededFacts& needed, std::string_view body, bool json);

}  // namespace gr::routing
