// SPDX-License-Identifier: MIT
#include "payment/settlement_search.h"

#include <algorithm>
#include <string>

namespace gr::payment {
namespace {

// Public servers give the logs of so many blocks at once, and no more.
constexpr std::uint64_t kBlocksAtOnce = 500;
// Clocks of chains and of this machine differ.
constexpr std::uint64_t kMargin = 120;
// 64 halvings, and ten minutes of a chain with ten blocks a second.
constexpr int kMostQuestions = 96;

std::string tagOf(std::uint64_t block) {
    return Uint256(block).toHex();
}

}  // namespace

std::optional<SettlementSearch> SettlementSearch::forPurchase(const ledger::Purchase& purchase,
                                                              const Address& payer) {
    const auto token = Address::parse(purchase.token);
    const auto nonce = Bytes32::parse(purchase.nonce);
    const std::int64_t begin = purchase.createdAt.value / 1'000;
    if (purchase.scheme != "exact-eip3009" || !token || !nonce || begin <= 0 ||
        purchase.validBefore <= 0)
        return std::nullopt;
    SettlementSearch search;
    search.m_token = *token;
    search.m_payer = payer;
    search.m_nonce = *nonce;
    const auto from = static_cast<std::uint64_t>(begin);
    search.m_begin = from - std::min(from, kMargin);
    search.m_end = static_cast<std::uint64_t>(purchase.validBefore);
    return search;
}

rpc::BlockRange SettlementSearch::range() const {
    return {m_low, std::min(m_newest, m_low + kBlocksAtOnce - 1)};
}

std::vector<rpc::Call> SettlementSearch::ask() const {
    switch (m_step) {
        case Step::Newest:
            return {rpc::blockByTag("latest")};
        case Step::Bisect:
            return {rpc::blockByTag(tagOf(middle()))};
        case Step::Scan:
            return {rpc::authorizationUses(m_token, m_payer, m_nonce, range()),
                    rpc::blockByTag(tagOf(range().to))};
        case Step::Over:
            break;
    }
    return {};
}

void SettlementSearch::take(const std::vector<rpc::Answer>& answers) {
    if (answers.size() != ask().size() || ++m_asked > kMostQuestions)
        m_step = Step::Over;
    else if (m_step == Step::Newest)
        takeNewest(answers.front());
    else if (m_step == Step::Bisect)
        takeMiddle(answers.front());
    else if (m_step == Step::Scan)
        takeLogs(answers);
}

void SettlementSearch::takeNewest(const rpc::Answer& answer) {
    const auto block = rpc::blockIn(answer);
    m_step = Step::Over;
    if (!block || block->time < m_begin)
        return;  // it lies in blocks to come
    m_newest = m_high = block->number;
    narrowed();
}

void SettlementSearch::takeMiddle(const rpc::Answer& answer) {
    const auto block = rpc::blockIn(answer);
    m_step = Step::Over;
    if (!block || block->number != middle())
        return;
    if (block->time < m_begin)
        m_low = block->number + 1;
    else
        m_high = block->number;
    narrowed();
}

void SettlementSearch::narrowed() {
    m_step = m_low < m_high ? Step::Bisect : Step::Scan;
}

void SettlementSearch::takeLogs(const std::vector<rpc::Answer>& answers) {
    const auto logs = rpc::logsIn(answers[0]);
    const auto last = rpc::blockIn(answers[1]);
    m_step = Step::Over;
    if (!logs || !last)
        return;
    // A server may have forgotten what was asked for: the log itself has to say it.
    const auto used = std::find_if(logs->begin(), logs->end(), [this](const rpc::Log& log) {
        return rpc::hasAuthorizationUse({&log, 1}, m_token, m_payer, m_nonce);
    });
    if (used != logs->end()) {
        m_found = used->transaction;
        return;
    }
    m_low = range().to + 1;
    if (m_low <= m_newest && last->time < m_end)
        m_step = Step::Scan;
}

}  // namespace gr::payment
