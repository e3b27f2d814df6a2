// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "gateway/gateway_host.h"
#include "json/scan.h"

namespace gr::app {

// The answer to a command about limits; nothing where it is none of them. Main thread.
//   limits                 → "limits" [{"limit" (its key),"text","line" (how it stands),"scope",
//                            "name","client","window","unit" (usd, tokens, requests),"at_limit",
//                            "guarantee","standard" (nobody set it),"amount","allowed" (beyond it,
//                            in this window),"spent", "stranded" (of it: held by gateways that
//                            ended suddenly),"reserved", "elsewhere" (set aside for other
//                            gateways),"known" (false: the ledger has not been asked
//                            yet),"begins","ends" (ms since 1970, or null)}], "questions"
//                            [{"id","client","provider","model","limit","text","unit",
//                            "needed","lacking","asked","until","line"}]: requests that wait for a
//                            person; USD as decimal strings; "clock_leap_ms": limits do not follow
//                            the wall clock, which leapt so far, until limits.clock
//   limits.clock           → the wall clock is right
//   limits.allow {"id","amount"} → that request goes on; "amount", a decimal string in the limit's
//                            unit, may be spent beyond the limit in its present window, without it
//                            what the request lacks
//   limits.refuse {"id"}   → that request is refused
//   limits.raise {"limit","amount"} → so much more may be spent of the limit with this key in its
//                            present window
//   limits.free            → what gateways held that ended suddenly counts as spent no more
std::optional<std::string> answerLimits(const std::string& command, const json::Object& request,
                                        gateway::GatewayHost& host);

// What `gaterouterd limits` prints of the answer to `limits`, which may be any answer.
std::string limitLines(const json::Object& answer);

}  // namespace gr::app
