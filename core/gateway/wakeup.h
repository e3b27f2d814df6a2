// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "http/net.h"

namespace gr::gateway {

// A coroutine of an io thread waits for a call from any thread:
//     while (!(answer = desk.take()) && !abort.fired())
//         co_await wakeup.wait(abort, until);
class Wakeup final {
  public:
    explicit Wakeup(http::Executor io) : m_timer(std::make_shared<Timer>(std::move(io))) {}

    // Ends the wait. To be called from any thread, also when this is gone.
    std::function<void()> caller() const {
        return [timer = m_timer] {
            http::asio::post(timer->get_executor(), [timer] { timer->cancel(); });
        };
    }

    // Returns when it is called, when `abort` fires, or at `until`.
    http::Awaitable<void> wait(http::AbortSlot& abort, SteadyTime until = SteadyTime::max()) {
        const http::AbortScope scope(
            abort, [](void* t) { static_cast<Timer*>(t)->cancel(); }, m_timer.get());
        m_timer->expires_at(until);
        http::error_code error;
        co_await m_timer->async_wait(http::asio::redirect_error(http::kAwait, error));
    }

    // Returns after `delay`, or when `abort` fires; calls may shorten it.
    http::Awaitable<void> pause(http::AbortSlot& abort, Milliseconds delay) {
        co_await wait(abort, std::chrono::steady_clock::now() + delay);
    }

  private:
    using Timer =
        http::asio::basic_waitable_timer<std::chrono::steady_clock,
                                         http::asio::wait_traits<std::chrono::steady_clock>,
                                         http::Executor>;

    std::shared_ptr<Timer> m_timer;
};

}  // namespace gr::gateway
