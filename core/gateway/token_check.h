// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "gateway/wallet_entry.h"
#include "http/client.h"
#include "payment/token.h"

namespace gr::gateway {

// Compares tokens with their contracts before they are first paid with. What agreed once counts
// until the process ends. Shared by the io threads.
class TokenCheck final {
  public:
    explicit TokenCheck(const Clock& clock) : m_clock(clock) {}

    // `place`: the token's chain. PaymentRefused: the contract says otherwise. Without an RPC
    // server, and while none answers, our own list counts, and the next payment asks again, a
    // minute later. Cancelled.
    http::Awaitable<Result<void>> agree(payment::Token token, const WalletChain& place,
                                        http::Client& client, http::Deadlines& deadlines,
                                        http::AbortSlot& abort);

  private:
    const Clock& m_clock;
    std::mutex m_mutex;
    std::map<std::string, SteadyTime> m_askNext;  // by token, as it was known
};

}  // namespace gr::gateway
