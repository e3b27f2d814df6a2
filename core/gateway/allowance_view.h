// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/wallet_entry.h"
#include "http/client.h"
#include "payment/offer_choice.h"

namespace gr::gateway {

// What Permit2 may move of the wallet's tokens, as their chains say. An allowance that is enough
// counts for kFresh, less what was promised since; one that is too small is asked for anew each
// time, because a person may just have raised it. Shared by the io threads.
class AllowanceView final {
  public:
    static constexpr Milliseconds kFresh{10'000};
    // So long a chain whose servers gave no answer is not asked: other offers are not held up.
    static constexpr Milliseconds kPause{15'000};

    explicit AllowanceView(const Clock& clock) : m_clock(clock) {}

    // Asks nothing where the best offer of these terms needs no Permit2. Tokens whose chain does
    // not tell are left out. `wallet`: null, or without a key, knows none. `holdings`: what is
    // known to be too little. Cancelled.
    http::Awaitable<Result<std::vector<payment::Permit2Allowance>>> lookUp(
        WalletPtr wallet, const payment::Terms& terms, std::optional<Money> bound,
        std::span<const payment::Holding> holdings, http::Client& client,
        http::Deadlines& deadlines, http::AbortSlot& abort);

    // A payment of so much was signed.
    void promised(const payment::Permit2Allowance& part);

  private:
    using Key = std::pair<payment::ChainId, payment::Address>;
    struct Known {
        payment::Uint256 units;
        SteadyTime until;
    };
    std::optional<payment::Uint256> recall(const Key& key, const payment::Uint256& enough);
    bool isSilent(payment::ChainId chain);
    http::Awaitable<Result<std::optional<payment::Uint256>>> ask(Key key, const WalletEntry& wallet,
                                                                 http::Client& client,
                                                                 http::Deadlines& deadlines,
                                                                 http::AbortSlot& abort);

    const Clock& m_clock;
    std::mutex m_mutex;
    std::map<Key, Known> m_known;
    std::map<payment::ChainId, SteadyTime> m_silentUntil;
};

}  // namespace gr::gateway
