// SPDX-License-Identifier: MIT
#include "ledger/lease_table.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "base/token_usage.h"
#include "ledger/row.h"
#include "ledger/row_reader.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// A gateway that has not been heard of for so long will hardly give anything back by itself.
constexpr std::int64_t kDeadMs = 60'000;
constexpr std::int64_t kAliveEveryMs = 20'000;
// Windows of minutes and hours pile up; what they held is in the rows.
constexpr std::int64_t kKeepShortWindowsMs = 2 * 86'400'000LL;

// What hourly sums and single rows say about who spent how much.
constexpr std::string_view kSpentByHours =
    "SELECT client, provider, model, outcome, requests, input_tokens, output_tokens, cost_pico "
    "FROM hours WHERE hour >= ?";
constexpr std::string_view kSpentByRows =
    "SELECT client, provider, model, outcome, CASE WHEN flags & 4 = 0 THEN 1 ELSE 0 END, "
    "input_tokens, output_tokens, cost_pico FROM requests WHERE started_ms >= ? AND started_ms < ?";

}  // namespace

Result<std::unique_ptr<LeaseTable>> LeaseTable::open(const Location& location, std::int64_t holder,
                                                     const std::filesystem::path& note) {
    auto database = openForWriting(location, Durability::Acknowledged);
    if (!database)
        return fail(std::move(database.error()));
    if (database->dialect() == Dialect::Sqlite) {  // small, and no work for this thread at the end
        if (auto set = database->execute("PRAGMA cache_size = -256; PRAGMA wal_autocheckpoint = 0");
            !set)
            return fail(std::move(set.error()));
    }
    std::unique_ptr<LeaseTable> table(new LeaseTable(std::move(*database), holder));
    if (auto prepared = table->prepare(); !prepared)
        return fail(std::move(prepared.error()));
    if (auto buried = table->burySelf(note); !buried)
        return fail(std::move(buried.error()));
    return table;
}

Result<void> LeaseTable::burySelf(const std::filesystem::path& note) {
    if (note.empty())
        return {};
    const auto last = readFile(note);
    if (const auto holder = last ? parseUnsigned(trim(*last)) : std::nullopt) {
        m_seen.bind(1, 0);
        m_seen.bind(2, static_cast<std::int64_t>(*holder));
        if (auto done = m_seen.run(); !done)
            return done;
    }
    return replaceFile(note, std::to_string(m_holder));
}

Result<void> LeaseTable::prepare() {
    auto names = NameBook::create(m_database);
    if (!names)
        return fail(std::move(names.error()));
    m_names = std::move(*names);
    const std::pair<std::string_view, Statement*> statements[] = {
        {"SELECT opened, settled FROM limit_windows WHERE account = ? AND window_ms = ?",
         &m_findWindow},
        {"INSERT INTO limit_windows (account, window_ms, opened, settled, recalled_ms) "
         "VALUES (?,?,?,0,0)",
         &m_openWindow},
        {"UPDATE limit_windows SET opened = ? WHERE account = ? AND window_ms = ?",
         &m_reopenWindow},
        {"DELETE FROM limit_windows WHERE account = ? AND window_ms < ?", &m_dropWindows},
        {"DELETE FROM leases WHERE account = ? AND (window_ms < ? OR amount = 0)", &m_dropLeases},
        {"SELECT holder, amount, seen_ms FROM leases WHERE account = ? AND window_ms = ?",
         &m_holders},
        {"INSERT INTO leases (account, window_ms, holder, amount, seen_ms) VALUES (?,?,?,?,?) "
         "ON CONFLICT (account, window_ms, holder) DO UPDATE SET amount = excluded.amount, "
         "seen_ms = excluded.seen_ms",
         &m_setRow},
        {"DELETE FROM leases WHERE account = ? AND window_ms = ? AND holder = ?", &m_dropOwn},
        {"UPDATE limit_windows SET recalled_ms = ? WHERE account = ? AND window_ms = ?", &m_recall},
        {"SELECT w.account, w.window_ms, w.recalled_ms FROM leases l JOIN limit_windows w "
         "ON w.account = l.account AND w.window_ms = l.window_ms "
         "WHERE l.holder = ? AND l.amount > 0 AND w.recalled_ms > 0",
         &m_recalls},
        {"UPDATE leases SET seen_ms = ? WHERE holder = ? AND amount > 0", &m_seen}};
    for (const auto& [sql, statement] : statements) {
        auto prepared = m_database.prepare(sql);
        if (!prepared)
            return fail(std::move(prepared.error()));
        *statement = std::move(*prepared);
    }
    return {};
}

