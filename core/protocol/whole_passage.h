// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/passage.h"

namespace gr::protocol {

struct WholeAnswer {
    std::string body;  // for the client
    TokenUsage usage;
};

// Makes of a provider's answer what the client gets. Error: ProviderAnswerInvalid.
using WholeReader = std::function<Result<WholeAnswer>(std::string_view body)>;

// The way of an answer that is never streamed. `passesErrorsOn`: the provider speaks the client's
// own format. Not for streams: every event is an error.
std::unique_ptr<Passage> wholePassage(bool passesErrorsOn, WholeReader reader);

}  // namespace gr::protocol
