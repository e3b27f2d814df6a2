// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gateway/purchase_desk.h"
#include "gateway/wakeup.h"
#include "http/client.h"
#include "payment/chain_client.h"

namespace gr::gateway {

// Looks up what became of payments that are out, on the chains of the wallet: soon after something
// was noted, and from time to time while any is open. Where a payment was taken and the seller
// names no transaction that shows it, the one that does is searched for. What was released is
// looked at again for a day, less and less often: a chain may drop blocks that it called final, and
// a server may tell lies. Without an RPC server for their chain they stay as they are. Lives in one
// io thread.
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
    // How long the next look may wait; nothing: nothing is left to look at.
    http::Awaitable<std::optional<Milliseconds>> lookUpAll();
    bool isDue(const ledger::Purchase& purchase);
    http::Awaitable<void> lookUpOn(const WalletChain& place, const payment::Address& payer,
                                   std::span<const ledger::Purchase> rows);
    http::Awaitable<std::optional<payment::Fate>> lookUp(payment::ChainClient& chain,
                                                         const ledger::Purchase& purchase,
                                                         const payment::Address& payer);
    http::Awaitable<std::string> search(payment::ChainClient& chain,
                                        const ledger::Purchase& purchase,
                                        const payment::Address& payer);

    PurchaseDesk& m_desk;
    http::Client& m_client;
    http::Deadlines& m_deadlines;
    const Clock& m_clock;
    http::Executor m_io;
    Wakeup m_wakeup;
    http::AbortSlot m_abort;
    std::map<std::string, SteadyTime> m_searchNext;  // by purchase
    std::map<std::string, SteadyTime> m_againNext;   // by purchase that was released
};

}  // namespace gr::gateway
