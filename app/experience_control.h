// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "gateway/gateway_host.h"
#include "json/scan.h"

namespace gr::app {

// The answer to a command about what answers taught of models; nothing where it is none. Main
// thread.
//   experience        → "experience" [{"domain","model" (empty: what all share),"outcomes" (their
//                       weight),"departure" (of what was seen from what was predicted, 1 is all),
//                       "error" (its standard error),"counts" (of the departure, beyond doubt)}],
//                       numbers as decimal strings
//   experience.forget → all of it is forgotten
std::optional<std::string> answerExperience(const std::string& command, gateway::GatewayHost& host);

// What `gaterouterd experience` prints of the answer to `experience`.
std::string experienceLines(const json::Object& answer);

}  // namespace gr::app
