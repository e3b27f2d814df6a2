// SPDX-License-Identifier: MIT
#include "ledger/store_sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

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

// --- Statement

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

void Statement::noteBind(int code) {
    if (code != SQLITE_OK)
        m_bindCode = code;
}

void Statement::bind(int index, std::int64_t value) {
    noteBind(sqlite3_bind_int64(m_statement.get(), index, value));
}

void Statement::bind(int index, std::optional<std::int64_t> value) {
    if (value)
        bind(index, *value);
    else
        noteBind(sqlite3_bind_null(m_statement.get(), index));
}

void Statement::bindText(int index, std::string_view text) {
    // An empty view may hold no pointer, which SQLite would take for NULL.
    const char* data = text.empty() ? "" : text.data();
    noteBind(sqlite3_bind_text64(m_statement.get(), index, data, text.size(), SQLITE_STATIC,
                                 SQLITE_UTF8));
}

void Statement::bindBlob(int index, std::string_view bytes) {
    const char* data = bytes.empty() ? "" : bytes.data();
    noteBind(sqlite3_bind_blob64(m_statement.get(), index, data, bytes.size(), SQLITE_STATIC));
}

Result<bool> Statement::step() {
    const int code = m_bindCode != SQLITE_OK ? m_bindCode : sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    sqlite3* handle = sqlite3_db_handle(m_statement.get());
    return fail(
        storeError(sqlite3_extended_errcode(handle), *m_file, *m_doing, sqlite3_errmsg(handle)));
}

Result<void> Statement::run() {
    Result<bool> row = true;
    while (row && *row)
        row = step();
    reset();
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

void Statement::reset() {
    sqlite3_reset(m_statement.get());
    m_bindCode = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(m_statement.get(), column);
}

std::optional<std::int64_t> Statement::integerOrNull(int column) const {
    if (sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL)
        return std::nullopt;
    return integer(column);
}

std::string_view Statement::text(int column) const {
    const void* data = sqlite3_column_blob(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

// --- Database

void Database::Closer::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

Error Database::error(int code) const {
    return storeError(code, m_state->file, m_state->doing, sqlite3_errmsg(m_handle.get()));
}

Result<Database> Database::open(const std::filesystem::path& file, Access access) {
    Database database;
    database.m_state = std::make_unique<State>(State{file, Doing::Opening});
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (access == Access::ReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    database.m_handle.reset(handle);
    if (code != SQLITE_OK)
        return fail(database.error(code));
    if (access == Access::ReadWrite && sqlite3_db_readonly(handle, "main") == 1)
        return fail(database.error(SQLITE_READONLY));
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    // A damaged or prepared file must not reach functions through its schema.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    return database;
}

Result<void> Database::execute(const char* sql) {
    const int code = sqlite3_exec(m_handle.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(error(code));
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(m_handle.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    Statement statement;
    statement.m_statement.reset(raw);
    // All statements are known to be right: one that does not fit means that the tables are wrong.
    if (code == SQLITE_ERROR)
        return fail(error(SQLITE_CORRUPT));
    if (code != SQLITE_OK)
        return fail(error(code));
    statement.m_file = &m_state->file;
    statement.m_doing = &m_state->doing;
    return statement;
}

Result<std::int64_t> Database::queryInteger(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement)
        return fail(std::move(statement.error()));
    const auto row = statement->step();
    if (!row)
        return fail(row.error());
    return *row ? statement->integer(0) : 0;
}

std::int64_t Database::lastInsertId() const {
    return sqlite3_last_insert_rowid(m_handle.get());
}

// --- Transaction

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    if (auto begun = database.execute(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN"); !begun)
        return fail(std::move(begun.error()));
    return Transaction(database);
}

Transaction::~Transaction() {
    // After some failures SQLite has rolled back by itself; then this is refused, rightly.
    if (m_database != nullptr)
        (void)m_database->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
    auto done = m_database->execute("COMMIT");
    if (done)
        m_database = nullptr;
    return done;
}

}  // namespace gr::ledger
