// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/location.h"

// What the ledger needs of a database, whichever it is: a connection, a prepared statement and a
// transaction that rolls itself back. Nothing here knows what the tables mean. store_sqlite and
// store_postgres implement it; SQL is written once, in what both understand:
//   - places for values are `?` or `?3`; numbers are 64-bit integers, everything else bytes;
//   - CASE instead of min(a, b), coalesce, CAST(sum(x) AS BIGINT), RETURNING instead of last ids
//     and counts of changes; `+column` keeps SQLite from an index and means nothing to PostgreSQL.
namespace gr::ledger {

// What was being done when the database refused; it decides what the sentence advises.
enum class Doing : std::uint8_t { Opening, Reading, Writing };
enum class Access : std::uint8_t { ReadOnly, ReadWrite };
enum class Dialect : std::uint8_t { Sqlite, Postgres };

// What a commit promises when it returns. Both survive the end of this process.
enum class Durability : std::uint8_t {
    Batched,       // a power cut may take the last moments, whole transactions of them
    Acknowledged,  // survives a power cut, and with it everything committed before
};

enum class TransactionKind : std::uint8_t {
    Read,   // one snapshot
    Write,  // the only writer of this ledger, on any machine, until its end: numbers that follow
            // the largest one are nobody else's, and what is committed later has larger ones
};

// The half of a Statement that a store brings.
class Cursor {
  public:
    virtual ~Cursor() = default;
    virtual void bind(int index, std::optional<std::int64_t> value) = 0;
    virtual void bindText(int index, std::string_view text) = 0;
    virtual void bindBlob(int index, std::string_view bytes) = 0;
    virtual Result<bool> step() = 0;
    virtual Result<void> queue() = 0;
    virtual void reset() = 0;
    virtual bool isNull(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view text(int column) const = 0;
};

// A prepared statement. Belongs to the thread of its Database and must die before it.
// Parameters are numbered from 1, columns from 0.
class Statement final {
  public:
    Statement() = default;
    explicit Statement(std::unique_ptr<Cursor> cursor) : m_cursor(std::move(cursor)) {}

    // Texts and blobs are not copied: they must live until the next `reset`.
    void bind(int index, std::optional<std::int64_t> value) { m_cursor->bind(index, value); }
    void bindText(int index, std::string_view text) { m_cursor->bindText(index, text); }
    void bindBlob(int index, std::string_view bytes) { m_cursor->bindBlob(index, bytes); }

    Result<bool> step() { return m_cursor->step(); }  // true: there is a row to read
    // Steps to the end, discards rows and makes the statement ready for the next use.
    Result<void> run();
    // The same without waiting for a server: within a write transaction; what fails may show as
    // late as in its commit. Values may go when this returns.
    Result<void> queue() { return m_cursor->queue(); }
    void reset() { m_cursor->reset(); }

    std::int64_t integer(int column) const { return m_cursor->integer(column); }  // 0 for NULL
    std::optional<std::int64_t> integerOrNull(int column) const;
    // Until the next step; blobs too; empty for NULL.
    std::string_view text(int column) const { return m_cursor->text(column); }

  private:
    std::unique_ptr<Cursor> m_cursor;
};

// The half of a Database that a store brings.
class Connection {
  public:
    explicit Connection(Location location) : m_location(std::move(location)) {}
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    virtual Dialect dialect() const = 0;
    virtual Result<void> execute(const std::string& sql) = 0;
    virtual Result<Statement> prepare(std::string_view sql) = 0;
    virtual Result<void> begin(TransactionKind kind, std::optional<Durability> durability) = 0;
    virtual Result<void> commit() = 0;
    virtual void rollback() = 0;
    virtual Result<UnixMs> now() = 0;
    virtual Error corrupt(std::string detail) const = 0;
    // Grows with each connection that is made anew: what the last one saw committed, a server that
    // fell over may have lost. 0 where there is no server.
    virtual std::uint64_t generation() const { return 0; }

    const Location& location() const { return m_location; }
    Doing doing() const { return m_doing; }
    void setDoing(Doing doing) { m_doing = doing; }

  private:
    Location m_location;
    Doing m_doing = Doing::Opening;
};

// A connection. One thread at a time. One that a server dropped makes itself anew at the next use
// outside a transaction; until that works, everything fails with LedgerBusy.
class Database final {
  public:
    explicit Database(std::unique_ptr<Connection> connection)
        : m_connection(std::move(connection)) {}

    Result<void> execute(const std::string& sql) { return m_connection->execute(sql); }
    Result<Statement> prepare(std::string_view sql) { return m_connection->prepare(sql); }
    // The first column of the first row, 0 without rows.
    Result<std::int64_t> queryInteger(std::string_view sql);
    // The time that counts for this ledger: the server's, or this machine's for a file.
    Result<UnixMs> now() { return m_connection->now(); }
    // The error for content that makes no sense (LedgerCorrupt). `detail` goes to the log.
    Error corrupt(std::string detail) const { return m_connection->corrupt(std::move(detail)); }

    Dialect dialect() const { return m_connection->dialect(); }
    const Location& location() const { return m_connection->location(); }
    // Errors from here on say what was being done.
    void setDoing(Doing doing) { m_connection->setDoing(doing); }
    Connection& connection() { return *m_connection; }  // for what a dialect alone has

  private:
    std::unique_ptr<Connection> m_connection;
};

// From BEGIN to COMMIT; without `commit` everything is undone when it goes.
class Transaction final {
  public:
    using Kind = TransactionKind;
    // Without `durability` as the connection was opened.
    static Result<Transaction> begin(Database& database, Kind kind,
                                     std::optional<Durability> durability = {});
    Transaction(Transaction&& other) noexcept
        : m_connection(std::exchange(other.m_connection, {})) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    // LedgerBusy may also mean that the answer of a server was lost: then it was done, or was not.
    Result<void> commit();

  private:
    explicit Transaction(Connection& connection) : m_connection(&connection) {}
    Connection* m_connection;
};

}  // namespace gr::ledger
