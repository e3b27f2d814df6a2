// SPDX-License-Identifier: MIT
#include "ledger/schema_sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "ledger/store_sqlite.h"
#include "ledger/tables.h"

namespace gr::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kApplicationId = 0x47526C67;  // "GRlg"

// What filters and sums look at stands first in a row: SQLite decodes a row only as far as asked.
// Step i brings a file from version i to i + 1. Steps that were shipped are never edited.
constexpr std::array<const char*, kSchemaVersion> kMigrations{
    R"(
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO names VALUES (0, '');
CREATE TABLE requests (
    sequence INTEGER PRIMARY KEY,
    started_ms INTEGER NOT NULL,
    client INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    model INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    id TEXT NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_pico INTEGER,
    first_token_ms INTEGER,
    cached_tokens INTEGER,
    reasoning_tokens INTEGER,
    endpoint INTEGER NOT NULL,
    error INTEGER NOT NULL,
    status INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    total_ms INTEGER NOT NULL,
    attempts TEXT NOT NULL
) STRICT;
CREATE INDEX requests_started ON requests (started_ms);
CREATE TABLE hours (
    hour INTEGER NOT NULL,
    client INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    model INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_pico INTEGER NOT NULL,
    unknown_cost INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    PRIMARY KEY (hour, client, provider, model, outcome)
) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL
) STRICT;
CREATE TABLE client_keys (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sha256 BLOB NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    revoked_ms INTEGER
) STRICT;
)",
    R"(
CREATE TABLE cuts (
    id INTEGER PRIMARY KEY,
    cut_ms INTEGER NOT NULL,
    before_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_pico INTEGER NOT NULL,
    unknown_cost INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL
) STRICT;
)",
    // `input_tokens` and `output_tokens` are totals; the columns of classes are parts of them.
    R"(
ALTER TABLE requests RENAME COLUMN cached_tokens TO cache_read_tokens;
ALTER TABLE requests ADD COLUMN cache_write_5m_tokens INTEGER;
ALTER TABLE requests ADD COLUMN cache_write_1h_tokens INTEGER;
ALTER TABLE requests ADD COLUMN audio_input_tokens INTEGER;
ALTER TABLE requests ADD COLUMN audio_output_tokens INTEGER;
)",
    // Limits: what each has spent in a window, and what of it is set aside for running gateways.
    R"(
ALTER TABLE requests ADD COLUMN charges TEXT NOT NULL DEFAULT '';
CREATE TABLE limit_windows (
    account INTEGER NOT NULL,
    window_ms INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    recalled_ms INTEGER NOT NULL,
    PRIMARY KEY (account, window_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE leases (
    account INTEGER NOT NULL,
    window_ms INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (account, window_ms, holder)
) STRICT, WITHOUT ROWID;
)",
    // Receipts (docs/ledger.md), and which change of the keys is the last.
    R"(
ALTER TABLE requests ADD COLUMN chain INTEGER;
ALTER TABLE requests ADD COLUMN number INTEGER;
ALTER TABLE requests ADD COLUMN mac BLOB;
CREATE TABLE chains (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    signed_by TEXT NOT NULL,
    began_ms INTEGER NOT NULL,
    after_sequence INTEGER NOT NULL,
    home TEXT NOT NULL,
    seal BLOB NOT NULL,
    last_number INTEGER NOT NULL,
    last_mac BLOB NOT NULL
) STRICT;
CREATE TABLE removals (
    id INTEGER PRIMARY KEY,
    chain INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    last_mac BLOB NOT NULL,
    signer INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
ALTER TABLE client_keys ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
)",
    // What a client key may do. Those of before may do everything.
    R"(
ALTER TABLE client_keys ADD COLUMN scope TEXT NOT NULL DEFAULT '';
)",
    // Which programs use a key.
    R"(
CREATE TABLE key_programs (
    client TEXT NOT NULL,
    program TEXT NOT NULL,
    pid INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (client, program)
) STRICT, WITHOUT ROWID;
)",
    // What routing knew of requests, by their sequence.
    R"(
CREATE TABLE features (
    request INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;
)",
    // What this gateway pays (docs/ledger.md).
    R"(
