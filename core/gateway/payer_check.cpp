// SPDX-License-Identifier: MIT
#include "gateway/payer_check.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "gateway/purchase_words.h"
#include "payment/chain_clock.h"
#include "payment/contracts.h"
#include "payment/token_proof.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using payment::ChainId;
using payment::Uint256;

std::string nameOf(const payment::Token& token) {
    std::string name = std::to_string(token.chain) + " " + token.address.toHex() + " " +
                       std::to_string(token.decimals);
    if (token.domain)
        name += " " + token.domain->name + "\n" + token.domain->version;
    return name;
}

const WalletChain* placeOf(const WalletEntry& wallet, ChainId chain) {
    const auto found = std::find_if(wallet.chains.begin(), wallet.chains.end(),
                                    [chain](const WalletChain& one) { return one.id == chain; });
    return found == wallet.chains.end() || found->rpc.empty() ? nullptr : &*found;
}

// Whether it may make no block for long.
bool idles(const WalletEntry& wallet, ChainId chain) {
    const payment::Network* const network = wallet.networks.find(chain);
    return network == nullptr || network->money != payment::MoneyKind::Real;
}

PayerCheck::Units unitsIn(const payment::rpc::Answer& answer) {
    const auto bytes = payment::rpc::bytesIn(answer);
    return bytes && bytes->size() == Uint256::kBytes ? payment::AbiAnswer(*bytes).word(0)
                                                     : std::nullopt;
}

}  // namespace

Awaitable<Result<PayerCheck::Units>> PayerCheck::lookUp(WalletPtr wallet,
                                                        payment::ChosenOffer chosen,
                                                        http::Client& client,
                                                        http::Deadlines& deadlines,
                                                        http::AbortSlot& abort) {
    const payment::Token& token = chosen.token;
    const WalletChain* const place = wallet ? placeOf(*wallet, token.chain) : nullptr;
    if (place == nullptr || !wallet->payer)
        co_return Units();
    const Key key{token.chain, token.address, *wallet->payer};
    const Due todo = due(key, nameOf(token), chosen.offer.amount);
    if (!todo.any)
        co_return todo.units;
    payment::ChainClient chain(client, deadlines, place->id, place->rpc);
    std::vector<payment::rpc::Call> calls;
    if (todo.proof)
        calls = payment::askProof(token);
    const std::size_t proofs = calls.size();
    calls.push_back(payment::rpc::call(token.address, payment::calls::balanceOf(*wallet->payer)));
    calls.push_back(payment::rpc::blockByTag("latest"));
    auto answers = co_await chain.ask(calls, abort);
    if (!answers) {
        if (answers.error().code == ErrorCode::Cancelled)
            co_return fail(answers.error());
        noteSilence(token.chain);
        log::write(LogLevel::Warning, "payment.chain_not_asked",
                   {{"token", token.address.toHex()}, {"why", answers.error().message.text}});
        const std::string problem = clockProblem(token.chain);
        if (!problem.empty())
            co_return refused(problem);
        co_return Units();
    }
    const auto latest = payment::rpc::blockIn(answers->back());
    const Units units = unitsIn((*answers)[proofs]);
    noteUnits(key, units);
    if (latest) {
        auto gap = payment::clockGap(m_clock.now(), *latest, idles(*wallet, token.chain));
        if (gap && chain.servers() > 1) {
            const bool agrees = co_await anotherAgrees(chain, idles(*wallet, token.chain), abort);
            if (agrees)
                gap.reset();
        }
        noteClock(*wallet, token.chain, gap);
    }
    if (const std::string problem = clockProblem(token.chain); !problem.empty())
        co_return refused(problem);
    if (todo.proof) {
        answers->resize(proofs);
        const Result<bool> agrees = payment::readProof(token, *answers);
        if (!agrees)
            co_return fail(agrees.error());
        forgetUntil(nameOf(token), *agrees);
        if (!*agrees)
            log::write(LogLevel::Warning, "payment.token_not_compared",
                       {{"token", token.address.toHex()}, {"why", "the contract did not say"}});
    }
    co_return units;
}

