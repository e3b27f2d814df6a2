// SPDX-License-Identifier: MIT
#include "payment/settlement_search.h"

#include <algorithm>
#include <string>

#include "payment/contracts.h"

namespace gr::payment {
namespace {

// Public servers give the logs of so many blocks at once, and no more.
constexpr std::uint64_t kBlocksAtOnce = 500;
// Clocks of chains and of this machine differ.
constexpr std::uint64_t kMargin = 120;
// 64 halvings, and ten minutes of a chain with ten blocks a second.
constexpr int kMostQuestions = 96;

constexpr std::size_t kComparedAtOnce = 20;

std::string tagOf(std::uint64_t block) {
    return Uint256(block).toHex();
}

}  // namespace

std::string permitWordsOf(const ledger::Purchase& purchase) {
    const auto token = Address::parse(purchase.token);
    const auto amount = Uint256::parse(purchase.amount);
    const auto nonce = Uint256::parse(purchase.nonce);
    if (!token || !amount || !nonce || purchase.validBefore <= 0)
        return {};
    return calls::permitWords(*token, *amount, *nonce,
                              Uint256(static_cast<std::uint64_t>(purchase.validBefore)));
}

bool carriesPermit(const rpc::Answer& transaction, std::string_view permitWords) {
    const auto input = rpc::inputIn(transaction);
    return input && !permitWords.empty() && input->find(permitWords) != std::string::npos;
}

std::optional<Uint256> transferredIn(const rpc::Log& log, const Address& token,
                                     const Address& payer, const Address& payee) {
    const auto units = AbiAnswer(log.data).word(0);
    const bool moved = units && rpc::hasTransfer({&log, 1}, token, payer, payee, *units);
    return moved ? units : std::nullopt;
}

std::optional<SettlementSearch> SettlementSearch::forPurchase(const ledger::Purchase& purchase,
                                                              const Address& payer) {
    const bool permit2 = purchase.scheme != "exact-eip3009";
    const auto token = Address::parse(purchase.token);
    const auto payee = Address::parse(purchase.payee);
    const auto amount = Uint256::parse(purchase.amount);
    const auto nonce = Bytes32::parse(purchase.nonce);
    const std::int64_t begin = purchase.createdAt.value / 1'000;
    if (!token || !payee || !amount || begin <= 0 || purchase.validBefore <= 0)
        return std::nullopt;
    SettlementSearch search;
    search.m_token = *token;
    search.m_payer = payer;
    search.m_payee = *payee;
    search.m_amount = *amount;
    search.m_atMost = purchase.scheme == "upto";
    if (permit2)
        search.m_permitWords = permitWordsOf(purchase);
    else if (nonce)
        search.m_nonce = *nonce;
    if (permit2 ? search.m_permitWords.empty() : !nonce)
        return std::nullopt;
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
            return {m_permitWords.empty()
                        ? rpc::authorizationUses(m_token, m_payer, m_nonce, range())
                        : rpc::transfers(m_token, m_payer, m_payee, range()),
                    rpc::blockByTag(tagOf(range().to))};
        case Step::Compare: {
            std::vector<rpc::Call> calls;
            for (std::size_t i = 0; i < compared(); ++i)
                calls.push_back(rpc::transaction(m_candidates[i]));
            return calls;
        }
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
    else if (m_step == Step::Compare)
        takeTransactions(answers);
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
    for (const rpc::Log& log : *logs) {
        if (mayBe(log) && (m_candidates.empty() || m_candidates.back() != log.transaction))
            m_candidates.push_back(log.transaction);
    }
    if (m_permitWords.empty() && !m_candidates.empty()) {  // its event names the nonce
        m_found = m_candidates.front();
        return;
    }
    m_low = range().to + 1;
    m_more = m_low <= m_newest && last->time < m_end;
    goOn();
}

void SettlementSearch::takeTransactions(const std::vector<rpc::Answer>& answers) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (carriesPermit(answers[i], m_permitWords)) {
            m_found = m_candidates[i];
            m_step = Step::Over;
            return;
        }
    }
    m_candidates.erase(m_candidates.begin(),
                       m_candidates.begin() + static_cast<std::ptrdiff_t>(answers.size()));
    goOn();
}

void SettlementSearch::goOn() {
    m_step = !m_candidates.empty() ? Step::Compare : m_more ? Step::Scan : Step::Over;
}

std::size_t SettlementSearch::compared() const {
    return std::min(m_candidates.size(), kComparedAtOnce);
}

// A server may have forgotten what was asked for: the log itself has to say it.
bool SettlementSearch::mayBe(const rpc::Log& log) const {
    if (m_permitWords.empty())
        return rpc::hasAuthorizationUse({&log, 1}, m_token, m_payer, m_nonce);
    const auto units = transferredIn(log, m_token, m_payer, m_payee);
    return units && (m_atMost ? *units <= m_amount : *units == m_amount);
}

}  // namespace gr::payment
