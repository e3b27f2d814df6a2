// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ledger/purchase.h"
#include "payment/rpc.h"

namespace gr::payment {

// What every transaction of a payment through Permit2 carries: token, amount, nonce and end, as
// words. Empty where the row cannot be read.
std::string permitWordsOf(const ledger::Purchase& purchase);
// Nothing but our proxies' calls, by whoever sends them, holds them one after the other.
bool carriesPermit(const rpc::Answer& transaction, std::string_view permitWords);

// The units of a log that is the token's Transfer from payer to payee; nothing: it is none.
std::optional<Uint256> transferredIn(const rpc::Log& log, const Address& token,
                                     const Address& payer, const Address& payee);

// Finds the transaction that took a payment, where the seller names none, in the blocks between
// signature and end: by the event in which a token of EIP-3009 names the nonce. Permit2's nonces
// are in no event: there the transfers to the payee are looked at, and whether their transactions
// carry our permit. Plain value; any thread.
//     while (!(calls = search.ask()).empty())
//         search.take(… the answers of one server …);
class SettlementSearch final {
  public:
    // Nothing for rows that cannot be read.
    static std::optional<SettlementSearch> forPurchase(const ledger::Purchase& purchase,
                                                       const Address& payer);

    std::vector<rpc::Call> ask() const;  // empty: it is over
    void take(const std::vector<rpc::Answer>& answers);

    // Once it is over. Absent: there is none, or the server did not tell.
    const std::optional<Bytes32>& transaction() const { return m_found; }

  private:
    enum class Step : std::uint8_t { Newest, Bisect, Scan, Compare, Over };

    SettlementSearch() = default;
    std::uint64_t middle() const { return m_low + (m_high - m_low) / 2; }
    void takeNewest(const rpc::Answer& answer);
    void takeMiddle(const rpc::Answer& answer);
    void takeLogs(const std::vector<rpc::Answer>& answers);
    void takeTransactions(const std::vector<rpc::Answer>& answers);
    bool mayBe(const rpc::Log& log) const;
    std::size_t compared() const;
    void goOn();
    void narrowed();
    rpc::BlockRange range() const;

    Address m_token;
    Address m_payer;
    Bytes32 m_nonce;            // of EIP-3009
    std::string m_permitWords;  // of Permit2; empty: EIP-3009
    Address m_payee;
    Uint256 m_amount;
    bool m_atMost = false;
    std::vector<Bytes32> m_candidates;  // that moved such a sum, and are still to be compared
    bool m_more = false;                // blocks, behind those that were scanned
    std::uint64_t m_begin = 0;          // seconds since 1970
    std::uint64_t m_end = 0;
    Step m_step = Step::Newest;
    std::uint64_t m_newest = 0;
    // The first block of m_begin or later lies in [m_low, m_high]; then from where on is looked at.
    std::uint64_t m_low = 0;
    std::uint64_t m_high = 0;
    int m_asked = 0;
    std::optional<Bytes32> m_found;
};

}  // namespace gr::payment
