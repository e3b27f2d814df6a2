// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "http/net.h"

// What a server and whoever answers its requests agree on. Everything here lives in the io thread.
namespace gr::http {

struct ServerLimits {
    std::size_t maxConnections = 16'384;
    std::size_t maxBody = 64 * 1024 * 1024;            // bytes, decoded
    std::size_t maxBytesInFlight = 512 * 1024 * 1024;  // bodies of all connections of the thread
    Milliseconds headTimeout{15'000};                  // from the first byte of a head to its end
    Milliseconds bodyTimeout{30'000};                  // without a byte of the body
    Milliseconds idleTimeout{120'000};                 // between requests
    Milliseconds writeTimeout{60'000};                 // a client that takes nothing
};

struct Request {
    RequestHead head;
    std::string_view body;  // whole and decoded
    // What the handler found out when it admitted the request; its own business.
    std::shared_ptr<const void> admission;
};

// A ready answer.
struct Reply {
    int status = 200;
    HeaderLines headers;
    std::string body;
};

// The two ends of a connection, as getsockname(2) and getpeername(2) give them; family AF_UNSPEC
// when it is over.
struct SocketEnds {
    sockaddr_storage own{};
    sockaddr_storage other{};
};

class Connection;

// The way back to the client of one request. Lives in the io thread, for the time of `handle()`.
class Responder final {
  public:
    explicit Responder(Connection& connection) : m_connection(connection) {}

    // A whole answer. `headers` and `body` must live until this is done; `body` is not copied.
    Awaitable<void> send(int status, const HeaderLines& headers, std::string_view body);

    // A streamed answer: head once, then chunks, then `finish()`. Without `finish()` the connection
    // is cut, so that a broken stream never looks whole. The pieces of a chunk go out together.
    Awaitable<void> begin(int status, const HeaderLines& headers);
    Awaitable<void> chunk(std::span<const std::string_view> pieces);
    Awaitable<void> finish();

    bool begun() const;
    // The client hung up, or the server is stopping: see `stopping()`.
    AbortSlot& abort();
    bool clientGone() const;
    bool stopping() const;
    SocketEnds ends() const;
    // For the handler's use: null on a new connection, then what it was set to.
    const void*& mark();

  private:
    Connection& m_connection;
};

class Handler {
  public:
    virtual ~Handler() = default;
    // Looks at the head before the body is read: an answer refuses the request (and the connection
    // is closed when a body would have followed). May leave something in `admission`.
    virtual std::optional<Reply> admit(const RequestHead& head,
                                       std::shared_ptr<const void>& admission) = 0;
    // Answers an admitted request.
    virtual Awaitable<void> handle(Request& request, Responder responder) = 0;
    // The answer to a request that could not be read (400, 408, 413, 431, 501, 503).
    virtual Reply refuse(const Error& error, const RequestHead* head) = 0;
};

}  // namespace gr::http
