// SPDX-License-Identifier: MIT
#pragma once

#include "http/deadlines.h"
#include "http/net.h"

namespace gr::gateway {

// Ends one call when the whole request ends, and also when its patience is over. Lives in the io
// thread; both that it is made of outlive it.
class Cutoff final {
  public:
    Cutoff(http::Deadlines& deadlines, http::AbortSlot& request)
        : m_request(request), m_patience(deadlines, &Cutoff::onLate, this) {}
    Cutoff(const Cutoff&) = delete;
    Cutoff& operator=(const Cutoff&) = delete;

    void in(Milliseconds patience) { m_patience.in(patience); }
    void clear() { m_patience.clear(); }
    // The patience was over, and that alone ended the call.
    bool late() const { return m_late && !m_request.fired(); }

    // What the call watches while a Watch lives.
    http::AbortSlot& slot() { return m_slot; }
    class Watch final {
      public:
        explicit Watch(Cutoff& cutoff) : m_scope(cutoff.m_request, &Cutoff::onEnd, &cutoff) {}

      private:
        http::AbortScope m_scope;
    };

  private:
    static void onEnd(void* self) { static_cast<Cutoff*>(self)->m_slot.fire(); }
    static void onLate(void* self) {
        static_cast<Cutoff*>(self)->m_late = true;
        onEnd(self);
    }

    http::AbortSlot& m_request;
    http::AbortSlot m_slot;
    http::Deadline m_patience;
    bool m_late = false;
};

}  // namespace gr::gateway
