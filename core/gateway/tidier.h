// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>

#include "base/clock.h"
#include "base/job_thread.h"
#include "http/net.h"

namespace gr::gateway {

struct TidierTimes {
    Milliseconds quiet{5'000};   // without the end of a request: the work is over for now
    Milliseconds again{60'000};  // to the next look while there is something left to release
};

// Gives memory back when the work is over. The C library keeps what was freed, since it cannot know
// whether more work comes; after a few hundred large requests at once that is most of what the
// process takes. Sleeps while nothing is done. Lives in its io thread.
class Tidier final {
  public:
    // `release` lets go of what is only kept for speed, and says whether there will be more later;
    // it is called on the io thread. The rest is done on `worker`, which must end before this.
    Tidier(http::Executor executor, JobThread& worker, std::function<bool()> release,
           TidierTimes times = {});

    // A request ended. Costs next to nothing.
    void touched() {
        ++m_touches;
        if (!m_armed)
            arm(m_times.quiet);
    }

    // The process takes so much more than when memory was last given back. Pure.
    static bool worthIt(std::size_t residentNow, std::size_t residentThen) {
        constexpr std::size_t kEnough = 8 * 1024 * 1024;
        return residentNow > residentThen + kEnough;
    }

  private:
    void arm(Milliseconds delay);
    void look();

    http::asio::basic_waitable_timer<std::chrono::steady_clock,
                                     http::asio::wait_traits<std::chrono::steady_clock>,
                                     http::Executor>
        m_timer;
    JobThread& m_worker;
    std::function<bool()> m_release;
    TidierTimes m_times;
    bool m_armed = false;
    std::size_t m_touches = 0;
    std::size_t m_touchesThen = 0;            // when the timer was set
    std::atomic<std::size_t> m_residentThen;  // after memory was last given back; bytes
};

}  // namespace gr::gateway
