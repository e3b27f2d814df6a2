// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

namespace gr {

using Milliseconds = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// Milliseconds since 1970 in UTC: what records hold.
struct UnixMs {
    std::int64_t value = 0;
    friend constexpr auto operator<=>(UnixMs, UnixMs) = default;
};

// Time comes in from outside, so that tests can set it. Any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual UnixMs now() const = 0;
    virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
  public:
    UnixMs now() const override {
        return {std::chrono::duration_cast<Milliseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count()};
    }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace gr
