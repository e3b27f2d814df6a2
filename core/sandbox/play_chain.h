// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "payment/eip712.h"
#include "payment/signature.h"
#include "payment/token.h"

// A chain that is none: it lives in this program's memory, its one token is worth nothing, and no
// network knows it. What it checks, it checks as Circle's FiatTokenV2_2 does (EIP-3009), so that
// whoever pays here can pay elsewhere.
namespace gr::sandbox {

// Who appears as the sender of its transactions: of payments, and of what the faucet gives.
inline constexpr payment::Address kPlayBroker{{'G', 'a', 't', 'e', 'R', 'o', 'u', 't', 'e', 'r',
                                               'P', 'l', 'a', 'y', 'B', 'r', 'o', 'k', 'e', 'r'}};
constexpr std::uint64_t kFill = 10'000'000;  // what the faucet gives at a time: 10 play dollars

// It keeps everything in memory, and forgets nothing that it would be asked for: it is full
// instead.
struct PlayLimits {
    std::size_t transactions = 50'000;
    std::size_t blocks = 4'096;  // the last ones; transactions stay
    unsigned fillsPerHour = 10;  // to one address
    unsigned fills = 10'000;
};

// Why the token refuses, in the order in which it looks.
enum class Refusal : std::uint8_t {
    None,
    Blacklisted,  // the token's own address, as at Circle's
    NotYetValid,
    Expired,
    Used,  // the nonce, or it was cancelled
    SignatureLength,
    HighS,
    WrongV,
    NoSigner,
    WrongSigner,
    ToNobody,
    Balance,
    Full,  // not of the token: this chain holds as much as it can
};
std::string_view revertText(Refusal refusal);  // in the contract's words

struct PlayBlock {
    std::uint64_t number = 0;
    std::uint64_t time = 0;  // seconds since 1970; never less than its parent's
    payment::Bytes32 hash;
    payment::Bytes32 parent;
    std::optional<payment::Bytes32> transaction;  // at most one
};

struct PlayLog {
    std::vector<payment::Bytes32> topics;  // of the token; there is no other contract
    std::string data;                      // bytes
};

struct PlayTransaction {
    payment::Bytes32 hash;
    payment::Bytes32 blockHash;
    std::uint64_t block = 0;
    std::vector<PlayLog> logs;
};

// Deterministic: the same calls at the same times make the same hashes. Any thread; the clock must
// outlive it.
class PlayChain final {
  public:
    explicit PlayChain(const Clock& clock, PlayLimits limits = {});

    // As resources/networks.json pins them.
    const payment::Token& token() const { return m_token; }
    const payment::Bytes32& separator() const { return m_separator; }

    struct Outcome {
        Refusal refusal = Refusal::None;
        payment::Bytes32 transaction;  // where nothing refused
    };
    // What transferWithAuthorization would say now. `signature` as bytes; only keys sign here:
    // there are no contract wallets.
    Refusal check(const payment::TransferAuthorization& authorization,
                  std::string_view signature) const;
    // Does it, in a block of its own. The very authorization that was settled before gives that
    // transaction again and moves nothing.
    Outcome settle(const payment::TransferAuthorization& authorization, std::string_view signature);
    // EIP-3009's cancelAuthorization: the nonce counts as used from here on.
    Outcome cancel(const payment::Address& authorizer, const payment::Bytes32& nonce,
                   std::string_view signature);

    // kFill new units. LimitReached: too often for this address, or at all; Overloaded: the chain
    // is full; InvalidField: an address that nobody can have.
    Result<payment::Bytes32> fill(const payment::Address& to);

    payment::Uint256 balanceOf(const payment::Address& owner) const;
    payment::Uint256 supply() const;
    bool used(const payment::Address& from, const payment::Bytes32& nonce) const;

    // The last block. It is never older than two seconds: empty ones are made when it is asked for.
    PlayBlock head();
    std::optional<PlayBlock> block(std::uint64_t number) const;  // nothing: forgotten, or not yet
    std::optional<PlayBlock> block(const payment::Bytes32& hash) const;
    std::optional<PlayTransaction> transaction(const payment::Bytes32& hash) const;
    // Those of blocks [from, to], in order, until `each` gives false. It must not call back.
    void transactions(std::uint64_t from, std::uint64_t to,
                      const std::function<bool(const PlayTransaction&)>& each) const;

  private:
    using Nonce = std::pair<payment::Address, payment::Bytes32>;
    struct Use {
        payment::Bytes32 digest;  // of what was signed
        payment::Bytes32 transaction;
    };
    struct Fills {
        std::uint64_t since = 0;  // seconds
        unsigned count = 0;
    };

    std::uint64_t time() const;
    Refusal checkNow(const payment::TransferAuthorization& authorization,
                     const payment::Bytes32& digest, std::string_view signature,
                     std::uint64_t now) const;
    std::uint64_t unitsOf(const payment::Address& owner) const;
    void take(const payment::Address& owner, std::uint64_t units);
    void mine(std::optional<payment::Bytes32> transaction, std::uint64_t now);
    payment::Bytes32 add(const payment::Bytes32& hash, std::vector<PlayLog> logs,
                         std::uint64_t now);
    bool full() const { return m_transactions.size() >= m_limits.transactions; }

    const Clock& m_clock;
    const PlayLimits m_limits;
    payment::Token m_token;
    payment::Bytes32 m_separator;

    mutable std::mutex m_lock;  // over all below
    std::map<payment::Address, std::uint64_t> m_balances;
    std::map<Nonce, Use> m_uses;
    std::map<payment::Address, Fills> m_fills;
    unsigned m_filled = 0;
    std::deque<PlayBlock> m_blocks;
    std::vector<PlayTransaction> m_transactions;
    std::map<payment::Bytes32, std::size_t> m_places;  // of transactions
};

// What is signed to cancel a nonce.
payment::Bytes32 cancelDigest(const payment::Bytes32& separator, const payment::Address& authorizer,
                              const payment::Bytes32& nonce);

}  // namespace gr::sandbox
