// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace gr::http {

// What the pools of all io threads did since the start. Any thread.
struct PoolCounts {
    std::atomic<std::uint64_t> opened{0};  // connections made
    std::atomic<std::uint64_t> reused{0};  // requests that went out on a kept one
    std::atomic<std::int64_t> idle{0};     // connections that wait for a request now
};

}  // namespace gr::http
