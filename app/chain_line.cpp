// SPDX-License-Identifier: MIT
#include "app/chain_line.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace gr::app {
namespace {

using Answers = payment::ChainClient::Answers;

http::Awaitable<void> keep(payment::ChainClient& chain, std::span<const payment::rpc::Call> calls,
                           http::AbortSlot& abort, std::optional<Answers>& into) {
    into = co_await chain.ask(calls, abort);
}

}  // namespace

Result<std::unique_ptr<ChainLine>> ChainLine::open(payment::ChainId chain,
                                                   const std::vector<Url>& servers) {
    auto proxies = http::ProxyTable::read([](const char* name) {
        const char* const value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    });
    if (!proxies)
        return fail(std::move(proxies.error()));
    return std::unique_ptr<ChainLine>(new ChainLine(chain, servers, std::move(*proxies)));
}

ChainLine::ChainLine(payment::ChainId chain, const std::vector<Url>& servers,
                     http::ProxyTable proxies)
    : m_deadlines(m_io.get_executor()),
      m_client(m_io, m_deadlines, std::move(proxies)),
      m_chain(m_client, m_deadlines, chain, servers) {}

ChainLine::~ChainLine() {
    m_deadlines.stop();
}

Answers ChainLine::ask(std::span<const payment::rpc::Call> calls) {
    std::optional<Answers> answers;
    m_io.restart();  // it may have run out of work the last time
    http::asio::co_spawn(m_io, keep(m_chain, calls, m_abort, answers), http::asio::detached);
    while (!answers && m_io.run_one() > 0) {
    }
    return answers ? std::move(*answers)
                   : Answers(fail(ErrorCode::Unreachable, "No RPC server gave an answer."));
}

void ChainLine::stop() {
    http::asio::post(m_io, [this] { m_abort.fire(); });
}

}  // namespace gr::app
