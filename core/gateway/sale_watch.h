// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "gateway/cashier.h"
#include "gateway/sale_desk.h"
#include "gateway/wakeup.h"

namespace gr::gateway {

// Finds out what became of sales whose money is on its way, or may go again; soon after something
// was noted, and from time to time while any is open. What a gateway left behind that died is
// brought to its end: what was paid and not served becomes a credit. Lives in one io thread.
class SaleWatch final {
  public:
    // All outlive it.
    SaleWatch(SaleDesk& desk, Cashier& cashier, const Clock& clock, http::Executor io);
    SaleWatch(const SaleWatch&) = delete;
    SaleWatch& operator=(const SaleWatch&) = delete;

    // Runs until stop().
    http::Awaitable<void> run();
    void stop();  // its io thread

  private:
    http::Awaitable<bool> lookAtAll();  // true: some are still open
    void tidy();
    http::Awaitable<void> lookAt(const SaleEntry& entry, const ledger::Sale& sale);
    bool isLeftBehind(const ledger::Sale& sale) const;
    void advance(const ledger::Sale& sale, ledger::SaleState to, ledger::SaleChange change);
    void owe(const ledger::Sale& sale);
    void settle(const ledger::Sale& sale, ledger::SaleChange change);
    void learn(const ledger::Sale& sale, const payment::SaleFate& fate, unsigned decimals);

    SaleDesk& m_desk;
    Cashier& m_cashier;
    const Clock& m_clock;
    http::Executor m_io;
    SteadyTime m_tidyAt{};
    bool m_relaysWait = false;  // transactions of ours, for a block
    Wakeup m_wakeup;
    http::AbortSlot m_abort;
};

}  // namespace gr::gateway
