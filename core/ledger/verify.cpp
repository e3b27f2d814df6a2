// SPDX-License-Identifier: MIT
#include "ledger/verify.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "base/time_text.h"
#include "ledger/attempt_sums.h"
#include "ledger/history.h"
#include "ledger/retention.h"
#include "ledger/row.h"
#include "ledger/row_reader.h"
#include "ledger/schema.h"
#include "ledger/store.h"
#include "ledger/window.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kMaxFindings = 50;
constexpr std::int64_t kRowsAtOnce = 20'000;

// hour, client, provider, model, outcome
using Key = std::array<std::int64_t, 5>;

struct Sums {
    std::int64_t requests = 0;
    std::int64_t inputTokens = 0;
    std::int64_t outputTokens = 0;
    std::int64_t cost = 0;
    std::int64_t unknownCost = 0;
    std::int64_t firstSequence = 0;
    std::int64_t lastSequence = 0;
    bool operator==(const Sums&) const = default;
};

// What a limit spent in a window stays in the books, unless that is of an hour or less (see
// LeaseTable). `account`: Limit::key().
bool staysForever(std::string_view account) {
    const std::string_view limit = account.substr(0, account.rfind('|'));
    const auto kind = windowKind(limit.substr(limit.rfind('|') + 1));
    return kind && *kind != WindowKind::Minute && *kind != WindowKind::Hour;
}

class Check final {
  public:
    Check(Database database, const ReceiptKeys& keys)
        : m_database(std::move(database)),
          m_rows(m_database),
          m_chains(m_database, keys, [this](std::string sentence) { find(std::move(sentence)); }) {}

    BooksReport run() {
        auto done = checkAll();
        // Damage that stops the reading is a finding like the others.
        if (!done)
            m_report.findings.push_back(done.error().message.text + " (" +
                                        done.error().detail.text + ")");
        if (m_more > 0)
            m_report.findings.push_back("And " + std::to_string(m_more) + " more of the kind.");
        return std::move(m_report);
    }

  private:
    Result<void> checkAll() {
        m_chains.readAnchorFile();
        auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
        if (!snapshot)
            return fail(std::move(snapshot.error()));
        auto cut = cutsSoFar(m_database);
        if (!cut)
            return fail(std::move(cut.error()));
        m_report.cut = *cut;
        for (const auto step : {&Check::checkDatabase, &Check::sumRows, &Check::compareSums,
                                &Check::compareLimits, &Check::countGaps, &Check::payments}) {
            if (auto done = (this->*step)(); !done)
                return done;
        }
        return {};
    }

    Result<void> checkDatabase() {
        if (m_database.dialect() != Dialect::Sqlite)
            return {};  // a server looks after its pages itself
        return forEach("PRAGMA integrity_check(20)", [this](Statement& row) -> Result<void> {
            if (row.text(0) != "ok")
                find("The database is damaged: " + std::string(row.text(0)) + ".");
            return {};
        });
    }

    Result<void> sumRows() {
        if (auto begun = m_chains.begin(m_report.cut); !begun)
            return begun;
        // A server's rows come all at once: never more than so many.
        for (std::int64_t more = kRowsAtOnce; more == kRowsAtOnce;) {
            const std::int64_t before = m_report.requests;
            if (auto done = sumSomeRows(); !done)
                return done;
            more = m_report.requests - before;
        }
        m_chains.finish();
        m_report.receipts = m_chains.counts();
        m_report.notes = m_chains.notes();
        return {};
    }

