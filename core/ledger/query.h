// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/store_sqlite.h"

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

// Which names, by number, contain the text that is looked for. Read by the SQL function of
// `TextSearch`.
class TextSearch final {
  public:
    // Makes the SQL function `matches_text(client, provider, model, asked, id)` known to
    // `database`, whose statements must not outlive this.
    static Result<std::unique_ptr<TextSearch>> install(Database& database);

    // Sets what to look for; letters of ASCII in either case. Reads all names once.
    Result<void> lookFor(Database& database, std::string_view text);

    bool matchesName(std::int64_t number) const;
    bool matchesId(std::string_view id) const;

  private:
    std::string m_text;  // lower case
    std::vector<bool> m_names;
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

    // Selects the matching rows between the sequences ?1 and ?2, at most ?3 (-1: all).
    std::string select(std::string_view columns, Order order) const;

    // Where the rows lie, newest first, disjoint; not all rows in there match.
    Result<std::vector<Span>> spans(Database& database) const;
};

}  // namespace gr::ledger
