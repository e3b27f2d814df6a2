// SPDX-License-Identifier: MIT
#include "http/dialer.h"

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <list>

#include "base/text.h"

namespace gr::http {
namespace {

using Resolver = asio::ip::basic_resolver<Tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
constexpr Milliseconds kHeadStart{250};  // RFC 8305, 5

// Several connections under way at once; the first that stands wins.
struct Race : std::enable_shared_from_this<Race> {
    explicit Race(Executor executor) : done(executor), headStart(executor) {}

    void start(const Tcp::endpoint& endpoint) {
        Socket& socket = sockets.emplace_back(done.executor());
        ++pending;
        socket.async_connect(endpoint, [self = shared_from_this(), &socket](error_code error) {
            --self->pending;
            if (!error && self->winner == nullptr)
                self->winner = &socket;
            else if (error && error != asio::error::operation_aborted)
                self->lastError = error;
            self->done.set();
        });
    }
    // Does not resume the waiter: the connects under way complete later, and do.
    void closeAll() {
        over = true;
        error_code ignored;
        for (Socket& socket : sockets)
            socket.close(ignored);
        headStart.cancel();
    }

    Event done;
    Timer headStart;
    std::list<Socket> sockets;
    Socket* winner = nullptr;
    error_code lastError;
    int pending = 0;
    bool headStartOver = false;
    bool over = false;
};

// IPv6 and IPv4 in turn, the resolver's order kept inside each.
std::vector<Tcp::endpoint> interleaved(const std::vector<Tcp::endpoint>& endpoints) {
    std::vector<Tcp::endpoint> six;
    std::vector<Tcp::endpoint> four;
    for (const auto& endpoint : endpoints)
        (endpoint.address().is_v6() ? six : four).push_back(endpoint);
    std::vector<Tcp::endpoint> out;
    for (std::size_t i = 0; i < std::max(six.size(), four.size()); ++i) {
        if (i < six.size())
            out.push_back(six[i]);
        if (i < four.size())
            out.push_back(four[i]);
    }
    return out;
}

// The type of an address and the address (RFC 1928, 5). Names are for the proxy to resolve; an
// address sent as a name is refused by some.
std::string socksAddress(const std::string& host) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) {
        const std::string name = host.substr(0, 255);
        return std::string("\x03") + static_cast<char>(name.size()) + name;
    }
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return "\x01" + std::string(bytes.begin(), bytes.end());
    }
    const auto bytes = address.to_v6().to_bytes();
    return "\x04" + std::string(bytes.begin(), bytes.end());
}

}  // namespace

// What can be interrupted while one connection is being opened.
struct Dialer::Attempt {
    explicit Attempt(Deadlines& deadlines)
        : deadline(
              deadlines,
              [](void* self) {
                  static_cast<Attempt*>(self)->timedOut = true;
                  static_cast<Attempt*>(self)->interrupt();
              },
              this) {}

    void interrupt() {
        if (resolver != nullptr)
            resolver->cancel();
        if (race)
            race->closeAll();
        if (connection)
            connection->close();
    }
    Failure failure(const Error& otherwise) const {
        if (cancelled)
            return fail(ErrorCode::Cancelled, "The client hung up.");
        if (timedOut)
            return fail(ErrorCode::ProviderTimeout,
                        target + " did not accept a connection in time.");
        return fail(otherwise);
    }

    std::string target;
    Deadline deadline;
    Resolver* resolver = nullptr;
    std::shared_ptr<Race> race;
    std::unique_ptr<ClientConnection> connection;
    bool timedOut = false;
    bool cancelled = false;
};

Dialer::Dialer(asio::io_context& io, Deadlines& deadlines, ProxyTable proxies, Milliseconds timeout)
    : m_io(io), m_deadlines(deadlines), m_proxies(std::move(proxies)), m_timeout(timeout) {}

asio::ssl::context& Dialer::tls() {
    if (!m_tls) {
        m_tls.emplace(asio::ssl::context::tls_client);
        m_tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                           asio::ssl::context::no_tlsv1_1);
        error_code ignored;
        m_tls->set_default_verify_paths(ignored);
        m_tls->set_verify_mode(asio::ssl::verify_peer, ignored);
    }
    return *m_tls;
}

