// SPDX-License-Identifier: MIT
#pragma once

#include <QtTest>
#include <functional>
#include <optional>
#include <string>

#include "base/job_thread.h"
#include "gateway/wakeup.h"
#include "http/client.h"
#include "http/server.h"
#include "support/io_loop.h"

namespace gr::test {

// An HTTP server and a client on the test's own thread. What is answered is a function's matter;
// where it gives nothing, the server hangs until the client leaves.
class Loopback final : private http::Handler {
  public:
    using Answer = std::function<std::optional<http::Reply>(const http::RequestHead& head,
                                                            std::string_view body)>;

    explicit Loopback(Answer answer)
        : m_answer(std::move(answer)),
          m_server(m_loop.io(), m_deadlines, *this, m_worker, {}),
          m_client(m_loop.io(), m_deadlines, {}) {
        auto sockets = http::ListeningSockets::bind("127.0.0.1", 0);
        if (!sockets)
            qFatal("no port");
        m_port = sockets->port;
        m_server.listen(*sockets);
    }
    ~Loopback() override {
        m_deadlines.stop();
        m_server.shutdown([] {});
        m_server.forceStop();
        m_loop.io().restart();
        m_loop.io().poll();
    }

    Url url(const std::string& path) const {
        return *Url::parse("http://127.0.0.1:" + std::to_string(m_port) + path);
    }
    IoLoop& loop() { return m_loop; }
    http::Client& client() { return m_client; }
    http::Deadlines& deadlines() { return m_deadlines; }

  private:
    std::optional<http::Reply> admit(const http::RequestHead&,
                                     std::shared_ptr<const void>&) override {
        return std::nullopt;
    }
    http::Awaitable<void> handle(http::Request& request, http::Responder responder) override {
        const auto reply = m_answer(request.head, request.body);
        if (reply) {
            co_await responder.send(reply->status, reply->headers, reply->body);
            co_return;
        }
        gateway::Wakeup wakeup(m_loop.executor());
        while (!responder.abort().fired())
            co_await wakeup.wait(responder.abort());
    }
    http::Reply refuse(const Error& error, const http::RequestHead*) override {
        return {errorInfo(error.code).status, {}, error.message.text};
    }

    Answer m_answer;
    IoLoop m_loop;
    http::Deadlines m_deadlines{m_loop.executor()};
    JobThread m_worker{"unpack", 4};
    http::Server m_server;
    http::Client m_client;
    std::uint16_t m_port = 0;
};

}  // namespace gr::test
