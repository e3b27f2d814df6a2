// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gr::http {

// Unpacks a gzip body (RFC 1952) of at most `maxSize` bytes. Errors: BadRequest when it is damaged
// or cut, BodyTooLarge when it grows beyond the bound. Pure.
Result<std::string> gunzip(std::string_view packed, std::size_t maxSize);

}  // namespace gr::http
