// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/store.h"

namespace gr::ledger {

// Rows of `requests` back to records. Thread of its Database; dies before it.
class RowReader final {
  public:
    // What a SELECT lists for `read`, in this order.
    static constexpr std::string_view kColumns =
        "sequence, started_ms, client, provider, model, asked, outcome, id, input_tokens, "
        "output_tokens, cost_pico, first_token_ms, cache_read_tokens, reasoning_tokens, "
        "endpoint, error, status, flags, total_ms, attempts, cache_write_5m_tokens, "
        "cache_write_1h_tokens, audio_input_tokens, audio_output_tokens, charges";
    static constexpr int kColumnCount = 25;

    explicit RowReader(Database& database) : m_database(&database) {}

    // The row `statement` stands on. LedgerCorrupt when it makes no sense.
    Result<StoredRecord> read(const Statement& statement);
    // The name with this number; empty for 0 and for numbers without a name.
    Result<std::string> name(std::int64_t number);

  private:
    Result<std::string> look(std::int64_t number);

    Database* m_database;
    std::optional<Statement> m_find;
    std::unordered_map<std::int64_t, std::string> m_names;
};

}  // namespace gr::ledger
