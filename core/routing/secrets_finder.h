// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "routing/secret_shapes.h"

// Whether a request holds secrets or personal data, for rules that keep those at home. What it
// knows, and what it does not, is written in docs/rules.md. Pure; any thread; time in proportion to
// the text.
namespace gr::routing {

// Text beyond this many bytes is not read, and what is not read counts as having a secret.
inline constexpr std::size_t kMostSearched = 16 * 1024 * 1024;

// In a text as it is, and as it is with escapes of JSON resolved, three times inside each other:
// what tools are called with is JSON inside of JSON.
std::optional<SecretKind> findSecret(std::string_view text);

// In a validated JSON text: all names, strings and numbers of it, wherever they stand. What is
// nothing but base64 and longer than 512 characters is data of a picture, a sound or a document:
// it is not looked into.
bool jsonHoldsSecret(std::string_view validated);

// In a body of any other kind, as it is.
bool bytesHoldSecret(std::string_view body);

}  // namespace gr::routing
