// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/job_thread.h"
#include "base/result.h"
#include "http/deadlines.h"
#include "http/handler.h"
#include "http/net.h"

// The serving half of HTTP/1.1: one listening socket, connections with keep-alive and pipelining,
// bounded in every direction. What is answered is the business of a `Handler`.
namespace gr::http {

// Bound sockets, before any thread runs: `address` and, for loopback, its twin in the other family,
// so that nobody else can stand there. No SO_REUSEPORT.
struct ListeningSockets {
    std::vector<int> descriptors;  // owned
    std::uint16_t port = 0;

    ListeningSockets() = default;
    ListeningSockets(ListeningSockets&& other) noexcept
        : descriptors(std::exchange(other.descriptors, {})), port(other.port) {}
    ListeningSockets& operator=(ListeningSockets&& other) noexcept;
    ~ListeningSockets();
    // Port 0 picks a free one. Errors: PortInUse, AddressUnavailable.
    static Result<ListeningSockets> bind(const std::string& address, std::uint16_t port);
};

class Server final {
  public:
    // Long work on bodies is done on `worker`, which must end before `io` goes.
    Server(asio::io_context& io, Deadlines& deadlines, Handler& handler, JobThread& worker,
           ServerLimits limits);
    ~Server();

    void listen(const ListeningSockets& sockets);  // duplicates the descriptors
    // Stops accepting, closes idle connections, fires the abort of busy ones. `onEmpty` is called
    // once no connection is left.
    void shutdown(std::function<void()> onEmpty);
    // After shutdown(): cuts what is still open. The io context must run on for a moment.
    void forceStop();
    // Lets go of blocks that are only kept so that the next body need not wait for new ones.
    void releaseSpare();
    std::size_t connections() const;
    std::size_t bytesInFlight() const;  // bytes

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::http
