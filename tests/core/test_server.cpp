// SPDX-License-Identifier: MIT
// Packed bodies on the server: what is long is unpacked elsewhere, bounded, and given up when the
// client leaves. The thread it happens on is held where the order of things matters.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest>
#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <optional>
#include <thread>

#include "http/server.h"
#include "support/busy.h"
#include "support/gzip.h"

using namespace gr;
using gr::test::Busy;
using gr::test::gzipped;

namespace {

// Answers with the length of the body; errors with their slug.
class Lengths final : public http::Handler {
  public:
    std::optional<http::Reply> admit(const http::RequestHead&,
                                     std::shared_ptr<const void>&) override {
        return std::nullopt;
    }
    http::Awaitable<void> handle(http::Request& request, http::Responder responder) override {
        ++handled;
        const std::string text = std::to_string(request.body.size());
        const http::HeaderLines headers;
        co_await responder.send(200, headers, text);
    }
    http::Reply refuse(const Error& error, const http::RequestHead*) override {
        return {errorInfo(error.code).status, {}, std::string(errorInfo(error.code).slug)};
    }

    std::atomic<int> handled = 0;
};

// A server on a thread of its own.
class Rig final {
  public:
    explicit Rig(http::ServerLimits limits = {})
        : m_server(m_io, m_deadlines, handler, worker, limits) {
        auto sockets = http::ListeningSockets::bind("127.0.0.1", 0);
        if (!sockets)
            qFatal("no port");
        port = sockets->port;
        m_server.listen(*sockets);
        m_thread = std::jthread([this] {
            const auto work = http::asio::make_work_guard(m_io);
            m_io.run();
        });
    }
    ~Rig() {
        std::promise<void> empty;
        http::asio::post(m_io, [&] {
            m_server.shutdown([&empty] { empty.set_value(); });
            m_server.forceStop();
        });
        empty.get_future().wait();
        m_io.stop();
        m_thread.join();
        // What was cancelled still holds its connection, which goes before the server does.
        m_io.restart();
        m_io.poll();
    }

    // Asked on the server's thread.
    std::size_t bytesInFlight() {
        std::promise<std::size_t> bytes;
        http::asio::post(m_io, [this, &bytes] { bytes.set_value(m_server.bytesInFlight()); });
        return bytes.get_future().get();
    }

    Lengths handler;
    std::uint16_t port = 0;

  private:
    http::asio::io_context m_io{1};
    http::Deadlines m_deadlines{m_io.get_executor()};

  public:
    JobThread worker{"unpack", 2};