Result<std::vector<LeaseAnswer>> LeaseTable::lease(std::span<const LeaseWork> work) {
    m_inDoubt = false;
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    std::vector<LeaseAnswer> answers;
    for (const LeaseWork& item : work) {
        auto answer = leaseOne(item, now->value);
        if (!answer) {
            m_names.forget();
            return fail(std::move(answer.error()));
        }
        answers.push_back(*answer);
    }
    if (auto done = transaction->commit(); !done) {
        m_inDoubt = true;
        m_names.forget();
        return fail(std::move(done.error()));
    }
    return answers;
}

Result<LeaseAnswer> LeaseTable::leaseOne(const LeaseWork& work, std::int64_t nowMs) {
    const std::string key = work.limit.key();
    const Place place{m_names.number(key), work.window.start};
    if (m_names.failure())
        return fail(*m_names.failure());
    m_keys[place.first] = key;
    const auto spent = spentOf(work, place);
    if (!spent)
        return fail(spent.error());
    for (const Allowance& more : work.allow) {
        if (auto set = setRow(place, -more.id, more.amount, nowMs); !set)
            return fail(std::move(set.error()));
    }
    const auto held = heldOf(place, nowMs);
    if (!held)
        return fail(held.error());
    const std::int64_t own = held->own - work.giveBack;
    std::int64_t taken = addCapped(*spent, addCapped(held->living, held->dead));
    taken = addCapped(taken, std::max<std::int64_t>(own, 0));
    LeaseAnswer answer;
    answer.allowed = held->allowed;
    answer.free = addCapped(work.limit.amount, held->allowed) - taken;
    answer.others = held->living;
    answer.dead = held->dead;
    if (work.want > 0 && answer.free >= work.least && answer.free > 0)
        answer.granted = std::min(work.want, answer.free);
    answer.free -= answer.granted;
    answer.own = own + answer.granted;
    if (work.want > 0 && answer.granted == 0 && held->living > 0) {
        if (auto told = recall(place, nowMs); !told)
            return fail(std::move(told.error()));
    }
    if (own + answer.granted != held->own) {
        if (auto set = setRow(place, m_holder, own + answer.granted, nowMs); !set)
            return fail(std::move(set.error()));
    }
    return answer;
}

// What the window has spent, leases apart. A limit that this gateway has not asked for before may
// be new, or may have been away: what the rows know of the window then counts.
Result<std::int64_t> LeaseTable::spentOf(const LeaseWork& work, Place place) {
    m_findWindow.bind(1, place.first);
    m_findWindow.bind(2, place.second);
    const auto row = m_findWindow.step();
    const std::int64_t opened = row && *row ? m_findWindow.integer(0) : 0;
    const std::int64_t settled = row && *row ? m_findWindow.integer(1) : 0;
    m_findWindow.reset();
    if (!row)
        return fail(row.error());
    if (*row && !work.first)
        return addCapped(opened, settled);
    const auto known = spentByRows(work);
    if (!known)
        return fail(known.error());
    const std::int64_t before = std::max(opened, std::max<std::int64_t>(*known - settled, 0));
    Statement& write = *row ? m_reopenWindow : m_openWindow;
    write.bind(*row ? 2 : 1, place.first);
    write.bind(*row ? 3 : 2, place.second);
    write.bind(*row ? 1 : 3, before);
    if (auto done = write.run(); !done)
        return fail(std::move(done.error()));
    if (!*row && work.window.end - work.window.start <= kHourMs) {
        for (Statement* drop : {&m_dropWindows, &m_dropLeases}) {
            drop->bind(1, place.first);
            drop->bind(2, place.second - kKeepShortWindowsMs);
            if (auto done = drop->run(); !done)
                return fail(std::move(done.error()));
        }
    }
    return addCapped(before, settled);
}

Result<std::int64_t> LeaseTable::spentByRows(const LeaseWork& work) {
    const std::int64_t firstHour = (work.window.start + kHourMs - 1) / kHourMs;
    const std::int64_t rowsUntil = std::min(firstHour * kHourMs, work.window.end);
    RowReader rows(m_database);
    std::int64_t sum = 0;
    const auto add = [&](std::string_view sql, std::vector<std::int64_t> values) -> Result<void> {
        auto select = m_database.prepare(sql);
        if (!select)
            return fail(std::move(select.error()));
        for (std::size_t i = 0; i < values.size(); ++i)
            select->bind(static_cast<int>(i) + 1, values[i]);
        auto row = select->step();
        for (; row && *row; row = select->step()) {
            const auto client = rows.name(select->integer(0));
            const auto provider = rows.name(select->integer(1));
            const auto model = rows.name(select->integer(2));
            for (const auto* name : {&client, &provider, &model}) {
                if (!*name)
                    return fail(name->error());
            }
            if (!work.limit.matches({*client, *provider, *model, {}}))
                continue;
            // Refused requests are none, but attempts before that may have cost something.
            const bool request = select->integer(3) != static_cast<std::int64_t>(Outcome::Refused);
            const Spend spend{select->integer(7), addCapped(select->integer(5), select->integer(6)),
                              request ? select->integer(4) : 0};
            sum = addCapped(sum, std::max<std::int64_t>(spend.of(work.limit.unit), 0));
        }
        if (!row)
            return fail(row.error());
        return {};
    };
    if (rowsUntil > work.window.start) {
        if (auto done = add(kSpentByRows, {work.window.start, rowsUntil}); !done)
            return fail(std::move(done.error()));
    }
    if (firstHour * kHourMs < work.window.end) {
        if (auto done = add(kSpentByHours, {firstHour}); !done)
            return fail(std::move(done.error()));
    }
    return sum;
}

