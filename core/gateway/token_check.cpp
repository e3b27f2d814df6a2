// SPDX-License-Identifier: MIT
#include "gateway/token_check.h"

#include "base/log.h"
#include "payment/chain_client.h"
#include "payment/token_proof.h"

namespace gr::gateway {
namespace {

constexpr Milliseconds kPause{60'000};  // a server that is away does not hold up each payment

std::string nameOf(const payment::Token& token) {
    std::string name = std::to_string(token.chain) + " " + token.address.toHex() + " " +
                       std::to_string(token.decimals);
    if (token.domain)
        name += " " + token.domain->name + "\n" + token.domain->version;
    return name;
}

}  // namespace

http::Awaitable<Result<void>> TokenCheck::agree(payment::Token token, const WalletChain& place,
                                                http::Client& client, http::Deadlines& deadlines,
                                                http::AbortSlot& abort) {
    const std::string name = nameOf(token);
    if (place.rpc.empty())
        co_return Result<void>();
    {
        const std::lock_guard lock(m_mutex);
        const auto next = m_askNext.find(name);
        if (next != m_askNext.end() && m_clock.steady() < next->second)
            co_return Result<void>();
    }
    payment::ChainClient chain(client, deadlines, place.id, place.rpc);
    const std::vector<payment::rpc::Call> calls = payment::askProof(token);
    const auto answers = co_await chain.ask(calls, abort);
    if (!answers && answers.error().code == ErrorCode::Cancelled)
        co_return fail(answers.error());
    const Result<bool> agrees = answers ? payment::readProof(token, *answers) : false;
    if (!agrees)
        co_return fail(agrees.error());
    if (!*agrees)
        log::write(LogLevel::Warning, "payment.token_not_compared",
                   {{"token", token.address.toHex()},
                    {"why", answers ? "the contract did not say" : answers.error().message.text}});
    const std::lock_guard lock(m_mutex);
    m_askNext[name] = *agrees ? SteadyTime::max() : m_clock.steady() + kPause;
    co_return Result<void>();
}

}  // namespace gr::gateway
