// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "json/writer.h"
#include "ledger/entry.h"

// A record as text, as it leaves the books. Pure; any thread.
namespace gr::ledger {

// "answered", "client_gone", "refused", "provider_failed", "stream_broken", "stopped".
std::string_view nameOf(Outcome outcome);

// "unknown", "computed", "reported", "estimated", "free".
std::string_view nameOf(CostBasis basis);

// Names may hold any bytes that a client sent; files of text may not. What is no UTF-8 becomes
// U+FFFD.
std::string asUtf8(std::string_view text);

// The members of `record` into the object that is open in `writer`. Times are RFC 3339 in UTC,
// money decimal dollars to the last digit, in a string; unknown is null.
void writeMembers(json::Writer& writer, const RequestRecord& record);

}  // namespace gr::ledger