PayerCheck::Due PayerCheck::due(const Key& key, const std::string& token,
                                const Uint256& enough) const {
    const std::lock_guard lock(m_mutex);
    const SteadyTime now = m_clock.steady();
    const ChainId chain = std::get<0>(key);
    const auto silent = m_silentUntil.find(chain);
    if (silent != m_silentUntil.end() && now < silent->second && !m_clockProblems.contains(chain))
        return {};
    Due due;
    const auto next = m_proofNext.find(token);
    due.proof = next == m_proofNext.end() || now >= next->second;
    const auto known = m_known.find(key);
    const bool counts =
        known != m_known.end() && now < known->second.until && known->second.units >= enough;
    due.any = due.proof || !counts || m_clockProblems.contains(chain);
    if (!due.any)
        due.units = known->second.units;
    return due;
}

// What agreed once counts for ever; what did not say is asked again.
void PayerCheck::forgetUntil(const std::string& token, bool agreed) {
    const std::lock_guard lock(m_mutex);
    m_proofNext[token] = agreed ? SteadyTime::max() : m_clock.steady() + kPause;
}

void PayerCheck::noteSilence(ChainId chain) {
    const std::lock_guard lock(m_mutex);
    m_silentUntil[chain] = m_clock.steady() + kPause;
}

// A contract that does not say it is not asked each time either: nothing is held against it.
void PayerCheck::noteUnits(const Key& key, const Units& units) {
    const std::lock_guard lock(m_mutex);
    const SteadyTime now = m_clock.steady();
    m_known[key] = units ? Known{*units, now + kFresh} : Known{Uint256::max(), now + kPause};
}

void PayerCheck::promised(const WalletEntry& wallet, const payment::ChosenOffer& chosen) {
    if (!wallet.payer)
        return;
    const std::lock_guard lock(m_mutex);
    const auto known = m_known.find({chosen.token.chain, chosen.token.address, *wallet.payer});
    if (known == m_known.end())
        return;
    if (const auto rest = known->second.units.minus(chosen.offer.amount))
        known->second.units = *rest;
    else
        m_known.erase(known);
}

// A server that stands still is not a clock that runs ahead: one of them in step is enough.
Awaitable<bool> PayerCheck::anotherAgrees(payment::ChainClient& chain, bool idles,
                                          http::AbortSlot& abort) {
    const std::vector<payment::rpc::Call> calls{payment::rpc::blockByTag("latest")};
    for (std::size_t server = 0; server < chain.servers(); ++server) {
        const auto answers = co_await chain.askServer(server, calls, abort);
        const auto latest = answers ? payment::rpc::blockIn(answers->front()) : std::nullopt;
        if (latest && !payment::clockGap(m_clock.now(), *latest, idles))
            co_return true;
    }
    co_return false;
}

void PayerCheck::sawBlock(const WalletEntry& wallet, ChainId chain,
                          const payment::rpc::Block& latest) {
    noteClock(wallet, chain, payment::clockGap(m_clock.now(), latest, idles(wallet, chain)));
}

void PayerCheck::applied(const WalletEntry& wallet) {
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_clockProblems, [&wallet](const auto& problem) {
        return placeOf(wallet, problem.first) == nullptr;
    });
}

void PayerCheck::noteClock(const WalletEntry& wallet, ChainId chain,
                           std::optional<Milliseconds> gap) {
    const payment::Network* const network = wallet.networks.find(chain);
    const std::string name = network != nullptr ? network->name : "eip155:" + std::to_string(chain);
    const std::lock_guard lock(m_mutex);
    if (!gap) {
        m_clockProblems.erase(chain);
        return;
    }
    std::string words = payment::clockWords(name, *gap, m_clock.now());
    if (!m_clockProblems.contains(chain))
        log::write(LogLevel::Warning, "payment.clock_differs",
                   {{"chain", std::to_string(chain)}, {"why", words}});
    m_clockProblems[chain] = std::move(words);
}

std::string PayerCheck::clockProblem(std::optional<ChainId> chain) const {
    const std::lock_guard lock(m_mutex);
    const auto found = chain ? m_clockProblems.find(*chain) : m_clockProblems.begin();
    return found == m_clockProblems.end() ? std::string() : found->second;
}

}  // namespace gr::gateway
