// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "gateway/events.h"

namespace gr::gateway {

// Gathers what happens and hands it up in batches. Any thread may tell; one thread flushes.
class EventHub final {
  public:
    using Listener = std::function<void(std::vector<ExchangeEvent>)>;

    explicit EventHub(Listener listener)
        : m_listener(std::move(listener)), m_listening(m_listener != nullptr) {}

    // False: nobody listens, do not even build an event.
    bool listening() const { return m_listening.load(std::memory_order_relaxed); }
    void setListening(bool on) { m_listening = on && m_listener; }
    void tell(ExchangeEvent event);
    void flush();

  private:
    Listener m_listener;
    std::atomic<bool> m_listening;
    std::mutex m_mutex;
    std::vector<ExchangeEvent> m_pending;
};

}  // namespace gr::gateway
