// SPDX-License-Identifier: MIT
#include "ledger/purchase_rows.h"

#include "ledger/tables.h"

namespace gr::ledger {
namespace {

constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kMinuteMs = 60 * 1'000;

constexpr std::string_view kColumns =
    "sequence, id, state, open, created_ms, updated_ms, booked_ms, usd_pico, purchase_key, client, "
    "request, origin, payee, chain_id, token, amount, scheme, quote_pico, bound_pico, note, nonce, "
    "valid_before, header_name, header, tx, receipt, delivered, answer_digest";

std::string statesSql(bool (*belongs)(PurchaseState)) {
    std::string list;
    for (const PurchaseState state : kPurchaseStates) {
        if (belongs(state))
            list += (list.empty() ? "'" : ",'") + std::string(nameOf(state)) + "'";
    }
    return "state IN (" + list + ")";
}

Result<Purchase> readPurchase(const Database& database, const Statement& row) {
    Purchase purchase;
    purchase.sequence = row.integer(0);
    purchase.id = row.text(1);
    const auto state = purchaseState(row.text(2));
    if (!state)
        return fail(database.corrupt("state of purchase " + purchase.id));
    purchase.state = *state;
    purchase.open = row.integer(3) != 0;
    purchase.createdAt = {row.integer(4)};
    purchase.updatedAt = {row.integer(5)};
    purchase.bookedAt = timeOrNone(row, 6);
    purchase.usd = Money::fromPico(row.integer(7));
    purchase.key = row.text(8);
    purchase.client = row.text(9);
    purchase.requestId = row.text(10);
    purchase.origin = row.text(11);
    purchase.payee = row.text(12);
    purchase.chainId = row.integer(13);
    purchase.token = row.text(14);
    purchase.amount = row.text(15);
    purchase.scheme = row.text(16);
    purchase.quote = Money::fromPico(row.integer(17));
    purchase.bound = Money::fromPico(row.integer(18));
    purchase.note = row.text(19);
    purchase.nonce = row.text(20);
    purchase.validBefore = row.integer(21);
    purchase.headerName = row.text(22);
    purchase.sealedHeader = row.text(23);
    purchase.transaction = row.text(24);
    purchase.receipt = row.text(25);
    purchase.delivered = row.integer(26) != 0;
    purchase.answerDigest = row.text(27);
    return purchase;
}

// Each write has a number of its own, which only grows: the mark of LedgerMark.
constexpr std::string_view kNextChange = "(SELECT coalesce(max(change), 0) + 1 FROM purchases)";

Result<Payee> readPayee(const Database&, const Statement& row) {
    return Payee{.origin = std::string(row.text(0)),
                 .address = std::string(row.text(1)),
                 .firstSeen = {row.integer(2)},
                 .allowedBy = std::string(row.text(3)),
                 .allowedAt = timeOrNone(row, 4),
                 .alwaysUpTo = Money::fromPico(row.integer(5)),
                 .otherAddress = std::string(row.text(6))};
}

constexpr std::string_view kPayees =
    "SELECT origin, address, first_ms, allowed_by, allowed_ms, always_pico, other_address "
    "FROM payees ";

}  // namespace

std::string countedSql() {
    return statesSql(isCounted);
}

std::string outstandingSql() {
    return statesSql(isOutstanding);
}

// PostgreSQL keeps texts that may come from outside as bytes there, and ids of its own as texts.
std::string requestIdSql(Dialect dialect) {
    return dialect == Dialect::Postgres ? "convert_to(id, 'UTF8')" : "id";
}

Result<std::vector<Purchase>> selectPurchases(Database& database, std::string_view condition,
                                              const std::vector<Value>& values) {
    const std::string sql = "SELECT " + std::string(kColumns) + " FROM purchases WHERE ";
    return readRows<Purchase>(database, sql + std::string(condition), values, readPurchase);
}

Result<std::optional<Purchase>> findPurchase(Database& database, std::string_view condition,
                                             const std::vector<Value>& values) {
    auto found = selectPurchases(database, std::string(condition) + " LIMIT 1", values);
    if (!found)
        return fail(std::move(found.error()));
    return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
}

Result<std::vector<Purchase>> pageOfPurchases(Database& database, const PurchaseFilter& filter,
                                              PageOrder order, std::int64_t cursor, int most) {
    PageCondition page(order, cursor);
    page.onlyIn(filter.states);
    page.only("client", filter.client);
    page.only("origin", filter.origin);
    page.onlyMade(filter.from, filter.to);
    const std::string condition = page.sql(most);
    return selectPurchases(database, condition, page.values());
}

Result<void> insertPurchase(Database& database, Purchase& purchase) {
    const auto sequence =
        database.queryInteger("SELECT coalesce(max(sequence), 0) + 1 FROM purchases");
    if (!sequence)
        return fail(sequence.error());
    purchase.sequence = *sequence;
    const std::string sql = "INSERT INTO purchases (" + std::string(kColumns) +
                            ", change) VALUES (" + places(28) + ", " + std::string(kNextChange) +
                            ")";
    return runOnce(database, sql,
                   {purchase.sequence,
                    purchase.id,
                    nameOf(purchase.state),
                    std::int64_t{purchase.open},
                    purchase.createdAt.value,
                    purchase.updatedAt.value,
                    timeValue(purchase.bookedAt),
                    purchase.usd.pico(),
                    Blob{purchase.key},
                    purchase.client,
                    purchase.requestId,
                    purchase.origin,
                    purchase.payee,
                    purchase.chainId,
                    purchase.token,
                    purchase.amount,
                    purchase.scheme,
                    purchase.quote.pico(),
                    purchase.bound.pico(),
                    purchase.note,
                    purchase.nonce,
                    purchase.validBefore,
                    purchase.headerName,
                    Blob{purchase.sealedHeader},
                    purchase.transaction,
                    purchase.receipt,
                    std::int64_t{purchase.delivered},
                    Blob{purchase.answerDigest}});
}

Result<void> updatePurchase(Database& database, const Purchase& purchase) {
    const std::string sql =
        "UPDATE purchases SET state = ?, open = ?, updated_ms = ?, booked_ms = ?, usd_pico = ?, "
        "amount = ?, note = ?, "
        "nonce = ?, valid_before = ?, header_name = ?, header = ?, tx = ?, receipt = ?, "
        "delivered = ?, answer_digest = ?, change = " +
        std::string(kNextChange) + " WHERE sequence = ?";
    return runOnce(
        database, sql,
        {nameOf(purchase.state), std::int64_t{purchase.open}, purchase.updatedAt.value,
         timeValue(purchase.bookedAt), purchase.usd.pico(), purchase.amount, purchase.note,
         purchase.nonce, purchase.validBefore, purchase.headerName, Blob{purchase.sealedHeader},
         purchase.transaction, purchase.receipt, std::int64_t{purchase.delivered},
         Blob{purchase.answerDigest}, purchase.sequence});
}

Result<void> bookSpent(Database& database, const Purchase& purchase, std::int64_t pico) {
    return runOnce(database,
                   "INSERT INTO spent_days (day, origin, pico) VALUES (?,?,?) ON CONFLICT (day, "
                   "origin) DO UPDATE SET pico = spent_days.pico + excluded.pico",
                   {purchase.bookedAt.value_or(UnixMs{}).value / kDayMs, purchase.origin, pico});
}

namespace {

// A condition for the rows of a seller's host, whatever the port, so that many ports have no more
// than one. An origin without a host ("scheme://host:port") is its own.
struct HostCondition {
    explicit HostCondition(std::string_view origin) {
        const std::size_t scheme = origin.find("://");
        const std::size_t port = origin.rfind(':');
        if (scheme == origin.npos || port <= scheme)
            return;
        const std::string host(origin.substr(scheme, port + 1 - scheme));
        for (const char* name : {"http", "https"}) {
            const std::string begin = name + host;
            sql += (sql.empty() ? "(substr(origin, 1, " : " OR substr(origin, 1, ") +
                   std::to_string(begin.size()) + ") = ?";
            begins.push_back(begin);
        }
        sql += ")";
    }
    std::string text() const { return sql.empty() ? "origin = ?" : sql; }
    std::vector<Value> with(std::vector<Value> before, std::string_view origin) const {
        if (begins.empty())
            before.emplace_back(origin);
        before.insert(before.end(), begins.begin(), begins.end());
        return before;
    }

