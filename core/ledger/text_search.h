// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/store.h"

namespace gr::ledger {

// Finds rows by a part of a name or id; letters of ASCII in either case. The names are looked
// through here, once a question; SQLite then asks back for each row through a function of its own,
// which is twice as fast as what SQL can say. Thread of its Database.
class TextSearch final {
  public:
    // The statements of `database` must not outlive this.
    static Result<std::unique_ptr<TextSearch>> install(Database& database);

    // A condition over the columns of `requests`, good until the next call.
    Result<std::string> condition(Database& database, std::string_view text);

    // For SQLite's function.
    bool matchesName(std::int64_t number) const;
    bool matchesId(std::string_view id) const;

  private:
    Result<void> readNames(Database& database);
    std::string spelledOut() const;

    std::string m_text;                 // lower case
    std::vector<std::int64_t> m_names;  // numbers of those that match, in order
};

}  // namespace gr::ledger
