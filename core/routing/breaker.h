// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace gr::routing {

// The circuit breaker of one thing that may fail. Closed: all may come in. Open, after failures:
// nobody may until its rest is over; then one at a time may try (a probe), and the first that
// succeeds closes it. What was under way before it opened or closed says nothing more. Pure: time
// and chance come in as values; no lock of its own.
class Breaker final {
  public:
    // Who came in, to be given back with what became of it, once.
    struct Pass {
        std::uint32_t epoch = 0;
        bool probe = false;
    };

    // Whether `enter` is allowed. `lastResort`: the caller has nowhere else to go, and need not
    // wait for the whole rest, but for its turn, and a second from one failed probe to the next.
    bool admits(SteadyTime now, bool lastResort) const;
    Pass enter();
    Pass pastIt() const { return {m_epoch - 1, false}; }  // comes in unasked, and teaches nothing
    // Where it admits nobody: from when on it may. While a probe is under way nobody knows: now.
    SteadyTime freeAt(SteadyTime now, bool lastResort) const;

    void succeeded(Pass pass, SteadyTime now);
    // `chance`: from 0 to below 1. `asked`: so long was asked to be left alone, which opens it at
    // once; `atOnce` does so too.
    void failed(Pass pass, SteadyTime now, double chance, std::optional<Milliseconds> asked = {},
                bool atOnce = false);
    void abandoned(Pass pass);  // nothing was learnt

    bool open() const { return m_open; }
    SteadyTime until() const { return m_until; }  // of the rest, while open

  private:
    void rest(SteadyTime now, double chance, std::optional<Milliseconds> asked);
    void fade(SteadyTime now);

    bool m_open = false;
    bool m_probing = false;
    std::uint32_t m_epoch = 0;
    unsigned m_inARow = 0;
    double m_bad = 0;  // fading counts
    double m_good = 0;
    SteadyTime m_fadedAt{};
    unsigned m_level = 0;  // the rest doubles with each
    SteadyTime m_until{};
    SteadyTime m_earliest{};  // for who has nowhere else to go
    SteadyTime m_closedAt{};
};

}  // namespace gr::routing
