// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/url.h"

namespace gr::app {

// The body behind an https address (or http on this machine), at most `most` bytes. Sends no key,
// no cookie, nothing of the user's; follows no redirect. Waits up to 30 s between two pieces.
// Errors: InvalidField (the address), ProviderFailed (another status than 200, too long), those of
// http::Client. Blocks its thread.
Result<std::string> fetchText(const Url& url, std::size_t most);

}  // namespace gr::app
