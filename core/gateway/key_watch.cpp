// SPDX-License-Identifier: MIT
#include "gateway/key_watch.h"

#include <utility>

#include "base/log.h"
#include "gateway/connected_program.h"

namespace gr::gateway {
namespace {

constexpr std::chrono::seconds kPause{5};

}  // namespace

bool KeyWatch::isDue(const std::string& client) {
    const SteadyTime now = m_clock.steady();
    const std::lock_guard lock(m_mutex);
    SteadyTime& next = m_next[client];
    if (now < next)
        return false;
    next = now + kPause;
    return true;
}

void KeyWatch::look(const std::string& client, const http::SocketEnds& ends) {
    m_looking.post([this, client, ends] {
        const auto found = connectedProgram(ends);
        if (!found)
            return;
        const UnixMs now = m_clock.now();
        const auto noted = m_ledger.noteKeyProgram({client, found->path, found->pid, now, now});
        if (!noted)  // the next connection tells again
            log::write(LogLevel::Debug, "key_program.not_noted",
                       {{"why", noted.error().message.text}});
    });
}

}  // namespace gr::gateway