Awaitable<Result<std::unique_ptr<ClientConnection>>> Dialer::dial(const Origin& origin,
                                                                  AbortSlot& abort) {
    using Dialed = Result<std::unique_ptr<ClientConnection>>;
    Attempt attempt(m_deadlines);
    attempt.target = origin.host;
    attempt.deadline.in(m_timeout);
    const AbortScope scope(
        abort,
        [](void* self) {
            static_cast<Attempt*>(self)->cancelled = true;
            static_cast<Attempt*>(self)->interrupt();
        },
        &attempt);

    const Proxy* proxy = m_proxies.forOrigin(origin);
    const std::string& host = proxy != nullptr ? proxy->host : origin.host;
    const std::uint16_t port = proxy != nullptr ? proxy->port : origin.port;
    Result<Socket> socket = co_await connectTo(host, port, attempt);
    if (!socket)
        co_return Dialed(attempt.failure(socket.error()));
    error_code ignored;
    socket->non_blocking(true, ignored);
    socket->set_option(Tcp::no_delay(true), ignored);
    attempt.connection =
        std::make_unique<ClientConnection>(m_deadlines, origin, std::move(*socket));
    // Plain http through an HTTP proxy needs no tunnel: the request names its target.
    if (proxy != nullptr && (origin.tls || proxy->kind == Proxy::Kind::Socks5)) {
        const Result<void> through = co_await tunnel(*attempt.connection, *proxy);
        if (!through)
            co_return Dialed(attempt.failure(through.error()));
    }
    if (origin.tls) {
        const Result<void> secured = co_await attempt.connection->startTls(tls());
        if (!secured)
            co_return Dialed(attempt.failure(secured.error()));
    }
    if (attempt.cancelled || attempt.timedOut)
        co_return Dialed(attempt.failure(Error(ErrorCode::Internal, "")));
    co_return Dialed(std::move(attempt.connection));
}

Awaitable<Result<std::vector<Tcp::endpoint>>> Dialer::resolve(const std::string& host,
                                                              std::uint16_t port,
                                                              Attempt& attempt) {
    using Endpoints = std::vector<Tcp::endpoint>;
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (!error)
        co_return Endpoints(1, Tcp::endpoint(address, port));
    if (isLoopbackHost(host)) {
        Endpoints both;
        both.emplace_back(asio::ip::address_v4::loopback(), port);
        both.emplace_back(asio::ip::address_v6::loopback(), port);
        co_return both;
    }
    Resolver resolver(m_io.get_executor());
    attempt.resolver = &resolver;
    const auto found = co_await resolver.async_resolve(host, std::to_string(port),
                                                       asio::redirect_error(kAwait, error));
    attempt.resolver = nullptr;
    if (error || found.empty()) {
        co_return fail(ErrorCode::ProviderUnreachable,
                       "The name " + host + " cannot be resolved; is this machine online?",
                       error.message());
    }
    Endpoints endpoints;
    for (const auto& entry : found)
        endpoints.push_back(entry.endpoint());
    co_return interleaved(endpoints);
}

Awaitable<Result<Socket>> Dialer::connectTo(const std::string& host, std::uint16_t port,
                                            Attempt& attempt) {
    const auto endpoints = co_await resolve(host, port, attempt);
    if (!endpoints)
        co_return fail(endpoints.error());
    const auto race = std::make_shared<Race>(m_io.get_executor());
    attempt.race = race;
    std::size_t next = 0;
    while (race->winner == nullptr && !race->over) {
        if (next < endpoints->size()) {
            race->start((*endpoints)[next++]);
            race->headStartOver = false;
            race->headStart.expires_after(kHeadStart);
            race->headStart.async_wait([race](error_code error) {
                if (!error) {
                    race->headStartOver = true;
                    race->done.set();
                }
            });
        } else if (race->pending == 0) {
            break;
        }
        const int before = race->pending;
        while (race->winner == nullptr && !race->over && race->pending == before &&
               !(race->headStartOver && next < endpoints->size()))
            co_await race->done.wait(kAwait);
    }
    race->headStart.cancel();
    attempt.race.reset();
    if (race->winner == nullptr || race->over) {
        co_return fail(ErrorCode::ProviderUnreachable, "No connection to " + host + " port " +
                                                           std::to_string(port) + ": " +
                                                           race->lastError.message() + ".");
    }
    Socket socket = std::move(*race->winner);
    error_code ignored;
    for (Socket& other : race->sockets)
        other.close(ignored);
    co_return Result<Socket>(std::move(socket));
}

