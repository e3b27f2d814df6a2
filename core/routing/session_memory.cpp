// SPDX-License-Identifier: MIT
#include "routing/session_memory.h"

#include <algorithm>
#include <utility>

namespace gr::routing {
namespace {

constexpr std::chrono::hours kLife{24};
constexpr std::size_t kMostPlaces = 4;  // of one session

}  // namespace

std::optional<SessionMemory::Session> SessionMemory::find(std::string_view session,
                                                          SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    const auto it = m_index.find(session);
    if (it == m_index.end() || it->second->at + kLife <= now)
        return std::nullopt;
    return it->second->session;
}

SessionMemory::Entry& SessionMemory::touch(std::string_view session, SteadyTime now) {
    const auto it = m_index.find(session);
    if (it != m_index.end()) {
        m_entries.splice(m_entries.begin(), m_entries, it->second);
        if (m_entries.front().at + kLife <= now)
            m_entries.front().session = {};
    } else {
        m_entries.push_front({std::string(session), now, {}});
        m_index.emplace(m_entries.front().key, m_entries.begin());
    }
    m_entries.front().at = now;
    while (m_entries.size() > m_most || m_entries.back().at + kLife <= now) {
        m_index.erase(m_entries.back().key);
        m_entries.pop_back();
    }
    return m_entries.front();
}

void SessionMemory::answered(std::string_view session, Served served, Money cost) {
    const std::lock_guard lock(m_mutex);
    Session& known = touch(session, served.at).session;
    std::erase_if(known.served, [&served](const Served& other) {
        return other.provider == served.provider && other.model == served.model;
    });
    known.served.insert(known.served.begin(), std::move(served));
    if (known.served.size() > kMostPlaces)
        known.served.pop_back();
    ++known.answers;
    known.failed = false;
    known.spent = known.spent.plus(cost).value_or(known.spent);
}

void SessionMemory::failed(std::string_view session, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    touch(session, now).session.failed = true;
}

std::size_t SessionMemory::size() const {
    const std::lock_guard lock(m_mutex);
    return m_entries.size();
}

}  // namespace gr::routing
