// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/chat.h"

// Pictures, documents and sounds as URLs (RFC 2397). Pure.
namespace gr::protocol {

// Sets `type` and `data` from a base64 data: URL, `url` from any other. Views into `url`. False for
// a data: URL without base64, or of a type that is none.
bool setFromUrl(Media& media, std::string_view url);

// A type and a subtype, perhaps with parameters, that may stand in a data: URL: what ends it there
// or leaves its string does not belong to a type.
bool isMediaType(std::string_view text);

// What `data` says; nothing when it is no base64 of UTF-8.
std::optional<std::string> textIn(const Media& media);

// `data:TYPE;base64,DATA` for media with data, else its `url`.
std::string urlOf(const Media& media);

}  // namespace gr::protocol
