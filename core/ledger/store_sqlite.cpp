// SPDX-License-Identifier: MIT
#include "ledger/store_sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace gr::ledger {
namespace {

// Another process may hold the lock for one batch; rows wait in memory meanwhile.
constexpr int kBusyTimeoutMs = 5'000;

// SQLite says CANTOPEN both for a folder that takes no files and for one that is not there.
bool folderRefuses(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    return ::access(folder.c_str(), F_OK) == 0 && ::access(folder.c_str(), W_OK) != 0;
}

std::string onceMore(Doing doing) {
    return doing == Doing::Writing ? "GateRouter then goes on by itself."
                                   : "Then start GateRouter again.";
}

}  // namespace

Error storeError(int code, const std::filesystem::path& file, Doing doing, std::string detail) {
    const std::string name = file.string();
    LogDetail log{"sqlite " + std::to_string(code) + ": " + std::move(detail)};
    const auto readOnly = [&] {
        return Error(ErrorCode::ReadOnly,
                     "The ledger " + name +
                         " cannot be written: the file or its folder is read-only. Make both "
                         "writable for this user. " +
                         onceMore(doing),
                     log);
    };
    switch (code & 0xff) {
        case SQLITE_FULL:
            return Error(ErrorCode::DiskFull,
                         "The disk is full: the ledger " + name +
                             " cannot be written. Free some space. " + onceMore(doing),
                         log);
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return readOnly();
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return Error(
                ErrorCode::LedgerCorrupt,
                "The ledger " + name + " is damaged" +
                    (doing == Doing::Opening ? " or no ledger at all. Nothing in it was changed. "
                                             : ". ") +
                    "Restore it from a back-up, or move it away to begin a new one; "
                    "`gaterouterd ledger verify` tells what is wrong with it.",
                log);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return Error(ErrorCode::LedgerBusy,
                         "Another program holds the ledger " + name +
                             " locked. Close it (a database viewer, a back-up). " + onceMore(doing),
                         log);
        case SQLITE_CANTOPEN:
            if (folderRefuses(file))
                return readOnly();
            [[fallthrough]];
        case SQLITE_IOERR:
            if (doing == Doing::Reading)
                return Error(ErrorCode::FileUnreadable,
                             "The ledger " + name + " cannot be read. Check the disk.", log);
            return Error(ErrorCode::FileUnwritable,
                         "The ledger " + name +
                             " cannot be written. Check that the disk is there and healthy. " +
                             onceMore(doing),
                         log);
        case SQLITE_NOMEM:
            return Error(ErrorCode::Overloaded,
                         "There is not enough memory for the ledger " + name + ".", log);
        default:
            return Error(ErrorCode::Internal,
                         "Something unexpected happened with the ledger " + name + ".", log);
    }
}

namespace {

struct Finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

struct Closer {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};

class SqliteCursor final : public Cursor {
  public:
    SqliteCursor(sqlite3_stmt* statement, const Connection& connection)
        : m_statement(statement), m_connection(connection) {}

    void bind(int index, std::optional<std::int64_t> value) override {
        noteBind(value ? sqlite3_bind_int64(m_statement.get(), index, *value)
                       : sqlite3_bind_null(m_statement.get(), index));
    }
    void bindText(int index, std::string_view text) override {
        // An empty view may hold no pointer, which SQLite would take for NULL.
        const char* data = text.empty() ? "" : text.data();
        noteBind(sqlite3_bind_text64(m_statement.get(), index, data, text.size(), SQLITE_STATIC,
                                     SQLITE_UTF8));
    }
    void bindBlob(int index, std::string_view bytes) override {
        const char* data = bytes.empty() ? "" : bytes.data();
        noteBind(sqlite3_bind_blob64(m_statement.get(), index, data, bytes.size(), SQLITE_STATIC));
    }

    Result<bool> step() override {
        const int code = m_bindCode != SQLITE_OK ? m_bindCode : sqlite3_step(m_statement.get());
        if (code == SQLITE_ROW)
            return true;
        if (code == SQLITE_DONE)
            return false;
        sqlite3* handle = sqlite3_db_handle(m_statement.get());
        return fail(storeError(sqlite3_extended_errcode(handle), m_connection.location().file(),
                               m_connection.doing(), sqlite3_errmsg(handle)));
    }
    Result<void> queue() override {
        Result<bool> row = true;
        while (row && *row)
            row = SqliteCursor::step();
        SqliteCursor::reset();
        if (!row)
            return fail(std::move(row.error()));
        return {};
    }
    void reset() override {
        sqlite3_reset(m_statement.get());
        m_bindCode = SQLITE_OK;
    }

