// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/store.h"

namespace gr::ledger {

enum class RelayState : std::uint8_t {
    Prepared,   // signed and durable; not known to have left
    Broadcast,  // a node has it
    Mined,      // in a block: as the nonce's only one
    Replaced,   // another one has its nonce
};
std::string_view nameOf(RelayState state);  // "prepared" … "replaced"
std::optional<RelayState> relayState(std::string_view name);

// A transaction that this gateway sends to a chain itself.
struct RelayTransaction {
    std::int64_t sequence = 0;
    std::int64_t chainId = 0;
    std::string relayer;  // address of the sender
    std::int64_t nonce = 0;
    RelayState state = RelayState::Prepared;
    UnixMs createdAt;
    UnixMs updatedAt;
    std::string purpose;  // id of the sale it settles, or "approval" and the like
    std::string raw;      // the signed bytes
    std::string hash;
    std::string maxFee;  // wei a gas, decimal; both
    std::string tip;
    Money cost;              // at most, as it was prepared
    std::int64_t block = 0;  // where it was mined
};

// What is signed with a nonce: raw, hash, fees and cost are filled in.
using SignRelay = std::function<Result<RelayTransaction>(std::int64_t nonce)>;

// Transactions of relayers in the ledger's tables, on a connection of its own whose commits wait
// for the disk: bytes are durable before a node gets them, and no two have one nonce unless one
// replaces the other. Every call blocks; any thread but io threads.
class RelayerBook final {
  public:
    static Result<std::unique_ptr<RelayerBook>> open(const Location& location);

    // The next nonce of this relayer: behind all of this ledger, and not before `onChain`, what the
    // chain counts. `sign` runs while the ledger is locked: it must not ask the ledger anything.
    Result<RelayTransaction> prepare(std::int64_t chainId, std::string_view relayer,
                                     std::int64_t onChain, std::string_view purpose,
                                     const SignRelay& sign);
    // Another one with the same nonce takes the place of `sequence` (higher fees, or a cancellation
    // with another purpose). Nothing is signed, and the answer is empty, where that is mined or
    // replaced already.
    Result<std::optional<RelayTransaction>> replace(std::int64_t sequence, std::string_view purpose,
                                                    const SignRelay& sign);
    // A node has taken it; false: it was not Prepared.
    Result<bool> broadcast(std::int64_t sequence);
    // It is in a block; whatever else had its nonce is replaced. False: there is none such.
    Result<bool> mined(std::int64_t chainId, std::string_view hash, std::int64_t block);
    // Something that is not of this ledger has its nonce: it can never be mined. False: it waits no
    // more.
    Result<bool> lost(std::int64_t sequence);
    // Its block is gone: it waits again. False: it was not mined.
    Result<bool> unmined(std::int64_t chainId, std::string_view hash);

    Result<std::int64_t> nextNonce(std::int64_t chainId, std::string_view relayer,
                                   std::int64_t onChain);
    Result<std::vector<RelayTransaction>> pending();  // prepared and broadcast, by nonce
    Result<std::vector<RelayTransaction>> of(std::string_view purpose);
    // What all since then may cost at most; of those with one nonce the last.
    Result<Money> costSince(UnixMs from);

  private:
    explicit RelayerBook(Database database) : m_database(std::move(database)) {}
    Result<std::int64_t> nextNonceNow(std::int64_t chainId, std::string_view relayer,
                                      std::int64_t onChain);
    Result<RelayTransaction> write(RelayTransaction row, const SignRelay& sign);

    std::mutex m_mutex;
    Database m_database;
};

}  // namespace gr::ledger
