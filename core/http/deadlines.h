// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include "base/clock.h"
#include "http/net.h"

namespace gr::http {

class Deadlines;

// A point in time at which something is given up. Cheap to move: setting it costs one store, no
// timer. Late by up to one tick (500 ms). The owner must outlive the registration.
class Deadline final {
  public:
    using Action = void (*)(void* context);

    Deadline(Deadlines& all, Action action, void* context);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void in(Milliseconds delay);
    void clear() { m_at = SteadyTime::max(); }

  private:
    friend class Deadlines;
    Deadlines& m_all;
    Action m_action;
    void* m_context;
    SteadyTime m_at = SteadyTime::max();
    Deadline* m_previous = nullptr;
    Deadline* m_next = nullptr;
};

// One coarse timer for all deadlines of an io thread. It rests while there are none.
class Deadlines final {
  public:
    static constexpr Milliseconds kTick{500};

    explicit Deadlines(Executor executor) : m_timer(std::move(executor)) {}
    void stop();  // fires nothing any more

  private:
    friend class Deadline;
    void add(Deadline& deadline);
    void remove(Deadline& deadline);
    void tick();

    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>
        m_timer;
    Deadline* m_first = nullptr;
    Deadline* m_cursor = nullptr;  // next to look at, while ticking
    bool m_running = false;
    bool m_stopped = false;
};

}  // namespace gr::http