  private:
    http::Server m_server;
    std::jthread m_thread;
};

class Connection final {
  public:
    explicit Connection(const Rig& rig) : m_fd(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(rig.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(m_fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            qFatal("no connection");
    }
    ~Connection() { close(); }
    void close() {
        if (m_fd >= 0)
            ::close(std::exchange(m_fd, -1));
    }

    Connection& post(const std::string& body, bool packed = true) {
        const std::string bytes =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
            (packed ? "\r\nContent-Encoding: gzip\r\n\r\n" : "\r\n\r\n") + body;
        for (std::size_t sent = 0; sent < bytes.size();) {
            const ssize_t count =
                ::send(m_fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (count <= 0)
                break;
            sent += static_cast<std::size_t>(count);
        }
        return *this;
    }
    // "200 5": status and body of the next answer.
    std::string answer() {
        std::string text;
        while (!whole(text)) {
            pollfd ready{m_fd, POLLIN, 0};
            char bytes[4096];
            if (::poll(&ready, 1, 30'000) != 1)
                return "nothing in 30 s";
            const ssize_t count = ::recv(m_fd, bytes, sizeof bytes, 0);
            if (count <= 0)
                return "closed";
            text.append(bytes, static_cast<std::size_t>(count));
        }
        return text.substr(9, 3) + " " + text.substr(text.find("\r\n\r\n") + 4);
    }

  private:
    static bool whole(const std::string& text) {
        const auto end = text.find("\r\n\r\n");
        const auto at = text.find("Content-Length: ");
        return end != std::string::npos && at != std::string::npos &&
               text.size() >= end + 4 + std::stoul(text.substr(at + 16));
    }
    int m_fd;
};

const std::string& large() {
    static const std::string packed = gzipped(std::string(5'000'000, 'a'));
    return packed;
}

}  // namespace

class TestServer final : public QObject {
    Q_OBJECT

  private slots:
    void bodiesOfEverySizeAreUnpacked() {
        Rig rig;
        Connection client(rig);
        for (const std::size_t size :
             {0UL, 1UL, 131'071UL, 131'072UL, 131'073UL, 655'360UL, 655'361UL, 20'000'000UL}) {
            const std::string packed = gzipped(std::string(size, 'x'));
            QCOMPARE(client.post(packed).answer(), "200 " + std::to_string(size));
        }
        QCOMPARE(rig.bytesInFlight(), std::size_t(0));
    }

    void othersDoNotWait() {
        Rig rig;
        Busy busy(rig.worker);
        Connection first(rig);
        first.post(large());
        Connection second(rig);
        QCOMPARE(second.post("four", false).answer(), std::string("200 4"));
        // Small ones need no other thread.
        QCOMPARE(second.post(gzipped(std::string(100'000, 'b'))).answer(),
                 std::string("200 100000"));
        QCOMPARE(rig.handler.handled.load(), 2);
        busy.end();
        QCOMPARE(first.answer(), std::string("200 5000000"));
    }

    void whoLeavesIsNotUnpackedFor() {
        Rig rig;
        Busy busy(rig.worker);
        {
            Connection client(rig);
            client.post(large());
            QTRY_VERIFY(rig.bytesInFlight() > large().size());
        }
        busy.end();
        QTRY_COMPARE(rig.bytesInFlight(), std::size_t(0));
        QCOMPARE(rig.handler.handled.load(), 0);
    }

    void tooManyAtOnceAreRefused() {
        Rig rig;
        Busy busy(rig.worker);
        Connection first(rig);
        Connection second(rig);
        first.post(large());
        second.post(large());
        QTRY_VERIFY(rig.bytesInFlight() >= 2 * (large().size() + 640 * 1024));
        Connection third(rig);
        QCOMPARE(third.post(large()).answer(), std::string("503 overloaded"));
        busy.end();
        QCOMPARE(first.answer(), std::string("200 5000000"));
        QCOMPARE(second.answer(), std::string("200 5000000"));
    }

    // A body counts with what it has become so far, not only when it is whole.
    void theBoundHoldsWhileABodyGrows() {
        http::ServerLimits limits;
        limits.maxBytesInFlight = 2'000'000;
        Rig rig(limits);
        Connection client(rig);
        QCOMPARE(client.post(large()).answer(), std::string("503 overloaded"));
        QTRY_COMPARE(rig.bytesInFlight(), std::size_t(0));

        Busy busy(rig.worker);
        Connection growing(rig);
        growing.post(gzipped(std::string(1'000'000, 'c')));
        QTRY_VERIFY(rig.bytesInFlight() > 600'000);
        Connection other(rig);
        QCOMPARE(other.post(std::string(1'900'000, 'd'), false).answer(),
                 std::string("503 overloaded"));
        busy.end();
        QCOMPARE(growing.answer(), std::string("200 1000000"));
        Connection later(rig);
        QCOMPARE(later.post(std::string(1'900'000, 'd'), false).answer(),
                 std::string("200 1900000"));
    }

    void whatIsDamagedBehindTheBeginningIsRefused() {
        Rig rig;
        std::string cut = gzipped(std::string(5'000'000, 'a'));
        cut.resize(cut.size() - 6);
        QCOMPARE(Connection(rig).post(cut).answer(), std::string("400 bad_request"));
        http::ServerLimits limits;
        limits.maxBody = 1'000'000;
        Rig small(limits);
        QCOMPARE(Connection(small).post(large()).answer(), std::string("413 body_too_large"));
    }

    void stoppingDoesNotWaitForBodies() {
        std::optional<Rig> rig(std::in_place);
        Busy busy(rig->worker);
        Connection client(*rig);
        client.post(large());
        QTRY_VERIFY(rig->bytesInFlight() > large().size());
        std::thread stop([&rig] { rig.reset(); });
        busy.end();
        stop.join();
        const std::string answer = client.answer();
        QVERIFY2(answer == "closed" || answer == "503 shutting_down", answer.c_str());
    }
};

QTEST_GUILESS_MAIN(TestServer)
#include "test_server.moc"
