// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "gateway/wallet_entry.h"
#include "http/client.h"
#include "payment/chain_client.h"
#include "payment/offer_choice.h"

namespace gr::gateway {

// Asks a chain what a signature hangs on, before there is one: whether the token's contract is what
// we take it for, whether the wallet holds enough of it, and whether our clock is the chain's. All
// is one question, and none is asked while the answers still count: a token that agreed does until
// the process ends, a balance that is enough for kFresh, less what was signed for since. One that
// is too small is asked for anew each time, because a person may just have sent some. Shared by the
// io threads.
class PayerCheck final {
  public:
    static constexpr Milliseconds kFresh{600'000};
    // So long a chain that does not tell is not asked: it does not hold up each payment.
    static constexpr Milliseconds kPause{60'000};

    explicit PayerCheck(const Clock& clock) : m_clock(clock) {}

    // The units of the offer's token that the wallet holds; nothing where that is not known:
    // without an RPC server, and while none answers, our own list and clock count. PaymentRefused:
    // the contract says otherwise, or the clocks differ. Cancelled.
    using Units = std::optional<payment::Uint256>;
    http::Awaitable<Result<Units>> lookUp(WalletPtr wallet, payment::ChosenOffer chosen,
                                          http::Client& client, http::Deadlines& deadlines,
                                          http::AbortSlot& abort);

    // A payment of it was signed.
    void promised(const WalletEntry& wallet, const payment::ChosenOffer& chosen);

    // The latest block of a chain was read, whatever for.
    void sawBlock(const WalletEntry& wallet, payment::ChainId chain,
                  const payment::rpc::Block& latest);

    // Another wallet counts: what was said of chains that it does not name is forgotten.
    void applied(const WalletEntry& wallet);

    // Why nothing is signed on this chain, or (without one) on any: the clocks differ. Empty: they
    // do not, as far as is known.
    std::string clockProblem(std::optional<payment::ChainId> chain = {}) const;

  private:
    using Key = std::tuple<payment::ChainId, payment::Address, payment::Address>;  // token, payer
    struct Known {
        payment::Uint256 units;
        SteadyTime until;
    };
    struct Due {
        bool proof = false;
        bool any = false;
        Units units;  // where nothing is due
    };
    Due due(const Key& key, const std::string& token, const payment::Uint256& enough) const;
    void forgetUntil(const std::string& token, bool agreed);
    void noteSilence(payment::ChainId chain);
    void noteUnits(const Key& key, const Units& units);
    void noteClock(const WalletEntry& wallet, payment::ChainId chain,
                   std::optional<Milliseconds> gap);
    http::Awaitable<bool> anotherAgrees(payment::ChainClient& chain, bool idles,
                                        http::AbortSlot& abort);

    const Clock& m_clock;
    mutable std::mutex m_mutex;
    std::map<std::string, SteadyTime> m_proofNext;  // by token, as it was known
    std::map<Key, Known> m_known;
    std::map<payment::ChainId, SteadyTime> m_silentUntil;
    std::map<payment::ChainId, std::string> m_clockProblems;
};

}  // namespace gr::gateway
