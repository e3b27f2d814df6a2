// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "ledger/purchase.h"
#include "payment/rpc.h"

namespace gr::payment {

// Finds the transaction that took an authorization (EIP-3009), where the seller names none: by the
// token's own event, in the blocks between signature and end. Plain value; any thread.
//     while (!(calls = search.ask()).empty())
//         search.take(… the answers of one server …);
class SettlementSearch final {
  public:
    // Nothing for rows that cannot be searched for: other schemes, and those that cannot be read.
    static std::optional<SettlementSearch> forPurchase(const ledger::Purchase& purchase,
                                                       const Address& payer);

    std::vector<rpc::Call> ask() const;  // empty: it is over
    void take(const std::vector<rpc::Answer>& answers);

    // Once it is over. Absent: there is none, or the server did not tell.
    const std::optional<Bytes32>& transaction() const { return m_found; }

  private:
    enum class Step : std::uint8_t { Newest, Bisect, Scan, Over };

    SettlementSearch() = default;
    std::uint64_t middle() const { return m_low + (m_high - m_low) / 2; }
    void takeNewest(const rpc::Answer& answer);
    void takeMiddle(const rpc::Answer& answer);
    void takeLogs(const std::vector<rpc::Answer>& answers);
    void narrowed();
    rpc::BlockRange range() const;

    Address m_token;
    Address m_payer;
    Bytes32 m_nonce;
    std::uint64_t m_begin = 0;  // seconds since 1970
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
