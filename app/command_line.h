// SPDX-License-Identifier: MIT
#pragma once

#include "app/command_facts.h"

namespace gr::app {

// Reads the arguments of `gaterouterd` and runs the command they name. Exit code: 0 done, 1 a
// problem that was explained, 2 wrong usage. Main thread.
int runDaemon(int argc, char** argv);

// All that `gaterouterd` understands, from the same table that reads its arguments.
CommandFact daemonFacts();

}  // namespace gr::app