    std::string sql;
    std::vector<std::string> begins;
};

// What was booked since is of the last hour. What is booked later than now, by a clock that was
// wrong, counts in every window.
std::int64_t hourBefore(UnixMs now) {
    return now.value - kHourMs;
}

// How many payments there were, beside their sums.
Result<void> countPurchases(Database& database, SpendingSums& sums, std::string_view origin,
                            std::string_view key) {
    const std::int64_t hour = hourBefore(sums.now);
    const HostCondition host(origin);
    const std::string count = "SELECT count(*) FROM purchases WHERE ";
    struct Question {
        std::string sql;
        std::vector<Value> values;
        std::int64_t* to;
    };
    const Question questions[] = {
        {count + "booked_ms > ?", {hour}, &sums.hourPurchases},
        {count + "booked_ms > ? AND purchase_key = ?", {hour, Blob{key}}, &sums.hourSame},
        {count + "booked_ms >= ? AND " + host.text(),
         host.with({sums.now.value - kMinuteMs}, origin), &sums.payeeMinute},
        // The answer to one that is settled may still be on its way, as long as it is good.
        {count + "origin = ? AND delivered = 0 AND (state IN ('refused','expired','unknown') OR "
                 "(state = 'settled' AND valid_before < ?)) AND sequence > "
                 "coalesce((SELECT max(sequence) FROM purchases WHERE origin = ? AND "
                 "delivered = 1 AND state = 'settled'), 0)",
         {origin, sums.now.value / 1'000, origin},
         &sums.payeeUnserved}};
    for (const Question& question : questions) {
        const auto number = numberOf(database, question.sql, question.values);
        if (!number)
            return fail(number.error());
        *question.to = *number;
    }
    return {};
}

}  // namespace

Result<SpendingSums> readSums(Database& database, UnixMs now, std::string_view origin,
                              std::string_view key) {
    SpendingSums sums;
    sums.now = now;
    const std::int64_t hour = hourBefore(now);
    const std::int64_t day = now.value / kDayMs;
    const HostCondition host(origin);
    const std::string days = "SELECT " + sumColumns("pico") + " FROM spent_days WHERE ";
    const std::string rows = "SELECT " + sumColumns("usd_pico") + " FROM purchases WHERE ";
    struct Question {
        std::string sql;
        std::vector<Value> values;
        Money* to;
    };
    const Question questions[] = {
        {days + "day >= ?", {day}, &sums.day},
        {days + "day >= ?", {std::int64_t{0}}, &sums.total},
        {days + "day >= ? AND " + host.text(), host.with({day}, origin), &sums.payeeDay},
        {days + "day >= ? AND " + host.text(), host.with({std::int64_t{0}}, origin),
         &sums.payeeTotal},
        {days + "day >= ? AND origin = ?", {std::int64_t{0}, origin}, &sums.originTotal},
        {rows + "booked_ms > ? AND " + countedSql(), {hour}, &sums.hour},
        {rows + "booked_ms > ? AND " + host.text() + " AND " + countedSql(),
         host.with({hour}, origin), &sums.payeeHour},
        {rows + outstandingSql(), {}, &sums.outstanding},
        {rows + outstandingSql() + " AND " + host.text(), host.with({}, origin),
         &sums.payeeOutstanding}};
    for (const Question& question : questions) {
        auto done = forEachRow(database, question.sql, question.values,
                               [&question](Statement& row) -> Result<void> {
                                   *question.to = sumAt(row, 0);
                                   return {};
                               });
        if (!done)
            return fail(std::move(done.error()));
    }
    if (auto counted = countPurchases(database, sums, origin, key); !counted)
        return fail(std::move(counted.error()));
    auto payee = findPayee(database, origin);
    if (!payee)
        return fail(std::move(payee.error()));
    sums.payee = std::move(*payee);
    return sums;
}

Result<std::optional<Payee>> findPayee(Database& database, std::string_view origin) {
    auto found =
        readRows<Payee>(database, std::string(kPayees) + "WHERE origin = ?", {origin}, readPayee);
    if (!found)
        return fail(std::move(found.error()));
    return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
}

Result<std::vector<Payee>> allPayees(Database& database) {
    return readRows<Payee>(database, std::string(kPayees) + "ORDER BY origin", {}, readPayee);
}

Result<void> putPayee(Database& database, const Payee& payee) {
    if (auto dropped = runOnce(database, "DELETE FROM payees WHERE origin = ?", {payee.origin});
        !dropped)
        return dropped;
    return runOnce(database,
                   "INSERT INTO payees (origin, address, first_ms, allowed_by, allowed_ms, "
                   "always_pico, other_address) VALUES (?,?,?,?,?,?,?)",
                   {payee.origin, payee.address, payee.firstSeen.value, payee.allowedBy,
                    timeValue(payee.allowedAt), payee.alwaysUpTo.pico(), payee.otherAddress});
}

Result<std::string> fact(Database& database, std::string_view name) {
    std::string value;
    auto done = forEachRow(database, "SELECT value FROM payment_facts WHERE name = ?", {name},
                           [&value](Statement& row) -> Result<void> {
                               value = row.text(0);
                               return {};
                           });
    if (!done)
        return fail(std::move(done.error()));
    return value;
}

Result<void> setFact(Database& database, std::string_view name, std::string_view value) {
    return runOnce(database,
                   "INSERT INTO payment_facts (name, value) VALUES (?,?) ON CONFLICT (name) DO "
                   "UPDATE SET value = excluded.value",
                   {name, value});
}

}  // namespace gr::ledger
