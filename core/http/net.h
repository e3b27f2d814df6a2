// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <utility>

// The few Asio types the road uses, bound to one executor type so that nothing is type-erased.
// Everything here belongs to one io thread.
namespace gr::http {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
using UseAwaitable = asio::use_awaitable_t<Executor>;
inline constexpr UseAwaitable kAwait{};

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;

// Lets one coroutine wait until something else on the same thread says so. A `set()` without a
// waiter is kept.
class Event final {
  public:
    explicit Event(Executor executor) : m_executor(std::move(executor)) {}
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() {
        if (m_waiter != nullptr)
            m_waiter->~Waiter();
    }

    // Resumes the waiter inside this call: the caller must be a handler of its own, with nothing
    // left to do.
    void set() {
        if (m_waiter == nullptr) {
            m_set = true;
            return;
        }
        std::exchange(m_waiter, nullptr)->resume();
    }
    const Executor& executor() const { return m_executor; }

    template <class Token>
    auto wait(Token token) {
        return asio::async_initiate<Token, void()>(
            [this](auto handler) {
                using Handler = decltype(handler);
                if (std::exchange(m_set, false)) {
                    asio::post(m_executor, std::move(handler));
                    return;
                }
                static_assert(sizeof(HandlerWaiter<Handler>) <= sizeof m_place);
                m_waiter = new (m_place) HandlerWaiter<Handler>(std::move(handler));
            },
            token);
    }

  private:
    struct Waiter {
        virtual ~Waiter() = default;
        virtual void resume() = 0;  // destroys the waiter
    };
    template <class Handler>
    struct HandlerWaiter final : Waiter {
        explicit HandlerWaiter(Handler h) : handler(std::move(h)) {}
        void resume() override {
            Handler moved = std::move(handler);
            this->~HandlerWaiter();
            std::move(moved)();
        }
        Handler handler;
    };

    Executor m_executor;
    Waiter* m_waiter = nullptr;
    bool m_set = false;
    alignas(std::max_align_t) std::byte m_place[64];
};

// What interrupts the work for one client: at most one thing is interruptible at a time. `fire()`
// may come at any moment; what is armed later is fired at once. `Action` must not resume coroutines
// directly (closing a socket or cancelling a timer posts their completion).
class AbortSlot final {
  public:
    using Action = void (*)(void* context);

    void arm(Action action, void* context) {
        m_action = action;
        m_context = context;
        if (m_fired)
            action(context);
    }
    void disarm() { m_action = nullptr; }
    void fire() {
        m_fired = true;
        if (m_action != nullptr)
            m_action(m_context);
    }
    bool fired() const { return m_fired; }

  private:
    Action m_action = nullptr;
    void* m_context = nullptr;
    bool m_fired = false;
};

// Arms a slot for the time of a scope.
class AbortScope final {
  public:
    AbortScope(AbortSlot& slot, AbortSlot::Action action, void* context) : m_slot(slot) {
        slot.arm(action, context);
    }
    ~AbortScope() { m_slot.disarm(); }
    AbortScope(const AbortScope&) = delete;
    AbortScope& operator=(const AbortScope&) = delete;

  private:
    AbortSlot& m_slot;
};

inline std::size_t totalSize(std::span<const asio::const_buffer> buffers) {
    std::size_t total = 0;
    for (const asio::const_buffer& buffer : buffers)
        total += buffer.size();
    return total;
}

// Writes without suspending as far as the kernel takes it. Gives the number of bytes taken; an
// error other than "would block" is in `error`. `socket` must be non-blocking.
std::size_t writeNow(Socket& socket, std::span<const asio::const_buffer> buffers,
                     error_code& error);

}  // namespace gr::http
