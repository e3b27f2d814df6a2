// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace gr::ledger {

// Adds one cell and a comma (RFC 4180). A text that a spreadsheet would run (`= + - @`) begins with
// an apostrophe. Pure; any thread.
void appendCsvText(std::string& line, std::string_view text);

}  // namespace gr::ledger
