// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/job_thread.h"
#include "http/handler.h"
#include "ledger/ledger.h"

namespace gr::gateway {

// Notes beside a client key, in the ledger, which program of this machine uses it. Looking takes a
// while, so that it is done on a thread of its own, and at most once in a few seconds for each key.
// Shared by the io threads; the ledger outlives it.
class KeyWatch final {
  public:
    KeyWatch(ledger::Ledger& ledger, const Clock& clock) : m_ledger(ledger), m_clock(clock) {}

    // Whether it is time to look who uses this key; then `look` is to follow.
    bool isDue(const std::string& client);
    // Looks soon, or never when too much waits. What cannot be found out is not noted.
    void look(const std::string& client, const http::SocketEnds& ends);

  private:
    ledger::Ledger& m_ledger;
    const Clock& m_clock;
    std::mutex m_mutex;
    std::map<std::string, SteadyTime> m_next;  // when a key may be looked at again
    JobThread m_looking{"programs", 64};
};

}  // namespace gr::gateway
