// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "http/client_connection.h"
#include "http/proxy.h"

namespace gr::http {

// Opens connections: resolves names, tries addresses of both families with a head start for each
// (RFC 8305), goes through a proxy where one is set (CONNECT with Basic authorization, SOCKS5 with
// user and password, RFC 1928 and 1929), and puts TLS on top. Lives in the io thread.
class Dialer final {
  public:
    Dialer(asio::io_context& io, Deadlines& deadlines, ProxyTable proxies, Milliseconds timeout);

    // Errors: ProviderUnreachable, ProviderTimeout, ProviderTls, Cancelled.
    Awaitable<Result<std::unique_ptr<ClientConnection>>> dial(const Origin& origin,
                                                              AbortSlot& abort);
    const ProxyTable& proxies() const { return m_proxies; }

  private:
    struct Attempt;
    Awaitable<Result<Socket>> connectTo(const std::string& host, std::uint16_t port,
                                        Attempt& attempt);
    Awaitable<Result<std::vector<Tcp::endpoint>>> resolve(const std::string& host,
                                                          std::uint16_t port, Attempt& attempt);
    Awaitable<Result<void>> tunnel(ClientConnection& connection, const Proxy& proxy);
    Awaitable<Result<void>> tunnelHttp(ClientConnection& connection, const Proxy& proxy);
    Awaitable<Result<void>> tunnelSocks(ClientConnection& connection, const Proxy& proxy);

    asio::io_context& m_io;
    Deadlines& m_deadlines;
    ProxyTable m_proxies;
    Milliseconds m_timeout;
    asio::ssl::context& tls();
    std::optional<asio::ssl::context> m_tls;  // made at first use: it reads all certificates
};

}  // namespace gr::http
