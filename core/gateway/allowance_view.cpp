// SPDX-License-Identifier: MIT
#include "gateway/allowance_view.h"

#include <algorithm>

#include "base/log.h"
#include "gateway/purchase_words.h"
#include "payment/abi.h"
#include "payment/chain_client.h"
#include "payment/contracts.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using payment::Permit2Allowance;
using payment::Uint256;

constexpr std::size_t kMostTokens = 4;  // a seller must not make us ask for long

// For each token that can be paid through Permit2 the least that is asked for.
std::vector<Permit2Allowance> wanted(const WalletEntry& wallet, const payment::Terms& terms) {
    const auto tokens = wallet.tokens();
    std::vector<Permit2Allowance> all;
    for (const payment::Offer& offer : terms.offers) {
        const bool known = std::any_of(tokens.begin(), tokens.end(), [&](const auto* token) {
            return token->chain == offer.chain && token->address == offer.asset;
        });
        if (offer.method != payment::TransferMethod::Permit2 || !known)
            continue;
        const auto same = std::find_if(all.begin(), all.end(), [&](const auto& one) {
            return one.chain == offer.chain && one.token == offer.asset;
        });
        if (same != all.end())
            same->units = std::min(same->units, offer.amount);
        else if (all.size() < kMostTokens)
            all.push_back({offer.chain, offer.asset, offer.amount});
    }
    return all;
}

}  // namespace

Awaitable<Result<std::vector<Permit2Allowance>>> AllowanceView::lookUp(
    WalletPtr wallet, const payment::Terms& terms, std::optional<Money> bound,
    std::span<const payment::Holding> holdings, http::Client& client, http::Deadlines& deadlines,
    http::AbortSlot& abort) {
    std::vector<Permit2Allowance> found;
    KnownUnits known;
    known.holdings = holdings;
    if (!wallet || !wallet->key || !choiceOf(*wallet, terms, bound, known).needsApproval)
        co_return found;
    for (const Permit2Allowance& want : wanted(*wallet, terms)) {
        const Key key{want.chain, want.token};
        auto units = recall(key, want.units);
        if (!units && !isSilent(want.chain)) {
            auto told = co_await ask(key, *wallet, client, deadlines, abort);
            if (!told)
                co_return fail(std::move(told.error()));
            units = *told;
        }
        if (units)
            found.push_back({want.chain, want.token, *units});
    }
    co_return found;
}

std::optional<Uint256> AllowanceView::recall(const Key& key, const Uint256& enough) {
    const std::lock_guard lock(m_mutex);
    const auto known = m_known.find(key);
    const bool counts = known != m_known.end() && m_clock.steady() < known->second.until &&
                        known->second.units >= enough;
    return counts ? std::optional(known->second.units) : std::nullopt;
}

bool AllowanceView::isSilent(payment::ChainId chain) {
    const std::lock_guard lock(m_mutex);
    const auto until = m_silentUntil.find(chain);
    return until != m_silentUntil.end() && m_clock.steady() < until->second;
}

Awaitable<Result<std::optional<Uint256>>> AllowanceView::ask(Key key, const WalletEntry& wallet,
                                                             http::Client& client,
                                                             http::Deadlines& deadlines,
                                                             http::AbortSlot& abort) {
    using Units = std::optional<Uint256>;
    const auto place = std::find_if(wallet.chains.begin(), wallet.chains.end(),
                                    [&](const WalletChain& one) { return one.id == key.first; });
    if (place == wallet.chains.end() || place->rpc.empty())
        co_return Units();
    payment::ChainClient chain(client, deadlines, place->id, place->rpc);
    const std::vector<payment::rpc::Call> calls{payment::rpc::call(
        key.second, payment::calls::allowance(wallet.key->address(), payment::kPermit2))};
    const auto answers = co_await chain.ask(calls, abort);
    if (!answers && answers.error().code == ErrorCode::Cancelled)
        co_return fail(answers.error());
    const auto bytes = answers ? payment::rpc::bytesIn(answers->front()) : std::nullopt;
    const Units units = bytes ? payment::AbiAnswer(*bytes).word(0) : std::nullopt;
    const std::lock_guard lock(m_mutex);
    if (units) {
        m_known[key] = {*units, m_clock.steady() + kFresh};
    } else {
        m_silentUntil[key.first] = m_clock.steady() + kPause;
        log::write(LogLevel::Warning, "payment.allowance_not_known",
                   {{"token", key.second.toHex()},
                    {"why", answers ? "the contract did not say" : answers.error().message.text}});
    }
    co_return units;
}

void AllowanceView::promised(const Permit2Allowance& part) {
    const std::lock_guard lock(m_mutex);
    const auto known = m_known.find({part.chain, part.token});
    if (known == m_known.end())
        return;
    if (const auto rest = known->second.units.minus(part.units))
        known->second.units = *rest;
    else
        m_known.erase(known);
}

}  // namespace gr::gateway
