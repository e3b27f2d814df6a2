// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "gateway/gateway_host.h"
#include "json/scan.h"
#include "json/writer.h"

namespace gr::app {

// The answer to a command about payments; nothing where it is none of them. Main thread.
//   payments               → "paused"; "locked": the wallet is; "doubted": the vault remembers
//                            other books of payments; "held" [{"id","client","request" (its id),
//                            "scheme","asked" (ms since 1970),"origin","payee" (address),"usd",
//                            "amount"
//                            (units of the token),"token","chain","bound" (USD that the request
//                            should cost at most; 0.00: not known),"why","until" (ms since
//                            1970),"line"}]: payments that wait for a person
//   payments.approve {"id","always_up_to"} → that payment is made, if the caps allow it;
//                            "always_up_to", in USD: payments to this payee up to so much wait for
//                            nobody any more
//   payments.deny {"id"}   → it is not
//   payments.believe       → the books are right, though the vault remembers others
//   payments.pause, payments.resume → nothing is paid, until told otherwise
std::optional<std::string> answerPayments(const std::string& command, const json::Object& request,
                                          gateway::GatewayHost& host);

// A payment that waits, as the answer to `payments` has it: an object.
void writeHeld(json::Writer& out, const gateway::HeldPayment& held);

// What `gaterouterd payments` prints of the answer to `payments`.
std::string paymentLines(const json::Object& answer);

}  // namespace gr::app
