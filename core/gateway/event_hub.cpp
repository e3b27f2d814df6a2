// SPDX-License-Identifier: MIT
#include "gateway/event_hub.h"

#include <utility>

namespace gr::gateway {

void EventHub::tell(ExchangeEvent event) {
    const std::lock_guard lock(m_mutex);
    m_pending.push_back(std::move(event));
}

void EventHub::flush() {
    std::vector<ExchangeEvent> batch;
    {
        const std::lock_guard lock(m_mutex);
        batch.swap(m_pending);
    }
    if (!batch.empty() && m_listener)
        m_listener(std::move(batch));
}

}  // namespace gr::gateway
