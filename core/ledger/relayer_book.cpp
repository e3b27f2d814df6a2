// SPDX-License-Identifier: MIT
#include "ledger/relayer_book.h"

#include <algorithm>
#include <array>

#include "ledger/table_work.h"

namespace gr::ledger {
namespace {

constexpr std::array<std::string_view, 4> kNames{"prepared", "broadcast", "mined", "replaced"};

constexpr std::string_view kColumns =
    "sequence, chain_id, relayer, nonce, state, created_ms, updated_ms, purpose, raw, hash, "
    "max_fee, tip, cost_pico, block";

Result<RelayTransaction> readRow(const Database& database, const Statement& row) {
    const auto state = relayState(row.text(4));
    if (!state)
        return fail(database.corrupt("state of a relayer's row"));
    return RelayTransaction{.sequence = row.integer(0),
                            .chainId = row.integer(1),
                            .relayer = std::string(row.text(2)),
                            .nonce = row.integer(3),
                            .state = *state,
                            .createdAt = {row.integer(5)},
                            .updatedAt = {row.integer(6)},
                            .purpose = std::string(row.text(7)),
                            .raw = std::string(row.text(8)),
                            .hash = std::string(row.text(9)),
                            .maxFee = std::string(row.text(10)),
                            .tip = std::string(row.text(11)),
                            .cost = Money::fromPico(row.integer(12)),
                            .block = row.integer(13)};
}

Result<std::vector<RelayTransaction>> select(Database& database, std::string_view condition,
                                             const std::vector<Value>& values) {
    const std::string sql = "SELECT " + std::string(kColumns) + " FROM relayer_transactions WHERE ";
    return readRows<RelayTransaction>(database, sql + std::string(condition), values, readRow);
}

Result<void> setState(Database& database, std::int64_t sequence, RelayState state,
                      std::int64_t block) {
    const auto now = database.now();
    if (!now)
        return fail(now.error());
    return runOnce(database,
                   "UPDATE relayer_transactions SET state = ?, block = ?, updated_ms = ? "
                   "WHERE sequence = ?",
                   {nameOf(state), block, now->value, sequence});
}

}  // namespace

std::string_view nameOf(RelayState state) {
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<RelayState> relayState(std::string_view name) {
    const auto* const it = std::find(kNames.begin(), kNames.end(), name);
    if (it == kNames.end())
        return std::nullopt;
    return static_cast<RelayState>(it - kNames.begin());
}

Result<std::unique_ptr<RelayerBook>> RelayerBook::open(const Location& location) {
    auto database = openForPromises(location);
    if (!database)
        return fail(std::move(database.error()));
    return std::unique_ptr<RelayerBook>(new RelayerBook(std::move(*database)));
}

Result<std::int64_t> RelayerBook::nextNonceNow(std::int64_t chainId, std::string_view relayer,
                                               std::int64_t onChain) {
    const auto own = numberOf(m_database,
                              "SELECT coalesce(max(nonce) + 1, 0) FROM relayer_transactions "
                              "WHERE chain_id = ? AND relayer = ?",
                              {chainId, relayer});
    if (!own)
        return fail(own.error());
    return std::max(*own, onChain);
}

Result<std::int64_t> RelayerBook::nextNonce(std::int64_t chainId, std::string_view relayer,
                                            std::int64_t onChain) {
    const std::lock_guard lock(m_mutex);
    return nextNonceNow(chainId, relayer, onChain);
}

// Signs and writes a row of which chain, relayer, nonce and purpose are known.
Result<RelayTransaction> RelayerBook::write(RelayTransaction row, const SignRelay& sign) {
    auto made = sign(row.nonce);
    if (!made)
        return fail(std::move(made.error()));
    const auto now = m_database.now();
    const auto sequence =
        m_database.queryInteger("SELECT coalesce(max(sequence), 0) + 1 FROM relayer_transactions");
    if (!now || !sequence)
        return fail(now ? sequence.error() : now.error());
    made->sequence = *sequence;
    made->chainId = row.chainId;
    made->relayer = row.relayer;
    made->nonce = row.nonce;
    made->purpose = row.purpose;
    made->state = RelayState::Prepared;
    made->createdAt = made->updatedAt = *now;
    made->block = 0;
    auto written =
        runOnce(m_database,
                "INSERT INTO relayer_transactions (" + std::string(kColumns) + ") VALUES (" +
                    places(14) + ")",
                {made->sequence, made->chainId, made->relayer, made->nonce, nameOf(made->state),
                 now->value, now->value, made->purpose, Blob{made->raw}, made->hash, made->maxFee,
                 made->tip, made->cost.pico(), made->block});
    if (!written)
        return fail(std::move(written.error()));
    return made;
}

Result<RelayTransaction> RelayerBook::prepare(std::int64_t chainId, std::string_view relayer,
                                              std::int64_t onChain, std::string_view purpose,
                                              const SignRelay& sign) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<RelayTransaction>(m_database, [&]() -> Result<RelayTransaction> {
        const auto nonce = nextNonceNow(chainId, relayer, onChain);
        if (!nonce)
            return fail(nonce.error());
        RelayTransaction row;
        row.chainId = chainId;
        row.relayer = relayer;
        row.nonce = *nonce;
        row.purpose = purpose;
        return write(std::move(row), sign);
    });
}

Result<std::optional<RelayTransaction>> RelayerBook::replace(std::int64_t sequence,
                                                             std::string_view purpose,
                                                             const SignRelay& sign) {
    using Answer = std::optional<RelayTransaction>;
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<Answer>(m_database, [&]() -> Result<Answer> {
        auto found =
            select(m_database, "sequence = ? AND state IN ('prepared','broadcast')", {sequence});
        if (!found)
            return fail(std::move(found.error()));
        if (found->empty())
            return Answer();
        if (auto set = setState(m_database, sequence, RelayState::Replaced, 0); !set)
            return fail(std::move(set.error()));
        found->front().purpose = purpose;
        auto made = write(std::move(found->front()), sign);
        if (!made)
            return fail(std::move(made.error()));
        return Answer(std::move(*made));
    });
}

Result<bool> RelayerBook::broadcast(std::int64_t sequence) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        const auto found = select(m_database, "sequence = ? AND state = 'prepared'", {sequence});
        if (!found)
            return fail(found.error());
        if (found->empty())
            return false;
        if (auto set = setState(m_database, sequence, RelayState::Broadcast, 0); !set)
            return fail(std::move(set.error()));
        return true;
    });
}

