// SPDX-License-Identifier: MIT
#include "http/deadlines.h"

namespace gr::http {

Deadline::Deadline(Deadlines& all, Action action, void* context)
    : m_all(all), m_action(action), m_context(context) {
    m_all.add(*this);
}

Deadline::~Deadline() {
    m_all.remove(*this);
}

void Deadline::in(Milliseconds delay) {
    m_at = std::chrono::steady_clock::now() + delay;
}

void Deadlines::add(Deadline& deadline) {
    deadline.m_next = m_first;
    if (m_first != nullptr)
        m_first->m_previous = &deadline;
    m_first = &deadline;
    if (!m_running && !m_stopped) {
        m_running = true;
        tick();
    }
}

void Deadlines::remove(Deadline& deadline) {
    if (m_cursor == &deadline)
        m_cursor = deadline.m_next;
    if (deadline.m_previous != nullptr)
        deadline.m_previous->m_next = deadline.m_next;
    else
        m_first = deadline.m_next;
    if (deadline.m_next != nullptr)
        deadline.m_next->m_previous = deadline.m_previous;
}

void Deadlines::stop() {
    m_stopped = true;
    m_timer.cancel();
}

void Deadlines::tick() {
    const SteadyTime now = std::chrono::steady_clock::now();
    for (Deadline* d = m_first; d != nullptr; d = m_cursor) {
        m_cursor = d->m_next;
        if (d->m_at <= now) {
            d->clear();
            d->m_action(d->m_context);
        }
    }
    if (m_first == nullptr || m_stopped) {
        m_running = false;
        return;
    }
    m_timer.expires_after(kTick);
    m_timer.async_wait([this](error_code error) {
        if (!error)
            tick();
    });
}

}  // namespace gr::http