    Result<void> sumSomeRows() {
        const std::string sql = "SELECT " + std::string(RowReader::kColumns) +
                                std::string(ChainCheck::kColumns) +
                                " FROM requests WHERE sequence > " + std::to_string(m_last) +
                                " ORDER BY sequence LIMIT " + std::to_string(kRowsAtOnce);
        return forEach(sql, [this](Statement& row) -> Result<void> {
            ++m_report.requests;
            const std::int64_t sequence = m_last = row.integer(0);
            const auto stored = m_rows.read(row);
            if (!stored)
                find("Row " + std::to_string(sequence) + " makes no sense.");
            for (const Charge& charge : stored ? stored->record.charges : std::vector<Charge>()) {
                auto& sum = m_charged[{charge.account, charge.windowMs}];
                sum = addCapped(sum, charge.amount);
            }
            if (stored && !agreesWithAttempts(stored->record))
                find("Row " + std::to_string(sequence) + " (" + stored->record.id +
                     "): its tokens or its cost are not the sum of its attempts.");
            if (stored)
                m_chains.row(row, *stored);
            const auto [place, fresh] =
                m_sums.try_emplace({row.integer(1) / kHourMs, row.integer(2), row.integer(3),
                                    row.integer(4), row.integer(6)});
            Sums& sums = place->second;
            if (fresh)
                sums.firstSequence = sequence;
            sums.lastSequence = sequence;
            const RowCounts counts = countsOf((row.integer(17) & kSettlementFlag) != 0,
                                              row.integerOrNull(10).has_value());
            sums.requests += counts.requests;
            sums.inputTokens = addCapped(sums.inputTokens, row.integer(8));
            sums.outputTokens = addCapped(sums.outputTokens, row.integer(9));
            sums.cost = addCapped(sums.cost, row.integer(10));
            sums.unknownCost += counts.unknownCost;
            return {};
        });
    }

    Result<void> compareSums() {
        auto done = forEach(
            "SELECT hour, client, provider, model, outcome, requests, input_tokens, "
            "output_tokens, cost_pico, unknown_cost, first_sequence, last_sequence FROM hours",
            [this](Statement& row) {
                const Key key{row.integer(0), row.integer(1), row.integer(2), row.integer(3),
                              row.integer(4)};
                const Sums booked{row.integer(5), row.integer(6),  row.integer(7), row.integer(8),
                                  row.integer(9), row.integer(10), row.integer(11)};
                const auto counted = m_sums.extract(key);
                return compare(key, booked, counted ? counted.mapped() : Sums{});
            });
        for (const auto& [key, counted] : m_sums) {
            if (done)
                done = compare(key, Sums{}, counted);
        }
        if (done && m_report.cut)
            compareCut(*m_report.cut);
        return done;
    }

    // What limits say is spent is what rows were charged, in windows whose rows are all there.
    Result<void> compareLimits() {
        const std::int64_t from = m_report.cut ? m_report.cut->before.value : 0;
        const auto compareOne = [this, from](const std::string& name, std::int64_t window,
                                             std::int64_t settled, std::int64_t rows) {
            if (window >= from && rows != settled)
                find("Limit " + name + ", window of " + isoTime({window}) + ": it says " +
                     std::to_string(settled) + " is spent, the rows say " + std::to_string(rows) +
                     ".");
        };
        auto done =
            forEach("SELECT account, window_ms, settled FROM limit_windows",
                    [&](Statement& row) -> Result<void> {
                        auto name = m_rows.name(row.integer(0));
                        if (!name)
                            return fail(std::move(name.error()));
                        const auto rows = m_charged.extract({*name, row.integer(1)});
                        compareOne(*name, row.integer(1), row.integer(2), rows ? rows.mapped() : 0);
                        return {};
                    });
        for (const auto& [place, rows] : m_charged) {
            if (done && staysForever(place.first))
                compareOne(place.first, place.second, 0, rows);
        }
        return done;
    }

    // Of hours from which rows were removed, only the whole can be compared.
    void compareCut(const Cut& cut) {
        const auto differ = [&](const char* what, std::int64_t sums, std::int64_t rows,
                                std::int64_t removed) {
            const std::int64_t known = addCapped(rows, std::max<std::int64_t>(removed, 0));
            if (sums != known)
                find("Before " + isoTime(cut.before) + ": the sums say " + std::to_string(sums) +
                     " " + what + ", the rows and what was removed of them say " +
                     std::to_string(known) + ".");
        };
        differ("requests", m_oldSums.requests, m_oldRows.requests, cut.requests);
        differ("input tokens", m_oldSums.inputTokens, m_oldRows.inputTokens, cut.inputTokens);
        differ("output tokens", m_oldSums.outputTokens, m_oldRows.outputTokens, cut.outputTokens);
        differ("pico-dollars", m_oldSums.cost, m_oldRows.cost, cut.knownCost.pico());
        differ("requests of unknown cost", m_oldSums.unknownCost, m_oldRows.unknownCost,
               cut.unknownCost);
    }