Result<LeaseTable::Held> LeaseTable::heldOf(Place place, std::int64_t nowMs) {
    Held held;
    m_holders.bind(1, place.first);
    m_holders.bind(2, place.second);
    auto row = m_holders.step();
    for (; row && *row; row = m_holders.step()) {
        const std::int64_t amount = m_holders.integer(1);
        const std::int64_t holder = m_holders.integer(0);
        if (holder == m_holder)
            held.own = amount;
        else if (holder < 0)
            held.allowed = addCapped(held.allowed, amount);
        else if (nowMs - m_holders.integer(2) > kDeadMs)
            held.dead = addCapped(held.dead, std::max<std::int64_t>(amount, 0));
        else
            held.living = addCapped(held.living, std::max<std::int64_t>(amount, 0));
    }
    m_holders.reset();
    if (!row)
        return fail(row.error());
    return held;
}

Result<void> LeaseTable::setRow(Place place, std::int64_t holder, std::int64_t amount,
                                std::int64_t nowMs) {
    Statement& statement = amount > 0 ? m_setRow : m_dropOwn;
    statement.bind(1, place.first);
    statement.bind(2, place.second);
    statement.bind(3, holder);
    if (amount > 0) {
        statement.bind(4, amount);
        statement.bind(5, nowMs);
    }
    return statement.run();
}

Result<void> LeaseTable::recall(Place place, std::int64_t nowMs) {
    m_recall.bind(1, nowMs);
    m_recall.bind(2, place.first);
    m_recall.bind(3, place.second);
    return m_recall.run();
}

Result<std::vector<std::string>> LeaseTable::recalled() {
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    if (auto alive = stayAlive(now->value); !alive)
        return fail(std::move(alive.error()));
    std::vector<std::string> keys;
    m_recalls.bind(1, m_holder);
    auto row = m_recalls.step();
    for (; row && *row; row = m_recalls.step()) {
        const Place place{m_recalls.integer(0), m_recalls.integer(1)};
        const std::int64_t at = m_recalls.integer(2);
        const auto key = m_keys.find(place.first);
        if (key != m_keys.end() && std::exchange(m_heard[place], at) != at)
            keys.push_back(key->second);
    }
    m_recalls.reset();
    if (!row)
        return fail(row.error());
    return keys;
}

// Others tell by this whether what this gateway holds may come back.
Result<void> LeaseTable::stayAlive(std::int64_t nowMs) {
    if (nowMs - m_seenMs < kAliveEveryMs && nowMs >= m_seenMs)
        return {};
    m_seenMs = nowMs;
    // With the lock: rows are charged in another order.
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    m_seen.bind(1, nowMs);
    m_seen.bind(2, m_holder);
    if (auto done = m_seen.run(); !done)
        return done;
    return transaction->commit();
}

Result<void> LeaseTable::freeDead() {
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    auto drop =
        m_database.prepare("DELETE FROM leases WHERE holder > 0 AND holder <> ? AND seen_ms < ?");
    if (!drop)
        return fail(std::move(drop.error()));
    drop->bind(1, m_holder);
    drop->bind(2, now->value - kDeadMs);
    return drop->run();
}

Result<void> LeaseTable::tidy() {
    auto drop = m_database.prepare("DELETE FROM leases WHERE holder = ? AND amount <= 0");
    if (!drop)
        return fail(std::move(drop.error()));
    drop->bind(1, m_holder);
    return drop->run();
}

Result<std::int64_t> LeaseTable::latestWindow() {
    return m_database.queryInteger("SELECT coalesce(max(window_ms), 0) FROM limit_windows");
}

Result<std::int64_t> LeaseTable::aheadMs() {
    if (m_database.dialect() == Dialect::Sqlite)
        return 0;
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    return now->value - SystemClock().now().value;
}

}  // namespace gr::ledger
