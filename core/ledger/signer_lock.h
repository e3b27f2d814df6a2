// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/result.h"
#include "ledger/location.h"

namespace gr::ledger {

// Who holds it signs payments for a ledger: one process, whatever the number of gateways. Ends with
// the object, with the process, and, of a server, with the connection. One thread at a time.
class SignerLock {
  public:
    virtual ~SignerLock() = default;
    // False once it is lost: a server's connection went. Then take another. Blocking.
    virtual bool held() = 0;

    // LedgerBusy, with a sentence, when another one holds it. Never waits for it.
    static Result<std::unique_ptr<SignerLock>> take(const Location& location);
};

}  // namespace gr::ledger
