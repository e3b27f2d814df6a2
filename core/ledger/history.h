// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "ledger/entry.h"

// What is asked of the history and what it answers. Plain values; any thread.
namespace gr::ledger {

// What a request had to do with payments by the request.
enum class Trade : std::uint8_t {
    Any,
    Sold,    // a stranger paid for it, or was to
    Bought,  // a seller was paid for it, as far as that counts as spent
};
// How the client of a request that is sold begins; the payer's address follows.
inline constexpr std::string_view kPayerClient = "x402:";

// Which requests; an empty or absent member does not restrict.
struct Filter {
    std::optional<UnixMs> from = {};  // inclusive; of the start
    std::optional<UnixMs> to = {};    // exclusive
    std::string client = {};
    std::string provider = {};
    std::string model = {};  // the one that answered
    std::optional<Outcome> outcome = {};
    bool failuresOnly = false;
    Trade trade = Trade::Any;
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
    std::int64_t failures = 0;  // outcomes other than Answered and ClientGone
    std::int64_t inputTokens = 0;
    std::int64_t outputTokens = 0;
    Money knownCost;               // sum of what is known
    std::int64_t unknownCost = 0;  // requests whose cost is unknown
    // Over the newest 1,000 of these requests, as far as they had a first token.
    std::optional<std::int64_t> medianFirstTokenMs;
};

// One bar of a chart.
struct Bucket {
    UnixMs start;       // a whole hour, or so many days after the hour in which the series begins
    std::string group;  // model, provider, client or rail, by `GroupBy`
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
    Money knownCost;
    std::int64_t unknownCost = 0;  // requests whose cost is unknown
};

enum class Step : std::uint8_t { Hour, Day };
// Rail: what a request was paid with. Its groups are kOwnKeys, "eip155:8453" and the like for what
// sellers got on this chain, and an empty one for requests whose rows were removed.
enum class GroupBy : std::uint8_t { Model, Provider, Client, Rail };
inline constexpr std::string_view kOwnKeys = "keys";

// A hole in the history that the ledger knows of.
struct Gap {
    UnixMs from;
    UnixMs to;
    std::int64_t requests = 0;
};

// Rows that were removed because of their age. Their hourly sums stay.
struct Cut {
    UnixMs before;  // rows that began earlier are gone, or are being removed; a whole hour
    std::int64_t requests = 0;
    std::int64_t inputTokens = 0;
    std::int64_t outputTokens = 0;
    Money knownCost;
    std::int64_t unknownCost = 0;  // requests whose cost is unknown
    std::int64_t firstSequence = 0;
    std::int64_t lastSequence = 0;
};

}  // namespace gr::ledger
