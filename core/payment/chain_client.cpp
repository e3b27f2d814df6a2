// SPDX-License-Identifier: MIT
#include "payment/chain_client.h"

namespace gr::payment {
namespace {

using http::Awaitable;

Failure silent(const Url& server, std::string detail) {
    return fail(ErrorCode::Unreachable, "The RPC server at " + server.host + " gave no answer.",
                std::move(detail));
}

}  // namespace

ChainClient::ChainClient(http::Client& client, http::Deadlines& deadlines, ChainId chain,
                         const std::vector<Url>& servers)
    : m_client(client), m_deadlines(deadlines), m_chain(chain) {
    for (const Url& address : servers)
        m_servers.push_back({address, false});
}

Awaitable<ChainClient::Answers> ChainClient::ask(std::span<const rpc::Call> calls,
                                                 http::AbortSlot& abort) {
    const std::size_t first = m_last;
    Error why(ErrorCode::Unreachable, "No RPC server is known for this chain.");
    for (std::size_t i = 0; i < m_servers.size(); ++i) {
        const std::size_t server = (first + i) % m_servers.size();
        auto answers = co_await askServer(server, calls, abort);
        if (answers) {
            m_last = server;
            co_return answers;
        }
        why = std::move(answers.error());
        if (why.code == ErrorCode::Cancelled)
            break;
    }
    co_return fail(std::move(why));
}

Awaitable<ChainClient::Answers> ChainClient::askServer(std::size_t index,
                                                       std::span<const rpc::Call> calls,
                                                       http::AbortSlot& abort) {
    std::vector<rpc::Call> asked(calls.begin(), calls.end());
    const bool checksChain = !m_servers[index].rightChain;
    if (checksChain)
        asked.push_back(rpc::chainId());
    const Url address = m_servers[index].address;
    const std::string body = rpc::bodyOf(asked);
    http::WholeAsk question;
    question.body = body;
    auto whole = co_await http::askWhole(m_client, m_deadlines, address, question, abort);
    if (!whole && whole.error().code == ErrorCode::Cancelled)
        co_return fail(whole.error());
    if (!whole)
        co_return silent(address, whole.error().message.text);
    // Some say what is wrong with a call by the status as well: the body decides.
    auto answers = rpc::readAnswers(whole->body, asked.size());
    if (!answers)
        co_return silent(address, "status " + std::to_string(whole->status) + ", " +
                                      answers.error().detail.text);
    if (checksChain) {
        const auto chain = rpc::countIn(answers->back());
        answers->pop_back();
        if (chain != m_chain) {
            const std::string other = chain ? std::to_string(*chain) : "none";
            co_return fail(ErrorCode::Unreachable,
                           "The RPC server at " + address.host + " serves chain " + other +
                               ", not " + std::to_string(m_chain) + "; check its address.");
        }
        m_servers[index].rightChain = true;
    }
    co_return std::move(*answers);
}

}  // namespace gr::payment
