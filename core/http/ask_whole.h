// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/url.h"
#include "http/client.h"

namespace gr::http {

// A small request whose answer is wanted as a whole, within a time: to a node of a chain, to a
// facilitator. Nothing is followed where it redirects to.
struct WholeAsk {
    std::string_view method = "POST";
    std::string_view target;         // behind the address's own path; with its query
    std::string_view body;           // JSON; empty for none
    std::string_view moreLines;      // whole header lines
    std::size_t most = 1024 * 1024;  // bytes of the answer
    Milliseconds patience{10'000};   // for all of it; late by up to half a second
};

struct WholeAnswer {
    int status = 0;
    std::optional<Milliseconds> retryAfter;  // from the header of that name, in seconds there
    std::string body;
};

// Errors: those of Client::send and Answer::read; ProviderTimeout when it takes too long,
// ProviderAnswerInvalid when the answer is too large. `dispatched` (may be null) becomes true once
// a byte of the request may have left.
Awaitable<Result<WholeAnswer>> askWhole(Client& client, Deadlines& deadlines, const Url& address,
                                        WholeAsk ask, AbortSlot& abort, bool* dispatched = nullptr);

}  // namespace gr::http
