// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "protocol/ask.h"

// Which requests are equal. Pure; any thread.
namespace gr::gateway {

// A keyed digest of all that decides an answer, as far as the client says it: who it is, what it
// asks for in which protocol, its body byte for byte without this gateway's own members, its
// fallbacks and its preference, and the headers that go on or change the answer. Not in it: the
// session, the maximum cost, trace headers. `secret`: of this process.
std::string answerKey(std::string_view secret, std::string_view client, const protocol::Ask& ask,
                      const http::Fields& headers);

// Whether an answer to it may be an equal request's at all: no count of tokens, nothing that goes
// on in the background.
bool mayShareAnswer(const protocol::Ask& ask);

// What the client says about it by Cache-Control (RFC 9111, 5.2.1).
struct CacheWish {
    bool fresh = false;  // no-cache: no kept answer is wanted
    bool none = false;   // no-store: nor is this one to be kept
};
CacheWish cacheWishOf(const http::Fields& headers);

}  // namespace gr::gateway
