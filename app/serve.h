// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/engine.h"

namespace gr::app {

// Runs the endpoint without a window until SIGINT, SIGTERM or a `stop` on the control socket.
// SIGHUP reads the configuration again. Main thread; blocks. Exit code: 0 done, 1 a problem that
// was explained on standard error.
int runServe(const EngineOptions& options);

// Prints where the gateway listens and, in the sandbox, a curl line that is answered at once with
// `sandboxKey`: a key of this run, good for simulated models only.
void announce(const std::string& address, std::uint16_t port,
              const std::optional<Secret>& sandboxKey, const sandbox::SandboxServer* sandbox);

// For both programs, first thing in main(): no core files with secrets in them, as many open files
// as the system allows.
void hardenProcess();

}  // namespace gr::app
