// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <optional>
#include <utility>

#include "http/net.h"

// An io thread for tests of coroutines: the test's own.
namespace gr::test {

class IoLoop final {
  public:
    http::asio::io_context& io() { return m_io; }
    http::Executor executor() { return m_io.get_executor(); }

    template <class T>
    void start(http::Awaitable<T> work) {
        http::asio::co_spawn(executor(), std::move(work), http::asio::detached);
    }

    // Runs `work` to its end and gives its value.
    template <class T>
    T get(http::Awaitable<T> work) {
        std::optional<T> value;
        start(keep(std::move(work), value));
        runUntil([&value] { return value.has_value(); });
        return std::move(*value);
    }

    template <class Condition>
    void runUntil(Condition holds) {
        while (!holds())
            m_io.run_one();
    }

  private:
    template <class T>
    static http::Awaitable<void> keep(http::Awaitable<T> work, std::optional<T>& value) {
        value.emplace(co_await std::move(work));
    }

    http::asio::io_context m_io{1};
    // Without it the context would stop for good whenever it has nothing to do.
    http::asio::executor_work_guard<http::Executor> m_work{m_io.get_executor()};
};

}  // namespace gr::test
