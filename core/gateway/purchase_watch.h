// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>

#include "gateway/purchase_desk.h"
#include "gateway/wakeup.h"
#include "http/client.h"

namespace gr::gateway {

// Looks up what became of payments that are out, on the chains of the wallet: soon after something
// was noted, and from time to time while any is open. Without an RPC server for their chain they
// stay as they are. Lives in one io thread.
class PurchaseWatch final {
  public:
    // All outlive it.
    PurchaseWatch(PurchaseDesk& desk, http::Client& client, http::Deadlines& deadlines,
                  const Clock& clock, http::Executor io);
    PurchaseWatch(const PurchaseWatch&) = delete;
    PurchaseWatch& operator=(const PurchaseWatch&) = delete;

    // Runs until stop().
    http::Awaitable<void> run();
    void stop();  // its io thread

  private:
    http::Awaitable<bool> lookUpAll();  // true: some are still open
    http::Awaitable<void> lookUpOn(const WalletChain& place, const payment::Address& payer,
                                   std::span<const ledger::Purchase> rows);

    PurchaseDesk& m_desk;
    http::Client& m_client;
    http::Deadlines& m_deadlines;
    const Clock& m_clock;
    http::Executor m_io;
    Wakeup m_wakeup;
    http::AbortSlot m_abort;
};

}  // namespace gr::gateway
