// SPDX-License-Identifier: MIT
#include "http/server.h"

#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <list>
#include <unordered_map>

#include "base/log.h"
#include "http/connection.h"

namespace gr::http {

using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Server::Impl final {
  public:
    Impl(asio::io_context& io, Deadlines& deadlines, Handler& handler, JobThread& worker,
         ServerLimits limits)
        : m_shared{io, deadlines, handler, worker, limits, {}, 0, false} {}

    void listen(const ListeningSockets& sockets) {
        for (const int fd : sockets.descriptors) {
            const int own = ::dup(fd);
            auto& acceptor = m_acceptors.emplace_back(m_shared.io.get_executor());
            sockaddr_storage name{};
            socklen_t size = sizeof name;
            ::getsockname(own, reinterpret_cast<sockaddr*>(&name), &size);
            acceptor.assign(name.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4(), own);
        }
        for (Acceptor& acceptor : m_acceptors)
            asio::co_spawn(m_shared.io.get_executor(), accept(acceptor), asio::detached);
    }

    void shutdown(std::function<void()> onEmpty) {
        m_shared.stopping = true;
        m_onEmpty = std::move(onEmpty);
        for (Acceptor& acceptor : m_acceptors) {
            error_code ignored;
            acceptor.close(ignored);
        }
        // stop() may end a connection, which takes it off the list.
        std::vector<std::shared_ptr<Connection>> all;
        for (auto& weak : m_connections) {
            if (auto connection = weak.second.lock())
                all.push_back(std::move(connection));
        }
        for (const auto& connection : all)
            connection->stop();
        tellIfEmpty();
    }

    void forceStop() {
        for (auto& [key, weak] : m_connections) {
            if (const auto connection = weak.lock())
                connection->forceStop();
        }
    }

    void releaseSpare() { m_shared.bodies.clear(); }
    std::size_t connections() const { return m_connections.size(); }
    std::size_t bytesInFlight() const { return m_shared.bytesInFlight; }

  private:
    Awaitable<void> accept(Acceptor& acceptor) {
        while (!m_shared.stopping) {
            error_code error;
            Socket socket = co_await acceptor.async_accept(asio::redirect_error(kAwait, error));
            if (m_shared.stopping || error == asio::error::operation_aborted)
                break;
            if (error) {
                // Out of descriptors, most likely: those in use will be given back.
                log::write(LogLevel::Warning, "accept.failed", {{"why", error.message()}});
                Timer pause(m_shared.io.get_executor());
                pause.expires_after(Milliseconds(100));
                co_await pause.async_wait(asio::redirect_error(kAwait, error));
                continue;
            }
            if (m_connections.size() >= m_shared.limits.maxConnections) {
                turnAway(std::move(socket));
                continue;
            }
            error_code ignored;
            socket.non_blocking(true, ignored);
            socket.set_option(Tcp::no_delay(true), ignored);
            serve(std::make_shared<Connection>(m_shared, std::move(socket)));
        }
    }

    void turnAway(Socket socket) {
        const Reply reply = m_shared.handler.refuse(
            Error(ErrorCode::Overloaded, "Too many connections; close some and try again."),
            nullptr);
        std::string text;
        writeResponseHead(text, reply.status, reply.headers, BodyFraming::Length, reply.body.size(),
                          false);
        text += reply.body;
        error_code ignored;
        socket.non_blocking(true, ignored);
        const asio::const_buffer buffer = asio::buffer(text);
        writeNow(socket, std::span(&buffer, 1), ignored);
    }

    void serve(const std::shared_ptr<Connection>& connection) {
        Connection* key = connection.get();
        m_connections.emplace(key, connection);
        asio::co_spawn(m_shared.io.get_executor(), connection->run(),
                       [this, key](const std::exception_ptr&) {
                           m_connections.erase(key);
                           tellIfEmpty();
                       });
    }

    void tellIfEmpty() {
        if (m_shared.stopping && m_connections.empty() && m_onEmpty)
            std::exchange(m_onEmpty, nullptr)();
    }

    ServerShared m_shared;
    std::list<Acceptor> m_acceptors;
    std::unordered_map<Connection*, std::weak_ptr<Connection>> m_connections;
    std::function<void()> m_onEmpty;
};

Server::Server(asio::io_context& io, Deadlines& deadlines, Handler& handler, JobThread& worker,
               ServerLimits limits)
    : m_impl(std::make_unique<Impl>(io, deadlines, handler, worker, limits)) {}

Server::~Server() = default;

void Server::listen(const ListeningSockets& sockets) {
    m_impl->listen(sockets);
}

void Server::shutdown(std::function<void()> onEmpty) {
    m_impl->shutdown(std::move(onEmpty));
}

void Server::forceStop() {
    m_impl->forceStop();
}

void Server::releaseSpare() {
    m_impl->releaseSpare();
}

std::size_t Server::connections() const {
    return m_impl->connections();
}

std::size_t Server::bytesInFlight() const {
    return m_impl->bytesInFlight();
}

}  // namespace gr::http
