// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "http/buffer.h"
#include "http/deadlines.h"
#include "http/net.h"
#include "http/origin.h"
#include "http/parser.h"

namespace gr::http {

// One connection to a provider, plain or TLS. Lives in the io thread; owned by the pool or by the
// answer that uses it.
class ClientConnection final {
  public:
    using TlsStream = asio::ssl::stream<Socket>;

    ClientConnection(Deadlines& deadlines, Origin origin, Socket socket);

    // Puts TLS over the socket: SNI, host name checked, ALPN http/1.1. ProviderTls.
    Awaitable<Result<void>> startTls(asio::ssl::context& context);

    Awaitable<void> write(std::span<const asio::const_buffer> buffers, error_code& error);
    // What the socket takes at once: the number of bytes. Nothing over TLS, which packs it first.
    std::size_t writeSome(std::span<const asio::const_buffer> buffers, error_code& error);
    // Everything behind the first `sent` bytes, of which there is some.
    Awaitable<void> writeRest(std::span<const asio::const_buffer> buffers, std::size_t sent,
                              error_code& error);
    // Appends to `input`; `error` is set at the end of the stream too.
    Awaitable<void> read(error_code& error);

    // False when the other side closed a connection that lay in the pool.
    bool aliveWhileIdle();
    void close();

    Socket& socket() { return m_tls ? m_tls->next_layer() : *m_plain; }
    Deadline& deadline() { return m_deadline; }
    const Origin& origin() const { return m_origin; }
    bool timedOut() const { return m_timedOut; }

    ByteBuffer input;
    ResponseParser parser;
    ResponseHead head;  // of the answer being read; kept for its memory
    bool reused = false;

  private:
    Awaitable<void> writeTls(std::span<const asio::const_buffer> buffers, error_code& error);

    Origin m_origin;
    std::optional<Socket> m_plain;
    std::unique_ptr<TlsStream> m_tls;
    Deadline m_deadline;
    bool m_timedOut = false;
};

}  // namespace gr::http
