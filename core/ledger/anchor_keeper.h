// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "ledger/anchor.h"
#include "ledger/location.h"
#include "ledger/store.h"

namespace gr::ledger {

// Makes what is committed safe from a power cut, then writes the anchor that says so. That waits
// for the disk, so it has a thread of its own, and holds no lock of the ledger meanwhile.
class AnchorKeeper final {
  public:
    AnchorKeeper(Location location, AnchorFile& file);
    ~AnchorKeeper();  // what was handed over last is written
    AnchorKeeper(const AnchorKeeper&) = delete;
    AnchorKeeper& operator=(const AnchorKeeper&) = delete;

    // Takes the place of those that wait, but not of one of another chain. Any thread.
    void write(Anchor anchor);
    // Waits until nothing is left to write. Any thread.
    void drain();
    // The last try failed; it is worth another. Any thread.
    bool failed() const { return m_failed; }

  private:
    void work();
    Result<void> secure(const Anchor& anchor);

    const Location m_location;
    AnchorFile& m_file;
    std::optional<Database> m_database;  // the thread's; of a server alone
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_idle;
    std::optional<Anchor> m_next;
    bool m_busy = false;
    bool m_stopping = false;
    std::atomic<bool> m_failed{false};
    std::thread m_thread;
};

}  // namespace gr::ledger
