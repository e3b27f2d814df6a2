// SPDX-License-Identifier: MIT
#include "gateway/tidier.h"

#include <utility>

#include "base/memory.h"

namespace gr::gateway {

Tidier::Tidier(http::Executor executor, JobThread& worker, std::function<bool()> release,
               TidierTimes times)
    : m_timer(std::move(executor)),
      m_worker(worker),
      m_release(std::move(release)),
      m_times(times),
      m_residentThen(residentBytes()) {}

void Tidier::arm(Milliseconds delay) {
    m_armed = true;
    m_touchesThen = m_touches;
    m_timer.expires_after(delay);
    m_timer.async_wait([this](http::error_code error) {
        if (!error)
            look();
    });
}

void Tidier::look() {
    m_armed = false;
    if (m_touches != m_touchesThen) {
        arm(m_times.quiet);
        return;
    }
    const bool more = m_release();
    if (worthIt(residentBytes(), m_residentThen)) {
        m_worker.post([this] {
            giveBackMemory();
            m_residentThen = residentBytes();
        });
    }
    if (more)
        arm(m_times.again);
}

}  // namespace gr::gateway
