// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

// SQLite behind the least that the ledger needs of it: a connection, a prepared statement and a
// transaction that rolls itself back. Nothing here knows what the tables mean.
namespace gr::ledger {

// What was being done when the disk refused; it decides what the sentence advises.
enum class Doing : std::uint8_t { Opening, Reading, Writing };

// The error for an SQLite result code (plain or extended) on `file`. `detail` goes to the log.
Error storeError(int code, const std::filesystem::path& file, Doing doing, std::string detail);

// A prepared statement. Belongs to the thread of its Database and must die before it.
// Parameters are numbered from 1, columns from 0.
class Statement final {
  public:
    Statement() = default;

    // Texts and blobs are not copied: they must live until the next `reset`.
    void bind(int index, std::int64_t value);
    void bind(int index, std::optional<std::int64_t> value);
    void bindText(int index, std::string_view text);
    void bindBlob(int index, std::string_view bytes);

    Result<bool> step();  // true: there is a row to read
    // Steps to the end, discards rows and makes the statement ready for the next use.
    Result<void> run();
    void reset();

    std::int64_t integer(int column) const;
    std::optional<std::int64_t> integerOrNull(int column) const;
    std::string_view text(int column) const;  // until the next step; blobs too

  private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    void noteBind(int code);

    std::unique_ptr<sqlite3_stmt, Finalizer> m_statement;
    const std::filesystem::path* m_file = nullptr;  // both in the Database's heap state
    const Doing* m_doing = nullptr;
    int m_bindCode = 0;
};

// A connection. One thread at a time.
class Database final {
  public:
    enum class Access : std::uint8_t { ReadOnly, ReadWrite };

    // Opens a file that exists; makes none. A read-write connection to a file that only lets
    // itself be read fails with ReadOnly.
    static Result<Database> open(const std::filesystem::path& file, Access access);

    Result<void> execute(const char* sql);
    Result<void> execute(const std::string& sql) { return execute(sql.c_str()); }
    Result<Statement> prepare(std::string_view sql);
    // The first column of the first row, 0 without rows.
    Result<std::int64_t> queryInteger(std::string_view sql);
    std::int64_t lastInsertId() const;
    const std::filesystem::path& file() const { return m_state->file; }
    sqlite3* handle() const { return m_handle.get(); }
    // Errors from here on say what was being done.
    void setDoing(Doing doing) { m_state->doing = doing; }

  private:
    struct Closer {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct State {
        std::filesystem::path file;
        Doing doing = Doing::Opening;
    };
    Error error(int code) const;

    std::unique_ptr<State> m_state;  // its address stays when the Database moves
    std::unique_ptr<sqlite3, Closer> m_handle;
};

// From BEGIN to COMMIT; without `commit` everything is undone when it goes.
class Transaction final {
  public:
    enum class Kind : std::uint8_t { Read, Write };
    static Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept : m_database(std::exchange(other.m_database, {})) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

  private:
    explicit Transaction(Database& database) : m_database(&database) {}
    Database* m_database;
};

}  // namespace gr::ledger
