// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/wish.h"

// Configuration files of other programs, as texts: what they say at a place, and how they read when
// they say something else there, with every other byte as it was: comments, order, indentation,
// line ends, members nobody here knows. What cannot be read without doubt is refused with its line,
// and never changed. Pure; any thread.
namespace gr::connect {

// `text` with all wishes true; the same bytes when they were. ConfigInvalid when `text` cannot be
// read, InvalidField when it says what is wished in a form that is not edited here; the messages
// are sentences that name the line or the member, and never quote a value.
Result<std::string> withWishes(Format format, std::string_view text,
                               const std::vector<Wish>& wishes);

// The text, number or truth value at `path`; nothing when there is none, or something larger.
// ConfigInvalid as above.
Result<std::optional<std::string>> valueAt(Format format, std::string_view text, const Path& path);

}  // namespace gr::connect
