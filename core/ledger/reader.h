// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/entry.h"

namespace gr::ledger {

// Which requests; an empty or absent member does not restrict.
struct Filter {
    std::optional<UnixMs> from = {};  // inclusive; of the start
    std::optional<UnixMs> to = {};    // exclusive
    std::string client = {};
    std::string provider = {};
    std::string model = {};  // the one that answered
    std::optional<Outcome> outcome = {};
    bool failuresOnly = false;
    // Part of a request id or of the name of a client, provider or model, asked for or answering;
    // letters of ASCII in either case.
    std::string text = {};
};

// A row with its place in the order of writing, which is the cursor of the paging.
struct StoredRecord {
    std::int64_t sequence = 0;
    RequestRecord record;
};

struct Totals {
    std::int64_t requests = 0;
    std::int64_t failures = 0;       // outcomes other than Answered and ClientGone
    std::int64_t inputTokens = 0;
    std::int64_t outputTokens = 0;
    Money knownCost;                 // sum of what is known
    std::int64_t unknownCost = 0;    // requests whose cost is unknown
    std::optional<std::int64_t> medianFirstTokenMs;
};

// One bar of a chart.
struct Bucket {
    UnixMs start;
    std::string group;  // model, provider or client, by `GroupBy`
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
    Money knownCost;
};

enum class Step : std::uint8_t { Hour, Day };
enum class GroupBy : std::uint8_t { Model, Provider, Client };

// A hole in the history that the ledger knows of.
struct Gap {
    UnixMs from;
    UnixMs to;
    std::int64_t requests = 0;
};

// The reading side: own read-only connection, so that pages never wait for the writer.
// One thread at a time; may be created and used away from the main thread.
class Reader final {
  public:
    static Result<Reader> open(const std::filesystem::path& file);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    // Newest first; rows before `before` (a sequence), at most `limit`.
    Result<std::vector<StoredRecord>> page(const Filter& filter, std::optional<std::int64_t> before,
                                           int limit);
    // Rows written after `after`, oldest first, at most `limit`: what a live table adds.
    Result<std::vector<StoredRecord>> newerThan(std::int64_t after, int limit);
    Result<std::optional<StoredRecord>> find(const std::string& requestId);
    Result<Totals> totals(const Filter& filter);
    Result<std::vector<Bucket>> series(UnixMs from, UnixMs to, Step step, GroupBy by);
    Result<std::vector<Gap>> gaps(UnixMs from, UnixMs to);

  private:
    class Impl;
    explicit Reader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::ledger
