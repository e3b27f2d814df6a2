// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "ledger/window.h"

namespace gr::settings {

// The offsets of a zone such as "Europe/Berlin", by the tables of this machine, for the years in
// which a limit can matter. Nothing when the machine does not know it. Any thread.
std::optional<ledger::ZoneTable> zoneTable(const std::string& name);

}  // namespace gr::settings
