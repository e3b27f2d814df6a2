// SPDX-License-Identifier: MIT
#pragma once

#include "app/engine.h"

namespace gr::app {

// Runs the endpoint without a window until SIGINT, SIGTERM or a `stop` on the control socket.
// SIGHUP reads the configuration again. Main thread; blocks. Exit code: 0 done, 1 a problem that
// was explained on standard error.
int runServe(const EngineOptions& options);

// For both programs, first thing in main(): no core files with secrets in them, as many open files
// as the system allows.
void hardenProcess();

}  // namespace gr::app
