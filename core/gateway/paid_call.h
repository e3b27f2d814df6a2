// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange_state.h"
#include "http/deadlines.h"

namespace gr::gateway {

// Once money moved, the client's leaving does not end the work: while this lives, the calls of a
// lane go on for five minutes without a client, for the same purchase asked again (Reuse). What
// ends them at once: the gateway's stop, a person who cancels the request, and a client that had
// left before. Lives in the io thread.
class PaidCall final {
  public:
    PaidCall(ExchangeState& state, Lane& lane)
        : m_responder(state.responder),
          m_lane(lane),
          m_patience(
              state.services.deadlines,
              [](void* self) { static_cast<PaidCall*>(self)->m_slot.fire(); }, this),
          m_left(m_responder.abort().fired()),
          m_scope(m_responder.abort(), &PaidCall::onAbort, this) {
        m_lane.abort = &m_slot;
    }
    ~PaidCall() { m_lane.abort = &m_responder.abort(); }
    PaidCall(const PaidCall&) = delete;
    PaidCall& operator=(const PaidCall&) = delete;

  private:
    static constexpr Milliseconds kAlone{300'000};

    static void onAbort(void* self) { static_cast<PaidCall*>(self)->abort(); }
    void abort() {
        const bool leaves = m_responder.clientGone() && !m_responder.stopping();
        if (!m_left && leaves)
            m_patience.in(kAlone);
        else
            m_slot.fire();
    }

    http::Responder m_responder;
    Lane& m_lane;
    http::AbortSlot m_slot;
    http::Deadline m_patience;
    bool m_left;
    http::AbortScope m_scope;
};

}  // namespace gr::gateway
