// SPDX-License-Identifier: MIT
#include "gateway/quote_desk.h"

namespace gr::gateway {

void QuoteDesk::keep(const std::string& digest, SalePricePtr price, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    if (const auto it = m_index.find(digest); it != m_index.end()) {
        const auto entry = it->second;
        m_index.erase(it);
        m_entries.erase(entry);
    }
    while (!m_entries.empty() && (m_entries.size() >= kMost || m_entries.front().until <= now)) {
        m_index.erase(m_entries.front().digest);
        m_entries.pop_front();
    }
    m_entries.push_back({digest, std::move(price), now + kGoodFor});
    m_index.emplace(m_entries.back().digest, std::prev(m_entries.end()));
}

SalePricePtr QuoteDesk::find(std::string_view digest, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    const auto it = m_index.find(digest);
    if (it == m_index.end() || it->second->until <= now)
        return nullptr;
    return it->second->price;
}

void QuoteDesk::forget() {
    const std::lock_guard lock(m_mutex);
    m_index.clear();
    m_entries.clear();
}

}  // namespace gr::gateway
