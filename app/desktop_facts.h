// SPDX-License-Identifier: MIT
#pragma once

#include "app/command_facts.h"

namespace gr::app {

// All that `gaterouter` understands: its parser, its manual and the completion read this table.
CommandFact desktopFacts();

}  // namespace gr::app
