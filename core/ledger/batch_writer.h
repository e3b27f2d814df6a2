// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/history.h"
#include "ledger/receipts.h"
#include "ledger/store.h"

namespace gr::ledger {

// Names to their numbers in the table `names`; adds those that are new. Ledger thread.
class NameBook final {
  public:
    static Result<NameBook> create(Database& database);

    // 0 after a failure, which `failure()` then holds until `forget()`.
    std::int64_t number(std::string_view name);
    const std::optional<Error>& failure() const { return m_failure; }
    // After a rollback: what was added since may not be in the table.
    void forget();

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    Result<std::int64_t> lookUpOrAdd(std::string_view name);

    const Connection* m_connection = nullptr;
    std::uint64_t m_generation = 0;  // in which `m_numbers` were there
    Statement m_find;
    Statement m_add;
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> m_numbers;
    std::optional<Error> m_failure;
};

// Writes requests with their share of the hourly sums, each batch as one transaction: all of it
// stands in the ledger afterwards, or nothing. When a server's answer to the commit was lost, the
// next batch first looks which it was; what was refused must come again in it. Ledger thread; dies
// before its Database.
class BatchWriter final {
  public:
    // `holder`: whose leases the charges of the rows come from (see LeaseTable).
    // Rows get receipts of `receipts`, which outlives this.
    static Result<BatchWriter> create(Database& database, std::int64_t holder, Receipts& receipts);

    // `gap` is booked beside the rows when there is one.
    Result<void> write(std::span<const RequestRecord> records, const std::optional<Gap>& gap);

  private:
    // hour, client, provider, model, outcome
    using HourKey = std::array<std::int64_t, 5>;
    struct HourSums {
        std::int64_t requests = 0;
        std::int64_t inputTokens = 0;
        std::int64_t outputTokens = 0;
        std::int64_t knownCost = 0;
        std::int64_t unknownCost = 0;
        std::int64_t firstSequence = 0;
        std::int64_t lastSequence = 0;
    };

    // A batch whose commit may have been done.
    struct Doubt {
        std::int64_t sequence = 0;  // its last row …
        std::string id;             // … 0 and empty without rows
        std::unordered_set<std::string> ids;
        std::optional<Gap> gap;
    };

    BatchWriter(Database& database, std::int64_t holder, Receipts& receipts)
        : m_database(&database), m_holder(holder), m_receipts(&receipts) {}
    Result<std::int64_t> lastSequence();
    // Signs what the row is going to hold, and binds that.
    void sign(SignedRow row, const RequestRecord& record, std::string& code);
    Result<void> resolveDoubt();
    void doubt(std::span<const RequestRecord> records, const std::optional<Gap>& gap,
               std::int64_t lastSequence);
    Result<void> writeAll(std::span<const RequestRecord> records, const std::optional<Gap>& gap);
    Result<void> writeRow(const RequestRecord& record, std::int64_t sequence);
    Result<void> writeSums();
    Result<void> writeFeatures(std::string_view features, std::int64_t sequence);
    Result<void> writeCharges();
    Result<void> writeGap(const Gap& gap);
    void count(const RequestRecord& record, const HourKey& key, std::int64_t sequence);

    Database* m_database;
    std::int64_t m_holder;
    Receipts* m_receipts;
    NameBook m_names;
    Statement m_last;
    Statement m_insert;
    Statement m_addFeatures;
    Statement m_addSums;
    Statement m_addGap;
    Statement m_settle;
    Statement m_spendLease;
    // account and window; amount and leased
    std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::int64_t>>
        m_charges;
    std::optional<Doubt> m_doubt;
    std::unordered_set<std::string> m_there;  // ids of rows that turned out to be written
    std::int64_t m_missingThere = 0;          // requests of gaps that did
    std::map<HourKey, HourSums> m_sums;       // of the batch being written
};

}  // namespace gr::ledger
