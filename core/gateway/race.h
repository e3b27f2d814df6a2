// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange_state.h"
#include "http/net.h"

namespace gr::gateway {

// Two lanes of one request, the second begun because the first is slow: whoever can begin its
// answer gives it, and the other is cut. Each lane has an abort slot of its own while it lives, and
// the end of the request fires both. Lives in the io thread; the lanes outlive it.
class Race final {
  public:
    Race(ExchangeState& state, Lane& first, Lane& second)
        : m_state(state),
          m_first(first),
          m_second(second),
          m_end(state.responder.abort(), &Race::onEnd, this) {
        first.abort = &m_firstSlot;
        second.abort = &m_secondSlot;
        first.race = second.race = this;
    }
    ~Race() {
        m_first.race = m_second.race = nullptr;
        m_first.abort = m_second.abort = &m_state.responder.abort();
    }
    Race(const Race&) = delete;
    Race& operator=(const Race&) = delete;

    // This lane answers the client from now on, and what is done for the other ends. False: the
    // other one answers.
    bool claim(Lane& lane) {
        if (m_winner == nullptr) {
            m_winner = &lane;
            m_state.show(lane);
            (&lane == &m_first ? m_secondSlot : m_firstSlot).fire();
        }
        return m_winner == &lane;
    }
    bool won(const Lane& lane) const { return m_winner == &lane; }
    bool lost(const Lane& lane) const { return m_winner != nullptr && m_winner != &lane; }

    // The lane that was asked first.
    bool began(const Lane& lane) const { return &lane == &m_first; }
    // The first one gave no answer.
    void firstFailed() { m_firstFailed = true; }
    // A refusal on this lane is not the last word yet.
    bool waitsFor(const Lane& lane) const { return &lane == &m_second && !m_firstFailed; }
    // Nobody needs the second any more.
    void callOff() { m_secondSlot.fire(); }

  private:
    static void onEnd(void* self) {
        static_cast<Race*>(self)->m_firstSlot.fire();
        static_cast<Race*>(self)->m_secondSlot.fire();
    }

    ExchangeState& m_state;
    Lane& m_first;
    Lane& m_second;
    http::AbortSlot m_firstSlot;
    http::AbortSlot m_secondSlot;
    Lane* m_winner = nullptr;
    bool m_firstFailed = false;
    http::AbortScope m_end;  // last: it may fire at once
};

}  // namespace gr::gateway
