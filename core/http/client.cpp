// SPDX-License-Identifier: MIT
#include "http/client.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.h"
#include "http/client_connection.h"
#include "http/dialer.h"

namespace gr::http {
namespace {

constexpr std::size_t kMostIdle = 512;  // per origin
constexpr int kMostInterim = 16;        // 1xx answers before the real one

void closeConnection(void* connection) {
    static_cast<ClientConnection*>(connection)->close();
}

Failure broken(const ClientConnection& connection, const AbortSlot& abort, error_code error) {
    if (abort.fired())
        return fail(ErrorCode::Cancelled, "The client hung up.");
    const std::string& host = connection.origin().host;
    if (connection.timedOut())
        return fail(ErrorCode::ProviderTimeout, host + " was silent for too long.");
    return fail(ErrorCode::ProviderUnreachable, host + " closed the connection.", error.message());
}

}  // namespace

class Client::Impl final {
  public:
    Impl(asio::io_context& io, Deadlines& deadlines, ProxyTable proxies, ClientTimes t,
         PoolCounts* shared)
        : times(t),
          dialer(io, deadlines, std::move(proxies), t.connect),
          counts(shared != nullptr ? *shared : own) {}
    ~Impl() {
        for (const auto& [origin, stack] : idle)
            left(stack.size());
    }

    // So many connections are not idle any more.
    void left(std::size_t connections) {
        counts.idle.fetch_sub(static_cast<std::int64_t>(connections), std::memory_order_relaxed);
    }

    // The youngest idle connection that still stands.
    std::unique_ptr<ClientConnection> takeIdle(const Origin& origin) {
        const auto it = idle.find(origin);
        if (it == idle.end())
            return nullptr;
        auto& stack = it->second;
        while (!stack.empty()) {
            auto connection = std::move(stack.back());
            stack.pop_back();
            left(1);
            connection->deadline().clear();
            if (!connection->timedOut() && connection->aliveWhileIdle()) {
                connection->reused = true;
                counts.reused.fetch_add(1, std::memory_order_relaxed);
                return connection;
            }
        }
        return nullptr;
    }

    void give(std::unique_ptr<ClientConnection> connection) {
        auto& stack = idle[connection->origin()];
        if (stack.size() >= kMostIdle)
            return;
        connection->input.compact();
        connection->deadline().in(times.keep);
        stack.push_back(std::move(connection));
        counts.idle.fetch_add(1, std::memory_order_relaxed);
        prune(stack);
    }

    // The oldest lie at the bottom: their time ended first.
    void prune(std::vector<std::unique_ptr<ClientConnection>>& stack) {
        const auto firstYoung =
            std::find_if(stack.begin(), stack.end(), [](const auto& c) { return !c->timedOut(); });
        left(static_cast<std::size_t>(firstYoung - stack.begin()));
        stack.erase(stack.begin(), firstYoung);
    }

    Awaitable<Result<bool>> ask(ClientConnection& connection,
                                std::span<const asio::const_buffer> request, AbortSlot& abort);

