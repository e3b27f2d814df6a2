// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "ledger/budget.h"
#include "ledger/lease.h"

namespace gr::ledger {

// The thread between a Budget and the ledger: asks for leases when the budget wants some, gives
// back what lies idle, and ends waits that took too long. Sleeps while nothing is leased.
class LeaseKeeper final {
  public:
    // `budget` outlives it.
    LeaseKeeper(Budget& budget, std::unique_ptr<LeaseStore> store);
    // Gives back what lies idle. What is reserved still, or charged by rows that could not be
    // written, stays leased and so counts as spent.
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  private:
    void work();
    void turn(bool tick);
    Result<void> readClock(const Moment& now);
    Result<std::vector<LeaseAnswer>> lease(const Result<void>& clock,
                                           std::span<const LeaseWork> work);
    void note(const Error& error);
    template <class Value>
    bool good(const Result<Value>& result);

    Budget& m_budget;
    std::unique_ptr<LeaseStore> m_store;
    bool m_failing = false;                     // the thread's
    std::optional<std::int64_t> m_clockReadMs;  // the thread's, running time; absent: never
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_wanted = true;
    bool m_stopping = false;
    std::thread m_thread;
};

}  // namespace gr::ledger
