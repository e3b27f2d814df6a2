// SPDX-License-Identifier: MIT
#include "ledger/removals.h"

#include <algorithm>
#include <utility>

namespace gr::ledger {
namespace {

struct Run {
    std::int64_t chain = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::string lastCode;
};

std::vector<Run> runsOf(std::vector<Gone> gone) {
    std::sort(gone.begin(), gone.end(), [](const Gone& a, const Gone& b) {
        return std::pair(a.chain, a.number) < std::pair(b.chain, b.number);
    });
    std::vector<Run> runs;
    for (Gone& row : gone) {
        if (runs.empty() || runs.back().chain != row.chain || runs.back().last + 1 != row.number)
            runs.push_back({row.chain, row.number, row.number, {}});
        runs.back().last = row.number;
        runs.back().lastCode = std::move(row.code);
    }
    return runs;
}

class Book final {
  public:
    Book(Database& database, Receipts& receipts) : m_database(database), m_receipts(receipts) {}

    Result<void> add(Run run) {
        auto name = nameOf(run.chain);
        if (!name)
            return fail(std::move(name.error()));
        if (auto joined = join(run, *name, "last_number", run.first - 1); !joined)
            return joined;
        if (auto joined = join(run, *name, "first_number", run.last + 1); !joined)
            return joined;
        auto insert = m_database.prepare(
            "INSERT INTO removals (chain, first_number, last_number, last_mac, signer, seal) "
            "VALUES (?,?,?,?,?,?)");
        if (!insert)
            return fail(std::move(insert.error()));
        const std::string seal = m_receipts.sealOf({*name, run.first, run.last, run.lastCode});
        insert->bind(1, run.chain);
        insert->bind(2, run.first);
        insert->bind(3, run.last);
        insert->bindBlob(4, run.lastCode);
        insert->bind(5, m_receipts.chain().id);
        insert->bindBlob(6, seal);
        return insert->run();
    }

  private:
    Result<std::string> nameOf(std::int64_t chain) {
        auto find = m_database.prepare("SELECT name FROM chains WHERE id = ?");
        if (!find)
            return fail(std::move(find.error()));
        find->bind(1, chain);
        const auto row = find->step();
        if (!row)
            return fail(row.error());
        return *row ? std::string(find->text(0)) : std::string();
    }

    // Takes in the run whose `column` is `number`, if it is one of ours: what somebody else put
    // there must not get our seal.
    Result<void> join(Run& run, std::string_view name, const std::string& column,
                      std::int64_t number) {
        auto find = m_database.prepare(
            "SELECT id, first_number, last_number, last_mac, seal FROM removals "
            "WHERE chain = ? AND signer = ? AND " +
            column + " = ?");
        if (!find)
            return fail(std::move(find.error()));
        find->bind(1, run.chain);
        find->bind(2, m_receipts.chain().id);
        find->bind(3, number);
        const auto row = find->step();
        if (!row)
            return fail(row.error());
        if (!*row || m_receipts.sealOf({name, find->integer(1), find->integer(2), find->text(3)}) !=
                         find->text(4))
            return {};
        const std::int64_t id = find->integer(0);
        run.first = std::min(run.first, find->integer(1));
        if (find->integer(2) > run.last) {
            run.last = find->integer(2);
            run.lastCode = find->text(3);
        }
        find->reset();
        auto remove = m_database.prepare("DELETE FROM removals WHERE id = ?");
        if (!remove)
            return fail(std::move(remove.error()));
        remove->bind(1, id);
        return remove->run();
    }

    Database& m_database;
    Receipts& m_receipts;
};

}  // namespace

Result<void> bookRemovals(Database& database, Receipts& receipts, std::vector<Gone> gone) {
    Book book(database, receipts);
    for (Run& run : runsOf(std::move(gone))) {
        if (auto added = book.add(std::move(run)); !added)
            return added;
    }
    return {};
}

}  // namespace gr::ledger