Result<bool> RelayerBook::mined(std::int64_t chainId, std::string_view hash, std::int64_t block) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        const auto found = select(m_database, "chain_id = ? AND hash = ?", {chainId, hash});
        if (!found)
            return fail(found.error());
        if (found->empty())
            return false;
        const RelayTransaction& one = found->front();
        // The others first: one at a time has the nonce.
        auto set = runOnce(m_database,
                           "UPDATE relayer_transactions SET state = 'replaced' WHERE chain_id = ? "
                           "AND relayer = ? AND nonce = ? AND sequence <> ?",
                           {chainId, one.relayer, one.nonce, one.sequence});
        if (set)
            set = setState(m_database, one.sequence, RelayState::Mined, block);
        if (!set)
            return fail(std::move(set.error()));
        return true;
    });
}

Result<bool> RelayerBook::lost(std::int64_t sequence) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        const auto found =
            select(m_database, "sequence = ? AND state IN ('prepared','broadcast')", {sequence});
        if (!found)
            return fail(found.error());
        if (found->empty())
            return false;
        if (auto set = setState(m_database, sequence, RelayState::Replaced, 0); !set)
            return fail(std::move(set.error()));
        return true;
    });
}

Result<bool> RelayerBook::unmined(std::int64_t chainId, std::string_view hash) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        const auto found =
            select(m_database, "chain_id = ? AND hash = ? AND state = 'mined'", {chainId, hash});
        if (!found)
            return fail(found.error());
        if (found->empty())
            return false;
        if (auto set = setState(m_database, found->front().sequence, RelayState::Broadcast, 0);
            !set)
            return fail(std::move(set.error()));
        return true;
    });
}

Result<std::vector<RelayTransaction>> RelayerBook::pending() {
    const std::lock_guard lock(m_mutex);
    return select(m_database, "state IN ('prepared','broadcast') ORDER BY chain_id, relayer, nonce",
                  {});
}

Result<std::vector<RelayTransaction>> RelayerBook::of(std::string_view purpose) {
    const std::lock_guard lock(m_mutex);
    return select(m_database, "purpose = ? ORDER BY sequence", {purpose});
}

Result<Money> RelayerBook::costSince(UnixMs from) {
    const std::lock_guard lock(m_mutex);
    Money sum;
    auto done = forEachRow(m_database,
                           "SELECT " + sumColumns("cost_pico") +
                               " FROM relayer_transactions WHERE created_ms >= ? AND "
                               "state <> 'replaced'",
                           {from.value}, [&sum](Statement& row) -> Result<void> {
                               sum = sumAt(row, 0);
                               return {};
                           });
    if (!done)
        return fail(std::move(done.error()));
    return sum;
}

}  // namespace gr::ledger