    ClientTimes times;
    Dialer dialer;
    PoolCounts own;  // where nobody asks
    PoolCounts& counts;
    std::map<Origin, std::vector<std::unique_ptr<ClientConnection>>> idle;
};

Client::Client(asio::io_context& io, Deadlines& deadlines, ProxyTable proxies, ClientTimes times,
               PoolCounts* counts)
    : m_impl(std::make_unique<Impl>(io, deadlines, std::move(proxies), times, counts)) {}

Client::~Client() = default;

Client::Route Client::route(const Origin& origin) const {
    const Proxy* proxy = m_impl->dialer.proxies().forOrigin(origin);
    if (proxy == nullptr || origin.tls || proxy->kind != Proxy::Kind::Http)
        return {};
    Route route;
    route.targetPrefix = "http://" + origin.hostHeader();
    if (!proxy->user.empty())
        route.extraLines =
            "Proxy-Authorization: Basic " + toBase64(proxy->user + ":" + proxy->password) + "\r\n";
    return route;
}

// Sends the request and reads the head. False when a kept connection turned out to be closed: then
// nothing of an answer was seen and the request may go out again.
Awaitable<Result<bool>> Client::Impl::ask(ClientConnection& connection,
                                          std::span<const asio::const_buffer> request,
                                          AbortSlot& abort) {
    ResponseHead& head = connection.head;
    const AbortScope scope(abort, closeConnection, &connection);
    connection.parser.reset();
    connection.deadline().in(times.head);
    error_code writeError;
    // Most requests go out at once, without a coroutine of their own.
    const std::size_t sent = connection.writeSome(request, writeError);
    if (!writeError && sent < totalSize(request))
        co_await connection.writeRest(request, sent, writeError);
    // A provider may answer before it has read everything and close: look for that answer.
    int interim = 0;
    for (;;) {
        error_code error;
        co_await connection.read(error);
        if (error && connection.input.empty()) {
            if (connection.reused && !abort.fired() && !connection.timedOut())
                co_return false;
            co_return broken(connection, abort, writeError ? writeError : error);
        }
        if (error)
            co_return broken(connection, abort, error);
        for (;;) {
            const auto size = connection.parser.head(connection.input.view(), head);
            if (!size)
                co_return fail(size.error());
            if (!*size)
                break;
            connection.input.consume(**size);
            if (head.status >= 200 && !writeError)
                co_return true;
            if (head.status >= 200) {
                head.keepAlive = false;  // the request was not taken whole
                co_return true;
            }
            if (head.status == 101 || ++interim > kMostInterim)
                co_return fail(ErrorCode::ProviderAnswerInvalid,
                               connection.origin().host + " answered with interim heads only.");
            connection.parser.reset();
        }
    }
}

Awaitable<Result<std::unique_ptr<Answer>>> Client::send(const Origin& origin,
                                                        std::span<const asio::const_buffer> request,
                                                        AbortSlot& abort, bool* dispatched) {
    using Sent = Result<std::unique_ptr<Answer>>;
    auto connection = m_impl->takeIdle(origin);
    for (;;) {
        if (!connection) {
            auto dialed = co_await m_impl->dialer.dial(origin, abort);
            if (!dialed)
                co_return Sent(fail(dialed.error()));
            connection = std::move(*dialed);
            m_impl->counts.opened.fetch_add(1, std::memory_order_relaxed);
        }
        auto answer = std::make_unique<Answer>(*this, std::move(connection));
        if (dispatched != nullptr)
            *dispatched = true;
        const Result<bool> asked = co_await m_impl->ask(*answer->m_connection, request, abort);
        if (!asked)
            co_return Sent(fail(asked.error()));
        if (*asked)
            co_return Sent(std::move(answer));
        // The pool was stale: all of it, most likely. A fresh connection settles it.
        if (const auto stale = m_impl->idle.find(origin); stale != m_impl->idle.end()) {
            m_impl->left(stale->second.size());
            m_impl->idle.erase(stale);
        }
    }
}

std::size_t Client::closeOld() {
    std::size_t left = 0;
    for (auto& [origin, stack] : m_impl->idle) {
        m_impl->prune(stack);
        left += stack.size();
    }
    return left;
}

Answer::Answer(Client& client, std::unique_ptr<ClientConnection> connection)
    : head(connection->head), m_client(client), m_connection(std::move(connection)) {}

Answer::~Answer() {
    if (m_complete && head.keepAlive && m_connection->input.empty() && !m_connection->timedOut())
        m_client.m_impl->give(std::move(m_connection));
}

Awaitable<Result<bool>> Answer::read(const BodySink& sink, AbortSlot& abort) {
    ClientConnection& connection = *m_connection;
    const AbortScope scope(abort, closeConnection, &connection);
    for (;;) {
        // What came with the head, or is left of the last read, first.
        const auto step = connection.parser.body(connection.input.view(), sink);
        if (!step)
            co_return fail(step.error());
        connection.input.consume(step->consumed);
        m_complete = step->done;
        if (step->done || step->consumed > 0) {
            connection.deadline().clear();
            co_return m_complete;
        }
        connection.deadline().in(m_client.m_impl->times.idle);
        error_code error;
        co_await connection.read(error);
        if (!error)
            continue;
        if (error == asio::error::eof && connection.parser.endsWithConnection() &&
            !connection.timedOut() && !abort.fired())
            co_return true;  // not kept: the connection is over
        co_return broken(connection, abort, error);
    }
}

}  // namespace gr::http
