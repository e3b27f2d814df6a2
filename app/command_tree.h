// SPDX-License-Identifier: MIT
#pragma once

#include "app/command_facts.h"

namespace CLI {
class App;
}

namespace gr::app {

// What the parser understands, commands below commands included. Pure.
CommandFact factsOf(const CLI::App& app);

}  // namespace gr::app
