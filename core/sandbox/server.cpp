// SPDX-License-Identifier: MIT
#include "sandbox/server.h"

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "base/text.h"
#include "base/thread.h"
#include "http/server.h"
#include "sandbox/answers.h"
#include "sandbox/play_desk.h"
#include "sandbox/replies.h"

namespace gr::sandbox {
namespace {

namespace asio = http::asio;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, http::Executor>;
constexpr Milliseconds kFirstToken{120};
constexpr Milliseconds kToken{35};  // about 28 words a second: as fast as one reads

class Desk final : public http::Handler {
  public:
    Desk(asio::io_context& io, std::shared_ptr<const Secret> key, PlayChain& chain)
        : m_io(io), m_expected("Bearer " + std::string(key->reveal())), m_chain(chain) {}

    std::optional<http::Reply> admit(const http::RequestHead& head,
                                     std::shared_ptr<const void>&) override {
        if (isPlayPath(head.path()))
            return admitToPlay(head);
        const auto key = head.fields.find("Authorization");
        if (!key || !equalInConstantTime(*key, m_expected.reveal()))
            return errorReply(Error(ErrorCode::Unauthorized, "Ask through the gateway."));
        if (head.path() != "/v1/chat/completions" || head.method != "POST")
            return errorReply(Error(ErrorCode::NotFound, "The sandbox serves chat completions."));
        return std::nullopt;
    }

    http::Reply refuse(const Error& error, const http::RequestHead*) override {
        return errorReply(error);
    }

    http::Awaitable<void> handle(http::Request& request, http::Responder responder) override {
        if (!isPlayPath(request.head.path())) {
            co_await model(request, responder);
            co_return;
        }
        const http::Reply reply = answerPlay(m_chain, request.head.path(), request.body);
        co_await responder.send(reply.status, reply.headers, reply.body);
    }

  private:
    http::Awaitable<void> model(http::Request& request, http::Responder& responder) {
        const auto simulated = answer(request.body);
        if (!simulated) {
            const http::Reply reply = errorReply(simulated.error());
            co_await responder.send(reply.status, reply.headers, reply.body);
            co_return;
        }
        const std::int64_t created = SystemClock().now().value / 1000;
        const std::string digest = sha256(request.body);
        const std::string id = "chatcmpl-simulated-" +
                               toHex({reinterpret_cast<const unsigned char*>(digest.data()), 8});
        co_await pause(kFirstToken, responder);
        if (!simulated->stream) {
            const http::Reply reply = jsonReply(200, wholeAnswer(*simulated, id, created));
            co_await responder.send(reply.status, reply.headers, reply.body);
            co_return;
        }
        http::HeaderLines headers;
        headers.add("Content-Type", "text/event-stream");
        co_await responder.begin(200, headers);
        const std::vector<std::string> events = streamedAnswer(*simulated, id, created);
        for (const std::string& event : events) {
            if (responder.abort().fired())
                co_return;
            const std::array<std::string_view, 1> pieces{event};
            co_await responder.chunk(pieces);
            co_await pause(kToken, responder);
        }
        co_await responder.finish();
    }

    http::Awaitable<void> pause(Milliseconds delay, http::Responder& responder) {
        Timer timer(m_io.get_executor());
        timer.expires_after(delay);
        const http::AbortScope scope(
            responder.abort(), [](void* t) { static_cast<Timer*>(t)->cancel(); }, &timer);
        http::error_code error;
        if (!responder.abort().fired())
            co_await timer.async_wait(asio::redirect_error(http::kAwait, error));
    }

    asio::io_context& m_io;
    Secret m_expected;
    PlayChain& m_chain;
};

}  // namespace

class SandboxServer::Impl final {
  public:
    Impl()
        : key(std::make_shared<const Secret>(newClientKey())),
          wallet(payment::EvmKey::random()),
          m_desk(m_io, key, chain) {}
    ~Impl() {
        asio::post(m_io, [this] {
            m_server.shutdown([this] { asio::post(m_io, [this] { m_io.stop(); }); });
            m_server.forceStop();
        });
    }

    Result<void> start() {
        auto sockets = http::ListeningSockets::bind("127.0.0.1", 0);
        if (!sockets)
            return fail(sockets.error());
        address = "http://127.0.0.1:" + std::to_string(sockets->port);
        if (auto filled = chain.fill(wallet.address()); !filled)
            return fail(filled.error());
        m_server.listen(*sockets);
        const BlockedSignals blocked;
        m_thread = std::jthread([this] {
            const auto work = asio::make_work_guard(m_io);
            m_io.run();
        });
        return {};
    }

    std::string address;
    std::shared_ptr<const Secret> key;
    payment::EvmKey wallet;
    SystemClock clock;
    PlayChain chain{clock};

  private:
    asio::io_context m_io{1};
    http::Deadlines m_deadlines{m_io.get_executor()};
    Desk m_desk;
    JobThread m_unpacker{"unpack", 4};
    http::Server m_server{m_io, m_deadlines, m_desk, m_unpacker, http::ServerLimits()};
    std::jthread m_thread;  // joined first
};

SandboxServer::SandboxServer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
SandboxServer::~SandboxServer() = default;

Result<std::unique_ptr<SandboxServer>> SandboxServer::start() {
    auto impl = std::make_unique<Impl>();
    if (auto started = impl->start(); !started)
        return fail(started.error());
    return std::unique_ptr<SandboxServer>(new SandboxServer(std::move(impl)));
}

const std::string& SandboxServer::address() const {
    return m_impl->address;
}

std::shared_ptr<const Secret> SandboxServer::key() const {
    return m_impl->key;
}

PlayChain& SandboxServer::chain() const {
    return m_impl->chain;
}

const payment::EvmKey& SandboxServer::wallet() const {
    return m_impl->wallet;
}

}  // namespace gr::sandbox
