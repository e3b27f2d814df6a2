// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/engine.h"
#include "gateway/gateway_host.h"

namespace gr::app {

// Answers one line of the control socket. Main thread. Commands (`{"command":NAME,…}`):
//   status                 → {"ok":true,"state","address","port","pid"}
//   reload                 → reads the configuration again
//   stop                   → the program ends
//   keys.list              → {"ok":true,"keys":[{"id","created","expires","revoked"}]}
//   keys.create {"id"}     → {"ok":true,"key":"gr-…"} (shown once)
//   keys.revoke {"id"}, keys.restore {"id"}
//   session_key {"id"}     → {"ok":true,"key":"gr-…"}, valid until the gateway ends
// Failures: {"ok":false,"error":"a sentence","code":"slug"}.
std::string answerControl(std::string_view line, Engine& engine, gateway::GatewayHost& host,
                          const std::function<void()>& stop);

}  // namespace gr::app
