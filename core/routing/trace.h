// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "routing/request_facts.h"

namespace gr::routing {

inline constexpr std::size_t kMostTraceBytes = 300;

// What is kept of a request, so that its routing can be replayed under other rules: no text, no
// name, nothing that leads back to what was said. Pure; any thread.
struct Trace {
    // Without client, model, lastUser, headers, stateId, sessionSpent and hour, which the record
    // beside it has or nobody keeps; `session` is half of its digest; the numbers of the prediction
    // are to the nearest 255th.
    RequestFacts facts;
    // Whether hasSecret, hasCode and language say what was found in the text; else nobody looked.
    bool secretsSought = false;
    bool codeSought = false;
    bool languageSought = false;
};

// At most kMostTraceBytes.
std::string packTrace(const Trace& trace);
// Nothing where the bytes are not of this form: a newer program wrote them, or they are damaged.
std::optional<Trace> unpackTrace(std::string_view bytes);

}  // namespace gr::routing
