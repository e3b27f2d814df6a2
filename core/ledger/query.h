// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/store.h"
#include "ledger/text_search.h"

// How a Filter finds its rows without indexes of its own: the hourly sums tell for each hour,
// client, provider, model and outcome between which sequences its rows lie, so that only these are
// read.
namespace gr::ledger {

enum class Order : std::uint8_t { NewestFirst, OldestFirst };

// Sequences, both ends included.
struct Span {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

// A Filter in terms of the tables. Lives for one question.
struct Query {
    bool nothing = false;       // it names something that no row has
    std::string conditions;     // " AND …" over the columns of `requests`, or empty
    std::string sumConditions;  // the same for `hours`, as far as it can tell
    bool bySums = false;        // it can, apart from hours that the time range cuts
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;  // exclusive

    static Result<Query> make(Database& database, TextSearch& search, const Filter& filter);

    // Selects the matching rows between the sequences ?1 and ?2, at most ?3.
    std::string select(std::string_view columns, Order order) const;

    // Where the rows lie, newest first, disjoint; not all rows in there match.
    Result<std::vector<Span>> spans(Database& database) const;
};

}  // namespace gr::ledger
