// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/secret.h"

namespace gr {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

// One line of JSON on standard error for each event: {"time","level","event",…}.
// Every secret that was announced with `hide()` is replaced by "[redacted]" before a line is
// written. Any thread; a line is one write. There is one log in a process, set up by `app`; it
// holds no state of any request.
namespace log {

using Field = std::pair<std::string_view, std::string_view>;

void setLevel(LogLevel level);
bool enabled(LogLevel level);
void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields = {});

// From now on `secret` never appears in what `redacted` gives. Texts under 8 characters are
// ignored: hiding them would blank ordinary words.
void hide(const Secret& secret);
// `secret` was wiped everywhere else, so nothing can tell it: it need not be kept for this either.
void forget(const Secret& secret);
std::string redacted(std::string_view text);

}  // namespace log
}  // namespace gr
