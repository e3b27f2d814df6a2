// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "http/deadlines.h"
#include "http/message.h"
#include "http/net.h"
#include "http/origin.h"
#include "http/parser.h"
#include "http/pool_counts.h"
#include "http/proxy.h"

// The asking half of HTTP/1.1: a pool of kept-alive connections per origin, TLS checked against the
// system's certificates, proxies, and answers that are read piece by piece.
namespace gr::http {

struct ClientTimes {
    Milliseconds connect{10'000};  // names, connection, proxy and TLS together
    Milliseconds head{600'000};    // from the request to the answer's head: models think
    Milliseconds idle{300'000};    // between two pieces of the answer
    Milliseconds keep{55'000};     // an unused connection in the pool
};

class ClientConnection;
class Client;

// An answer whose head has arrived. Its connection goes back to the pool when the body was read to
// its end, and is closed otherwise. Lives in the io thread; must not outlive its client.
class Answer final {
  public:
    Answer(Client& client, std::unique_ptr<ClientConnection> connection);
    ~Answer();

    const ResponseHead& head;

    // Waits for the next bytes of the body and hands them to `sink` as they are decoded; true once
    // the body is complete. Errors: ProviderUnreachable (cut), ProviderTimeout,
    // ProviderAnswerInvalid, Cancelled (the abort slot fired).
    Awaitable<Result<bool>> read(const BodySink& sink, AbortSlot& abort);

  private:
    friend class Client;
    Client& m_client;
    std::unique_ptr<ClientConnection> m_connection;
    bool m_complete = false;
};

class Client final {
  public:
    // `counts` (may be null) outlives it.
    Client(asio::io_context& io, Deadlines& deadlines, ProxyTable proxies, ClientTimes times = {},
           PoolCounts* counts = nullptr);
    ~Client();

    // How the request line and head to `origin` must be written: `targetPrefix` stands before the
    // path (for plain http through a proxy), `extraLines` among the header lines.
    struct Route {
        std::string targetPrefix;
        std::string extraLines;
    };
    Route route(const Origin& origin) const;

    // Sends one whole request (head and body, not copied; at most 16 buffers) and waits for the
    // answer's head. A kept-alive connection that turns out closed before its first byte is
    // replaced once by a new one. `abort` ends it at any point. `dispatched` (may be null) becomes
    // true once a byte of the request may have left. Errors: ProviderUnreachable, ProviderTimeout,
    // ProviderTls, ProviderAnswerInvalid, Cancelled.
    Awaitable<Result<std::unique_ptr<Answer>>> send(const Origin& origin,
                                                    std::span<const asio::const_buffer> request,
                                                    AbortSlot& abort, bool* dispatched = nullptr);

    // Closes connections whose time in the pool is over; gives the number of those that are left.
    std::size_t closeOld();

  private:
    friend class Answer;
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::http