    static void add(Sums& to, const Sums& sums) {
        to.requests = addCapped(to.requests, sums.requests);
        to.inputTokens = addCapped(to.inputTokens, sums.inputTokens);
        to.outputTokens = addCapped(to.outputTokens, sums.outputTokens);
        to.cost = addCapped(to.cost, sums.cost);
        to.unknownCost = addCapped(to.unknownCost, sums.unknownCost);
    }

    Result<void> compare(const Key& key, const Sums& booked, const Sums& counted) {
        const bool old = m_report.cut && key[0] < m_report.cut->before.value / kHourMs;
        if (old) {
            add(m_oldSums, booked);
            add(m_oldRows, counted);
        }
        if (booked == counted || (old && counted.requests <= booked.requests))
            return {};
        constexpr std::int64_t kLastHour = std::numeric_limits<std::int64_t>::max() / kHourMs;
        std::string where =
            "Hour " + isoTime({std::clamp(key[0], -kLastHour, kLastHour) * kHourMs});
        const std::pair<const char*, std::int64_t> names[] = {
            {", client ", key[1]}, {", provider ", key[2]}, {", model ", key[3]}};
        for (const auto& [title, number] : names) {
            auto name = m_rows.name(number);
            if (!name)
                return fail(std::move(name.error()));
            where += title + (name->empty() ? "(none)" : *name);
        }
        const auto differ = [&](const char* what, std::int64_t sum, std::int64_t rows) {
            if (sum != rows)
                find(where + ": the sum says " + std::to_string(sum) + " " + what +
                     ", the rows say " + std::to_string(rows) + ".");
        };
        differ("requests", booked.requests, counted.requests);
        differ("input tokens", booked.inputTokens, counted.inputTokens);
        differ("output tokens", booked.outputTokens, counted.outputTokens);
        differ("pico-dollars", booked.cost, counted.cost);
        differ("requests of unknown cost", booked.unknownCost, counted.unknownCost);
        differ("as its first row", booked.firstSequence, counted.firstSequence);
        differ("as its last row", booked.lastSequence, counted.lastSequence);
        return {};
    }

    Result<void> countGaps() {
        return forEach("SELECT count(*), CAST(coalesce(sum(requests), 0) AS BIGINT) FROM gaps",
                       [this](Statement& row) -> Result<void> {
                           m_report.gaps = row.integer(0);
                           m_report.missing = row.integer(1);
                           return {};
                       });
    }

    Result<void> payments() {
        const auto counts =
            checkPayments(m_database, [this](std::string sentence) { find(std::move(sentence)); });
        if (!counts)
            return fail(counts.error());
        m_report.payments = *counts;
        return {};
    }

    template <class Action>
    Result<void> forEach(const std::string& sql, Action action) {
        auto select = m_database.prepare(sql);
        if (!select)
            return fail(std::move(select.error()));
        auto row = select->step();
        for (; row && *row; row = select->step()) {
            if (auto done = action(*select); !done)
                return done;
        }
        if (!row)
            return fail(std::move(row.error()));
        return {};
    }

    void find(std::string sentence) {
        if (m_report.findings.size() < kMaxFindings)
            m_report.findings.push_back(std::move(sentence));
        else
            ++m_more;
    }

    Database m_database;
    RowReader m_rows;
    ChainCheck m_chains;
    std::int64_t m_last = std::numeric_limits<std::int64_t>::min();  // row looked at
    std::map<Key, Sums> m_sums;                                      // of the rows
    Sums m_oldSums;  // before the cut: of the hours …
    Sums m_oldRows;  // … and of the rows that are left
    // What rows charged, by account and window.
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> m_charged;
    std::int64_t m_more = 0;  // findings beyond the bound
    BooksReport m_report;
};

}  // namespace

Result<BooksReport> verifyBooks(const Location& location, const ReceiptKeys& keys) {
    auto database = openForReading(location);
    if (!database)
        return fail(std::move(database.error()));
    return Check(std::move(*database), keys).run();
}

Result<BooksReport> verifyBooks(const Location& location) {
    if (location.isPostgres())
        return verifyBooks(location, ReceiptKeys());
    const auto keys = readReceiptKeys(location.file().parent_path(), KeyFile::ReadOnly);
    if (!keys)
        return fail(keys.error());
    return verifyBooks(location, *keys);
}

}  // namespace gr::ledger
