// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/sale.h"
#include "payment/payment_reader.h"
#include "payment/quote.h"
#include "payment/rpc.h"

// What the chain shows of the money of a sale. Questions and their reading; pure; any thread.
namespace gr::payment {

// The money as it must show: by the payer's authorization with this nonce, and by no other.
struct SaleMoney {
    Address token;
    Address payer;
    Address payTo;
    Uint256 amount;         // units
    bool atMost = false;    // so much at most: what the work took
    std::uint64_t end = 0;  // seconds since 1970; no block from then on takes it
    bool permit2 = false;
    Bytes32 nonce{};         // of EIP-3009
    Uint256 permitNonce{};   // of Permit2
    Uint256 permitAmount{};  // what the permit was signed for
};
// `amount`: of the offer, or what an upto payment is charged.
SaleMoney moneyOf(const SignedAuthorization& paid, const SaleOffer& offer, const Uint256& amount);
// Nothing where the row cannot be read.
std::optional<SaleMoney> moneyOf(const ledger::Sale& sale);

// All to one server, in this order. `transaction`: said to be the one, perhaps.
std::vector<rpc::Call> askMoney(const SaleMoney& money, const std::optional<Bytes32>& transaction);

struct SeenMoney {
    Bytes32 transaction;
    std::uint64_t block = 0;
    Uint256 units;
};

// What one server shows.
struct MoneySight {
    rpc::Block latest;
    std::optional<rpc::Block> final{};  // not every server tells
    bool used = false;                  // the nonce: it paid or was cancelled
    bool failed = false;                // the transaction was mined, and did nothing
    // The very transfer in the transaction, under this nonce: EIP-3009 says so in an event; of
    // Permit2, which has none, the transaction carries the permit.
    std::optional<SeenMoney> seen{};

    // It lies in a block that others followed.
    bool isFollowed() const { return seen && latest.number > seen->block; }
    bool isFinal() const { return seen && final && final->number >= seen->block; }
};
// Nothing where the answers cannot be read.
std::optional<MoneySight> readMoney(const SaleMoney& money, const std::vector<rpc::Answer>& answers,
                                    const std::optional<Bytes32>& transaction);

// Where a used nonce was used: events in a range of blocks, which servers bound.
constexpr std::uint64_t kSearchBlocks = 1'000;
std::vector<rpc::Call> askUses(const SaleMoney& money, const rpc::BlockRange& blocks);
struct NonceUses {
    std::vector<Bytes32> transactions;           // that may be the one, the newest first; few
    std::optional<std::uint64_t> cancelledIn{};  // this block, without paying
    std::uint64_t begin = 0;                     // when the first block was made; seconds
};
std::optional<NonceUses> readUses(const SaleMoney& money, const std::vector<rpc::Answer>& answers);

struct SaleFate {
    enum class Kind : std::uint8_t {
        Settled,   // the money is there
        NotTaken,  // it is not, and never will be
        Reorged,   // it was there, and its block is gone
    };
    Kind kind = Kind::Settled;
    bool final = false;  // Settled: its block stays
    std::string transaction{};
    std::int64_t block = 0;
    Uint256 charged{};
};
// Nothing where nothing is certain, or nothing new: a used nonce whose transaction is not known,
// among others. Where `sale` was paid, its money is missed once the chain is beyond its block.
std::optional<SaleFate> fateOf(const ledger::Sale& sale, const SaleMoney& money,
                               const MoneySight& sight);

}  // namespace gr::payment