CREATE TABLE payment_facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE purchases (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    change INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL,
    open INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    booked_ms INTEGER,
    usd_pico INTEGER NOT NULL,
    purchase_key BLOB NOT NULL,
    client TEXT NOT NULL,
    request TEXT NOT NULL,
    origin TEXT NOT NULL,
    payee TEXT NOT NULL,
    chain_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    amount TEXT NOT NULL,
    scheme TEXT NOT NULL,
    quote_pico INTEGER NOT NULL,
    bound_pico INTEGER NOT NULL,
    note TEXT NOT NULL,
    nonce TEXT NOT NULL,
    valid_before INTEGER NOT NULL,
    header_name TEXT NOT NULL,
    header BLOB NOT NULL,
    tx TEXT NOT NULL,
    receipt TEXT NOT NULL,
    delivered INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX purchases_open ON purchases (purchase_key) WHERE open = 1;
CREATE INDEX purchases_key ON purchases (purchase_key);
CREATE INDEX purchases_booked ON purchases (booked_ms);
CREATE INDEX purchases_served ON purchases (origin, sequence)
    WHERE state = 'settled' AND delivered = 1;
CREATE INDEX purchases_outstanding ON purchases (origin, usd_pico)
    WHERE state IN ('intended','signed','sent','refused','expired','unknown');
CREATE TABLE spent_days (
    day INTEGER NOT NULL,
    origin TEXT NOT NULL,
    pico INTEGER NOT NULL,
    PRIMARY KEY (day, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE payees (
    origin TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    allowed_by TEXT NOT NULL,
    allowed_ms INTEGER,
    always_pico INTEGER NOT NULL,
    other_address TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)",
    // What others pay this gateway, and what it sends to chains itself.
    R"(
CREATE TABLE sales (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    gateway TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    paid_ms INTEGER,
    served_ms INTEGER,
    final INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    payer TEXT NOT NULL,
    nonce TEXT NOT NULL,
    pay_to TEXT NOT NULL,
    amount TEXT NOT NULL,
    usd_pico INTEGER NOT NULL,
    scheme TEXT NOT NULL,
    served_first INTEGER NOT NULL,
    valid_before INTEGER NOT NULL,
    request_digest BLOB NOT NULL,
    identifier TEXT NOT NULL,
    model TEXT NOT NULL,
    request TEXT NOT NULL,
    tx TEXT NOT NULL,
    block INTEGER NOT NULL,
    charged TEXT NOT NULL,
    charged_pico INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sales_nonce ON sales (chain_id, token, payer, nonce);
CREATE UNIQUE INDEX sales_identifier ON sales (payer, identifier)
    WHERE identifier <> '' AND state <> 'failed';
CREATE INDEX sales_unfinal ON sales (state, usd_pico) WHERE final = 0;
CREATE INDEX sales_unfinished ON sales (gateway)
    WHERE state IN ('reserved','settling','settled','serving','unknown');
CREATE INDEX sales_paid ON sales (paid_ms, charged_pico);
CREATE TABLE credits (
    id TEXT PRIMARY KEY,
    payer TEXT NOT NULL,
    identifier TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    usd_pico INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    request TEXT NOT NULL,
    gateway TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credits_owed ON credits (payer, request_digest) WHERE state IN ('open','taken');
CREATE TABLE relayer_transactions (
    sequence INTEGER PRIMARY KEY,
    chain_id INTEGER NOT NULL,
    relayer TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    raw BLOB NOT NULL,
    hash TEXT NOT NULL,
    max_fee TEXT NOT NULL,
    tip TEXT NOT NULL,
    cost_pico INTEGER NOT NULL,
    block INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX relayer_nonce ON relayer_transactions (chain_id, relayer, nonce)
    WHERE state <> 'replaced';
CREATE UNIQUE INDEX relayer_hash ON relayer_transactions (chain_id, hash);
CREATE INDEX relayer_created ON relayer_transactions (created_ms);
)",
    R"(
ALTER TABLE purchases ADD COLUMN answer_digest BLOB NOT NULL DEFAULT x'';
ALTER TABLE sales ADD COLUMN answer_digest BLOB NOT NULL DEFAULT x'';
)"};

Error fileError(int systemError, const fs::path& what, const std::string& verb) {
    const std::string sentence = what.string() + " cannot be " + verb + " for the ledger: ";
    LogDetail detail{std::strerror(systemError)};
    switch (systemError) {
        case EACCES:
        case EPERM:
        case EROFS:
            return Error(ErrorCode::ReadOnly,
                         sentence +
                             "the folder is read-only. Make it writable for this user, or choose "
                             "another data directory (--data-dir).",
                         detail);
        case ENOSPC:
        case EDQUOT:
            return Error(ErrorCode::DiskFull,
                         sentence + "the disk is full. Free some space, then start again.", detail);
        default:
            return Error(ErrorCode::FileUnwritable,
                         sentence + std::strerror(systemError) +
                             ". Choose another data directory (--data-dir).",
                         detail);
    }
}

// Folders that are missing are made for this user alone, whatever the umask; those that exist
// keep their mode, which is their owner's business.
Result<void> makeFolder(const fs::path& folder) {
    struct stat info {};
    if (folder.empty() || ::stat(folder.c_str(), &info) == 0)
        return {};
    if (auto parent = makeFolder(folder.parent_path()); !parent)
        return parent;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(fileError(errno, folder, "made"));
    ::chmod(folder.c_str(), 0700);
    return {};
}

// An existing file is never opened here: closing such a descriptor would drop the locks that this
// process holds on it through SQLite.
Result<void> makeFile(const fs::path& file) {
    if (auto folder = makeFolder(file.parent_path()); !folder)
        return folder;
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        ::fchmod(descriptor, 0600);
        ::close(descriptor);
        return {};
    }
    if (errno != EEXIST)
        return fail(fileError(errno, file, "made"));
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0)
        return fail(fileError(errno, file, "opened"));
    if (!S_ISREG(info.st_mode))
        return fail(ErrorCode::FileUnwritable,
                    file.string() +
                        " is no file. Move it away, or choose another data directory "
                        "(--data-dir).");
    if ((info.st_mode & 0077) != 0)
        ::chmod(file.c_str(), 0600);  // of another owner: SQLite says what is wrong, if anything
    return {};
}

// The version of a ledger of ours, 0 for a file that is still empty.
Result<std::int64_t> identify(Database& database) {
    const auto application = database.queryInteger("PRAGMA application_id");
    const auto version = database.queryInteger("PRAGMA user_version");
    const auto tables = database.queryInteger("SELECT count(*) FROM sqlite_schema");
    for (const auto* result : {&application, &version, &tables}) {
        if (!*result)
            return fail(result->error());
    }
    const std::string name = database.location().name();
    const bool empty = *application == 0 && *version == 0 && *tables == 0;
    if (!empty && (*application != kApplicationId || *version < 1))
        return fail(ErrorCode::LedgerCorrupt,
                    name +
                        " is a database of another program, not a ledger. Nothing in it was "
                        "changed. Move it away, or choose another data directory (--data-dir).");
    if (*version > kSchemaVersion)
        return fail(ErrorCode::LedgerTooNew,
                    "The ledger " + name + " was written by a newer GateRouter (form " +
                        std::to_string(*version) + ", this one knows up to " +
                        std::to_string(kSchemaVersion) +
                        "). Nothing in it was changed. Update GateRouter, or choose another data "
                        "directory (--data-dir).");
    return *version;
}

// SQLite does not wait by itself when two processes change the journal mode of a new file.
Result<void> useWal(Database& database) {
    constexpr int kTries = 100;
    for (int tried = 1;; ++tried) {
        auto done = database.execute("PRAGMA journal_mode = WAL");
        if (done || done.error().code != ErrorCode::LedgerBusy || tried == kTries)
            return done;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

Result<void> migrate(Database& database) {
    auto version = identify(database);
    if (!version)
        return fail(std::move(version.error()));
    if (*version == kSchemaVersion)
        return {};
    auto transaction = Transaction::begin(database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    version = identify(database);  // another process may have been first
    if (!version)
        return fail(std::move(version.error()));
    for (auto step = static_cast<std::size_t>(*version); step < kMigrations.size(); ++step) {
        if (auto done = database.execute(kMigrations[step]); !done)
            return done;
    }
    const std::string mark = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(kSchemaVersion);
    if (auto marked = database.execute(mark); !marked)
        return marked;
    return transaction->commit();
}

// Looks at both ends of the big tables: what a cut or overwritten file fails at, without reading
// it all.
Result<void> probe(Database& database) {
    for (const char* sql :
         {"SELECT min(sequence) FROM requests", "SELECT max(sequence) FROM requests",
          "SELECT max(started_ms) FROM requests", "SELECT max(hour) FROM hours",
          "SELECT max(id) FROM names", "SELECT count(*) FROM client_keys",
          "SELECT max(id) FROM cuts"}) {
        if (auto value = database.queryInteger(sql); !value)
            return fail(std::move(value.error()));
    }
    return {};
}

}  // namespace

Result<Database> openSqliteForWriting(const fs::path& file, Durability durability) {
    if (auto made = makeFile(file); !made)
        return fail(std::move(made.error()));
    auto database = openSqlite(file, Access::ReadWrite, durability);
    if (!database)
        return database;
    auto version = identify(*database);
    if (!version)
        return fail(std::move(version.error()));
    if (*version == 0) {
        if (auto sized = database->execute("PRAGMA page_size = 8192"); !sized)
            return fail(std::move(sized.error()));
    }
    if (auto wal = useWal(*database); !wal)
        return fail(std::move(wal.error()));
    if (auto current = migrate(*database); !current)
        return fail(std::move(current.error()));
    if (auto probed = probe(*database); !probed)
        return fail(std::move(probed.error()));
    // What a burst blew up is given back at the next checkpoint.
    if (auto set = database->execute("PRAGMA temp_store = MEMORY;"
                                     "PRAGMA journal_size_limit = 16777216");
        !set)
        return fail(std::move(set.error()));
    database->setDoing(Doing::Writing);
    return database;
}

Result<Database> openSqliteForReading(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return fail(ErrorCode::FileUnreadable, "There is no ledger at " + file.string() +
                                                   " yet: it is made when GateRouter first runs.");
    auto database = openSqlite(file, Access::ReadOnly);
    if (!database)
        return database;
    auto version = identify(*database);
    if (!version)
        return fail(std::move(version.error()));
    if (*version < kSchemaVersion)
        return fail(ErrorCode::FileUnreadable,
                    "The ledger " + file.string() +
                        " is still empty or of an older form: start GateRouter once, which brings "
                        "it up to date.");
    database->setDoing(Doing::Reading);
    return database;
}

}  // namespace gr::ledger