Awaitable<Result<void>> Dialer::tunnel(ClientConnection& connection, const Proxy& proxy) {
    return proxy.kind == Proxy::Kind::Socks5 ? tunnelSocks(connection, proxy)
                                             : tunnelHttp(connection, proxy);
}

Awaitable<Result<void>> Dialer::tunnelHttp(ClientConnection& connection, const Proxy& proxy) {
    const std::string target = connection.origin().hostAndPort();
    std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy.user.empty())
        request +=
            "Proxy-Authorization: Basic " + toBase64(proxy.user + ":" + proxy.password) + "\r\n";
    request += "\r\n";
    const std::array<asio::const_buffer, 1> parts{asio::buffer(request)};
    error_code error;
    co_await connection.write(parts, error);
    ResponseHead head;
    while (!error) {
        co_await connection.read(error);
        const auto size = connection.parser.head(connection.input.view(), head);
        if (!size)
            co_return fail(ErrorCode::ProviderUnreachable,
                           "The proxy " + proxy.host + " does not answer in HTTP.");
        if (!*size)
            continue;
        connection.input.clear();
        connection.parser.reset();
        if (head.status / 100 == 2)
            co_return Result<void>();
        co_return fail(ErrorCode::ProviderUnreachable,
                       "The proxy " + proxy.host + " refused the connection to " + target +
                           " with status " + std::to_string(head.status) +
                           (head.status == 407 ? "; check its user and password." : "."));
    }
    co_return fail(ErrorCode::ProviderUnreachable,
                   "The proxy " + proxy.host + " closed the connection.", error.message());
}

Awaitable<Result<void>> Dialer::tunnelSocks(ClientConnection& connection, const Proxy& proxy) {
    const std::string who = "The SOCKS proxy " + proxy.host;
    error_code error;
    const auto exchange = [&connection, &error](std::string request,
                                                std::size_t answer) -> Awaitable<std::string> {
        const std::array<asio::const_buffer, 1> parts{asio::buffer(request)};
        co_await connection.write(parts, error);
        while (!error && connection.input.size() < answer)
            co_await connection.read(error);
        std::string bytes(connection.input.view().substr(0, answer));
        connection.input.consume(bytes.size());
        co_return bytes;
    };

    const bool login = !proxy.user.empty();
    std::string greeting =
        login ? std::string("\x05\x02\x00\x02", 4) : std::string("\x05\x01\x00", 3);
    std::string reply = co_await exchange(std::move(greeting), 2);
    if (reply.size() < 2 || reply[0] != 5 || (reply[1] != 0 && !(login && reply[1] == 2))) {
        co_return fail(ErrorCode::ProviderUnreachable,
                       who + " did not accept this way of logging in.", error.message());
    }
    if (reply[1] == 2) {
        std::string credentials("\x01", 1);
        credentials += static_cast<char>(std::min<std::size_t>(proxy.user.size(), 255));
        credentials += proxy.user.substr(0, 255);
        credentials += static_cast<char>(std::min<std::size_t>(proxy.password.size(), 255));
        credentials += proxy.password.substr(0, 255);
        reply = co_await exchange(std::move(credentials), 2);
        if (reply.size() < 2 || reply[1] != 0)
            co_return fail(ErrorCode::ProviderUnreachable,
                           who + " refused the user name or password.", error.message());
    }
    const Origin& origin = connection.origin();
    std::string connect("\x05\x01\x00", 3);
    connect += socksAddress(origin.host);
    connect += static_cast<char>(origin.port >> 8);
    connect += static_cast<char>(origin.port & 255);
    reply = co_await exchange(std::move(connect), 5);
    if (reply.size() < 5 || reply[1] != 0) {
        co_return fail(ErrorCode::ProviderUnreachable,
                       who + " could not reach " + origin.host + ".", error.message());
    }
    const std::size_t bound = reply[3] == 1   ? 4
                              : reply[3] == 4 ? 16
                                              : 1 + static_cast<unsigned char>(reply[4]);
    // The bound address is of no use here: read it away; its first byte came with the reply.
    reply = co_await exchange(std::string(), bound - 1 + 2);
    if (error)
        co_return fail(ErrorCode::ProviderUnreachable, who + " closed the connection.",
                       error.message());
    co_return Result<void>();
}

}  // namespace gr::http