    bool isNull(int column) const override {
        return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
    }
    std::int64_t integer(int column) const override {
        return sqlite3_column_int64(m_statement.get(), column);
    }
    std::string_view text(int column) const override {
        const void* data = sqlite3_column_blob(m_statement.get(), column);
        const int size = sqlite3_column_bytes(m_statement.get(), column);
        return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
    }

  private:
    void noteBind(int code) {
        if (code != SQLITE_OK)
            m_bindCode = code;
    }

    std::unique_ptr<sqlite3_stmt, Finalizer> m_statement;
    const Connection& m_connection;
    int m_bindCode = SQLITE_OK;
};

class SqliteConnection final : public Connection {
  public:
    SqliteConnection(const std::filesystem::path& file, Durability durability)
        : Connection(file), m_usual(durability), m_current(durability) {}

    Result<void> open(Access access) {
        const int flags =
            SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
            (access == Access::ReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
        sqlite3* handle = nullptr;
        const int code = sqlite3_open_v2(location().file().c_str(), &handle, flags, nullptr);
        m_handle.reset(handle);
        if (code != SQLITE_OK)
            return fail(error(code));
        if (access == Access::ReadWrite && sqlite3_db_readonly(handle, "main") == 1)
            return fail(error(SQLITE_READONLY));
        sqlite3_busy_timeout(handle, kBusyTimeoutMs);
        // A damaged or prepared file must not reach functions through its schema.
        sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        return access == Access::ReadWrite ? execute(syncLevel(m_usual)) : Result<void>();
    }

    Dialect dialect() const override { return Dialect::Sqlite; }
    sqlite3* handle() const { return m_handle.get(); }

    Result<void> execute(const std::string& sql) override {
        const int code = sqlite3_exec(m_handle.get(), sql.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK)
            return fail(error(code));
        return {};
    }

    Result<Statement> prepare(std::string_view sql) override {
        sqlite3_stmt* raw = nullptr;
        const int code =
            sqlite3_prepare_v3(m_handle.get(), sql.data(), static_cast<int>(sql.size()),
                               SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
        Statement statement(std::make_unique<SqliteCursor>(raw, *this));
        // All statements are known to be right: one that does not fit means that the tables are
        // wrong.
        if (code == SQLITE_ERROR)
            return fail(error(SQLITE_CORRUPT));
        if (code != SQLITE_OK)
            return fail(error(code));
        return statement;
    }

    Result<void> begin(TransactionKind kind, std::optional<Durability> durability) override {
        if (const Durability wanted = durability.value_or(m_usual); wanted != m_current) {
            if (auto set = execute(syncLevel(wanted)); !set)
                return set;
            m_current = wanted;
        }
        return execute(kind == TransactionKind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
    }
    Result<void> commit() override { return execute("COMMIT"); }
    // After some failures SQLite has rolled back by itself; then this is refused, rightly.
    void rollback() override { (void)execute("ROLLBACK"); }

    Result<UnixMs> now() override { return SystemClock().now(); }
    Error corrupt(std::string detail) const override {
        return storeError(SQLITE_CORRUPT, location().file(), doing(), std::move(detail));
    }

  private:
    static std::string syncLevel(Durability durability) {
        return durability == Durability::Acknowledged ? "PRAGMA synchronous = FULL"
                                                      : "PRAGMA synchronous = NORMAL";
    }
    Error error(int code) const {
        return storeError(code, location().file(), doing(), sqlite3_errmsg(m_handle.get()));
    }

    std::unique_ptr<sqlite3, Closer> m_handle;
    const Durability m_usual;
    Durability m_current;
};

}  // namespace

Result<Database> openSqlite(const std::filesystem::path& file, Access access,
                            Durability durability) {
    auto connection = std::make_unique<SqliteConnection>(file, durability);
    if (auto opened = connection->open(access); !opened)
        return fail(std::move(opened.error()));
    return Database(std::move(connection));
}

Result<void> syncSqlite(const std::filesystem::path& file) {
    // A commit lies in the log, or a checkpoint has synced it into the file itself. SQLite locks
    // nothing in the log, so that closing this descriptor takes no lock along.
    const int log = ::open((file.string() + "-wal").c_str(), O_RDONLY | O_CLOEXEC);
    if (log < 0 && errno == ENOENT)
        return {};
    const bool synced = log >= 0 && ::fdatasync(log) == 0;
    if (log >= 0)
        ::close(log);
    if (!synced)
        return fail(storeError(SQLITE_IOERR_FSYNC, file, Doing::Writing, std::strerror(errno)));
    return {};
}

sqlite3* sqliteHandle(Database& database) {
    auto* connection = dynamic_cast<SqliteConnection*>(&database.connection());
    return connection != nullptr ? connection->handle() : nullptr;
}

}  // namespace gr::ledger
