// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/engine.h"
#include "gateway/control.h"
#include "gateway/event_feed.h"
#include "gateway/gateway_host.h"

namespace gr::app {

// What the commands act on.
struct ControlParts {
    Engine& engine;
    gateway::GatewayHost& host;
    gateway::EventFeed* feed = nullptr;   // null: `events` is refused
    std::function<void()> stop;           // ends the program, soon
    std::function<void()> askKeychain{};  // for the key of a vault that lies there
};

// Answers one line of the control socket, now or (`events`) when there is something to tell. Main
// thread. Commands (`{"command":NAME,…}`), each answered {"ok":true,…}:
//   status                 → "state","address","port","pid","program","version","sandbox",
//                            "config","ledger" (files), "vault" (open, none, needs_passphrase,
//                            needs_keychain, damaged), "simulated" [{"id","kind","base_url",
//                            "models"}], "play" (the sandbox's money, see play_money.h: only there)
//   events {"since"}       → what happened since, see core/gateway/feed_line.h: "next","fresh",
//                            "events","providers","servers". 0 begins; then "next" of the last
//                            answer. Held until there is something, at most 10 answers a second.
//   reload                 → reads the configuration and the vault again
//   restart                → the same, then listens anew, where the configuration says; on failure
//                            goes on where it listened
//   stop                   → the program ends
//   cancel {"id"}          → ends a running request
//   find_servers           → looks for local model servers; `events` tells what was found
//   limits, limits.…       → see limit_control.h
//   payments, payments.…   → see payment_control.h
//   experience, experience.forget → see experience_control.h
//   ledger.settle {"id","amount"} → what the attempts of unknown cost of a request took, in USD
//   keys.list              → "keys" [{"id","created","expires","revoked","models","limits",
//                            "allow_unpriced"}], times in ms since 1970, the rest as in the
//                            configuration; "programs" [{"client","program","pid","first","last"}]:
//                            which programs of this machine connected with a key, also with one of
//                            the configuration
//   keys.create {"id","expires" (ms, or a text as in the configuration),"models","limits",
//                "allow_unpriced"} → "key" (shown once)
//   keys.revoke {"id"}, keys.restore {"id"}
//   session_key {"id"}     → "key", valid until the gateway ends or another is asked for this id
//   hold_key {"id","key","origin"} → a provider's key for as long as the gateway runs, used while
//                            its address is at this origin; without "key" it is dropped
//   wallet                 → see wallet_control.h
//   wallet.lock            → its key leaves the memory of the gateway; "said". Refused where that
//                            would protect nothing
//   vault.unlock {"passphrase"} → and with it the wallet
// Failures: {"ok":false,"error":"a sentence","code":"slug"}.
void answerControl(std::string_view line, const ControlParts& parts,
                   gateway::ControlServer::Answer answer);

}  // namespace gr::app
