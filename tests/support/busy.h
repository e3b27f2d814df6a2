// SPDX-License-Identifier: MIT
#pragma once

#include <future>
#include <utility>

#include "base/job_thread.h"

namespace gr::test {

// A thread that does nothing else until it is let go.
class Busy final {
  public:
    explicit Busy(JobThread& thread) {
        thread.post([this, end = m_end.get_future().share()] {
            m_begun.set_value();
            end.wait();
        });
        m_begun.get_future().wait();
    }
    ~Busy() { end(); }
    void end() {
        if (!std::exchange(m_ended, true))
            m_end.set_value();
    }

  private:
    std::promise<void> m_begun;
    std::promise<void> m_end;
    bool m_ended = false;
};

}  // namespace gr::test
