// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/policy.h"
#include "http/handler.h"
#include "http/message.h"

// Who may come in, decided on the head of a request alone. Pure.
namespace gr::gateway {

// Host, Origin and Sec-Fetch-Site: keeps web pages and rebound names out, on every route.
// Errors: BadRequest, HostRefused, OriginRefused.
Result<void> checkSource(const http::RequestHead& head, const settings::Listen& listen);

// The key a request carries: Authorization: Bearer, x-api-key, x-goog-api-key; the first that is
// there counts. Empty when there is none.
std::string_view presentedKey(const http::Fields& fields);

// The client with that key. Takes the same time for every key. Error: Unauthorized.
Result<const ClientEntry*> authenticate(std::string_view key, const Policy& policy, UnixMs now);

// What lets a browser show an answer to the page that asked; nothing where no page did. `origin`
// has passed checkSource().
void addOrigin(std::optional<std::string_view> origin, http::HeaderLines& lines);

// The answer to a browser that asks beforehand whether a page may (CORS preflight): the headers
// that SDKs and payers send are allowed, and no others. Nothing where it is no such question, or
// the page may not.
std::optional<http::Reply> preflight(const http::RequestHead& head, const settings::Listen& listen);

// POST bodies must be JSON: a web form cannot send that unasked. Error: UnsupportedMediaType.
Result<void> checkContentType(const http::RequestHead& head);

}  // namespace gr::gateway
