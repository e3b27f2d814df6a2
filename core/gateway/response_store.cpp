// SPDX-License-Identifier: MIT
#include "gateway/response_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <utility>
#include <vector>

#include "base/cipher.h"
#include "base/file.h"
#include "json/scan.h"
#include "json/writer.h"
#include "ledger/store_sqlite.h"
#include "protocol/json_member.h"
#include "protocol/responses_memory.h"

namespace gr::gateway {
namespace {

using ledger::Database;
using ledger::Statement;
using ledger::Transaction;

constexpr std::int64_t kApplicationId = 0x47527273;  // "GRrs"
constexpr std::int64_t kVersion = 1;

// Numbers are never given twice: a request that is under way may still name one that left.
constexpr const char* kSchema = R"(
CREATE TABLE nodes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    previous INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    client TEXT NOT NULL,
    id TEXT,
    items BLOB NOT NULL,
    object BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX nodes_name ON nodes (client, id) WHERE id IS NOT NULL;
CREATE INDEX nodes_previous ON nodes (previous);
CREATE INDEX nodes_created ON nodes (created_ms) WHERE id IS NOT NULL;
)";

struct Blob {
    std::string_view bytes;
};

void bindOne(Statement& statement, int at, std::int64_t value) {
    statement.bind(at, value);
}
void bindOne(Statement& statement, int at, std::string_view text) {
    statement.bindText(at, text);
}
void bindOne(Statement& statement, int at, const Blob& blob) {
    statement.bindBlob(at, blob.bytes);
}

// What a box is bound to, so that rows cannot be put into another client's or another answer's
// place.
std::string itemsLabel(std::string_view client) {
    return std::string(client) + '\0' + "items";
}

std::string objectLabel(std::string_view client, std::string_view id) {
    return std::string(client) + '\0' + "object" + '\0' + std::string(id);
}

Result<void> makeFile(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return errno == EEXIST ? Result<void>() : fail(fileError(errno, "Making", file));
    ::fchmod(descriptor, 0600);
    ::close(descriptor);
    return {};
}

Result<void> prepareTables(Database& database) {
    const auto application = database.queryInteger("PRAGMA application_id");
    const auto version = database.queryInteger("PRAGMA user_version");
    const auto tables = database.queryInteger("SELECT count(*) FROM sqlite_schema");
    for (const auto* result : {&application, &version, &tables}) {
        if (!*result)
            return fail(result->error());
    }
    const bool empty = *application == 0 && *tables == 0;
    if (!empty && (*application != kApplicationId || *version != kVersion)) {
        return fail(ErrorCode::FileUnreadable,
                    database.location().name() +
                        " is not a store of responses of this version. Nothing in it was changed; "
                        "move it away to begin a new one.");
    }
    // Removed rows are overwritten; their room goes back to the disk when old ones are cleared.
    const std::string first =
        empty ? "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;" : "";
    if (auto set =
            database.execute(first + "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                     "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;"
                                     "PRAGMA journal_size_limit = 16777216");
        !set)
        return set;
    if (!empty)
        return {};
    auto transaction = Transaction::begin(database, Transaction::Kind::Write);
    if (!transaction)
        return fail(transaction.error());
    const std::string marks = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                              "; PRAGMA user_version = " + std::to_string(kVersion);
    if (auto made = database.execute(kSchema + marks); !made)
        return made;
    return transaction->commit();
}

}  // namespace

// Prepared statements, by their text. The first error of a chain of steps stays until it is taken.
class ResponseStore::Sql final {
  public:
    explicit Sql(Database db) : database(std::move(db)) {}

    // The statement at its first row; null when there is none, or a problem.
    template <class... Values>
    Statement* row(const char* sql, const Values&... values) {
        auto it = m_statements.find(sql);
        if (it == m_statements.end()) {
            auto prepared = database.prepare(sql);
            if (!prepared)
                return failed(prepared.error());
            it = m_statements.emplace(sql, std::move(*prepared)).first;
        }
        Statement& statement = it->second;
        statement.reset();
        int at = 0;
        (bindOne(statement, ++at, values), ...);
        return next(statement);
    }

    Statement* next(Statement& statement) {
        const auto stepped = statement.step();
        if (!stepped)
            return failed(stepped.error());
        if (*stepped)
            return &statement;
        statement.reset();
        return nullptr;
    }

    // For what is not read.
    template <class... Values>
    void run(const char* sql, const Values&... values) {
        Statement* statement = m_problem ? nullptr : row(sql, values...);
        if (statement != nullptr)
            statement->reset();
    }

    template <class... Values>
    std::optional<std::int64_t> integer(const char* sql, const Values&... values) {
        Statement* found = row(sql, values...);
        if (found == nullptr)
            return std::nullopt;
        const std::int64_t value = found->integer(0);
        found->reset();
        return value;
    }

    Result<void> outcome() {
        if (!m_problem)
            return {};
        Error problem = std::move(*m_problem);
        m_problem.reset();
        return fail(std::move(problem));
    }

    Database database;  // goes last

  private:
    Statement* failed(const Error& error) {
        if (!m_problem)
            m_problem = error;
        return nullptr;
    }

    std::map<std::string, Statement, std::less<>> m_statements;
    std::optional<Error> m_problem;
};

ResponseStore::ResponseStore(std::unique_ptr<Sql> sql, Secret key)
    : m_sql(std::move(sql)), m_key(std::move(key)) {}

ResponseStore::~ResponseStore() = default;

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::filesystem::path& file,
                                                           Secret key) {
    if (!file.empty()) {
        if (auto made = makeFile(file); !made)
            return fail(made.error());
    }
    auto database = ledger::openSqlite(file.empty() ? ":memory:" : file, ledger::Access::ReadWrite);
    if (!database)
        return fail(database.error());
    if (auto ready = prepareTables(*database); !ready)
        return fail(ready.error());
    database->setDoing(ledger::Doing::Writing);
    std::unique_ptr<ResponseStore> store(
        new ResponseStore(std::make_unique<Sql>(std::move(*database)), std::move(key)));
    if (auto counted = store->recount(); !counted)
        return fail(counted.error());
    return store;
}

Result<void> ResponseStore::recount() {
    m_count = m_sql->integer("SELECT count(*) FROM nodes").value_or(0);
    m_bytes = m_sql->integer("SELECT coalesce(sum(size), 0) FROM nodes").value_or(0);
    return m_sql->outcome();
}

// ---- writing

Result<void> ResponseStore::keep(const KeptResponse& response, const ResponseLimits& limits) {
    if (static_cast<std::int64_t>(response.size()) > limits.maxBytes)
        return {};
    auto transaction = Transaction::begin(m_sql->database, Transaction::Kind::Write);
    if (!transaction)
        return fail(transaction.error());
    Result<void> done = insert(response);
    if (done)
        done = makeRoom(limits);
    if (done)
        done = transaction->commit();
    if (!done)
        (void)recount();
    return done;
}

Result<void> ResponseStore::insert(const KeptResponse& response) {
    if (const auto same =
            m_sql->integer("SELECT number FROM nodes WHERE client = ? AND id = ?",
                           std::string_view(response.client), std::string_view(response.id))) {
        if (auto gone = forget(*same); !gone)
            return gone;
    }
    std::int64_t previous = response.previous;
    std::string input = response.input;
    const bool there = m_sql->integer("SELECT 1 FROM nodes WHERE number = ?", previous).has_value();
    if (previous != 0 && !there) {
        if (response.history)
            input = protocol::joinedItems(*response.history, input);
        previous = 0;
    }
    json::Writer items;
    items.object().key("input").raw(input).key("output").raw(response.output).end();
    const std::string itemsBox = encrypt(m_key, itemsLabel(response.client), items.text());
    const std::string objectBox =
        encrypt(m_key, objectLabel(response.client, response.id), response.object);
    const auto size = static_cast<std::int64_t>(itemsBox.size() + objectBox.size());
    m_sql->run(
        "INSERT INTO nodes (previous, created_ms, size, client, id, items, object) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        previous, response.createdAt.value, size, std::string_view(response.client),
        std::string_view(response.id), Blob{itemsBox}, Blob{objectBox});
    ++m_count;
    m_bytes += size;
    return m_sql->outcome();
}

Result<void> ResponseStore::makeRoom(const ResponseLimits& limits) {
    while (m_count > limits.maxCount || m_bytes > limits.maxBytes) {
        const auto oldest = m_sql->integer(
            "SELECT number FROM nodes WHERE id IS NOT NULL ORDER BY created_ms, number LIMIT 1");
        if (!oldest)
            break;
        if (auto gone = forget(*oldest); !gone)
            return gone;
    }
    return m_sql->outcome();
}

// Takes away the name and the object of a row, and the row with all nameless ones before it once
// nothing goes on from them.
Result<void> ResponseStore::forget(std::int64_t number) {
    if (m_sql->integer("SELECT 1 FROM nodes WHERE previous = ?", number)) {
        const std::int64_t freed =
            m_sql->integer("SELECT length(object) FROM nodes WHERE number = ?", number).value_or(0);
        m_sql->run(
            "UPDATE nodes SET id = NULL, object = x'', size = size - length(object) "
            "WHERE number = ?",
            number);
        m_bytes -= freed;
        return m_sql->outcome();
    }
    for (bool again = true; again;) {
        const std::int64_t previous =
            m_sql->integer("SELECT previous FROM nodes WHERE number = ?", number).value_or(0);
        m_bytes -= m_sql->integer("SELECT size FROM nodes WHERE number = ?", number).value_or(0);
        m_sql->run("DELETE FROM nodes WHERE number = ?", number);
        --m_count;
        number = previous;
        again = number != 0 && m_sql->integer(
                                   "SELECT 1 FROM nodes WHERE number = ?1 AND id IS NULL AND NOT "
                                   "EXISTS (SELECT 1 FROM nodes WHERE previous = ?1)",
                                   number);
    }
    return m_sql->outcome();
}

Result<bool> ResponseStore::remove(std::string_view client, std::string_view id, UnixMs since) {
    const auto number = find(client, id, since);
    if (!number) {
        if (auto ok = m_sql->outcome(); !ok)
            return fail(ok.error());
        return false;
    }
    auto transaction = Transaction::begin(m_sql->database, Transaction::Kind::Write);
    if (!transaction)
        return fail(transaction.error());
    Result<void> done = forget(*number);
    if (done)
        done = transaction->commit();
    if (!done) {
        (void)recount();
        return fail(done.error());
    }
    // Readers of the file's log would still find it there.
    m_sql->run("PRAGMA wal_checkpoint(TRUNCATE)");
    if (auto ok = m_sql->outcome(); !ok)
        return fail(ok.error());
    return true;
}

Result<void> ResponseStore::removeOlder(UnixMs since) {
    auto transaction = Transaction::begin(m_sql->database, Transaction::Kind::Write);
    if (!transaction)
        return fail(transaction.error());
    Result<void> done;
    while (done) {
        const auto old = m_sql->integer(
            "SELECT number FROM nodes WHERE id IS NOT NULL AND created_ms < ? "
            "ORDER BY created_ms, number LIMIT 1",
            since.value);
        if (!old)
            break;
        done = forget(*old);
    }
    if (done)
        done = m_sql->outcome();
    if (done)
        done = transaction->commit();
    if (!done) {
        (void)recount();
        return done;
    }
    return m_sql->database.execute("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
}

// ---- reading

std::optional<std::int64_t> ResponseStore::find(std::string_view client, std::string_view id,
                                                UnixMs since) {
    return m_sql->integer(
        "SELECT number FROM nodes WHERE client = ? AND id = ? AND created_ms >= ?", client, id,
        since.value);
}

Result<std::optional<std::string>> ResponseStore::object(std::string_view client,
                                                         std::string_view id, UnixMs since) {
    const auto number = find(client, id, since);
    Statement* row =
        number ? m_sql->row("SELECT object FROM nodes WHERE number = ?", *number) : nullptr;
    std::optional<std::string> plain;
    if (row != nullptr) {
        plain = decrypt(m_key, objectLabel(client, id), row->text(0));
        row->reset();
    }
    if (auto ok = m_sql->outcome(); !ok)
        return fail(ok.error());
    return plain;
}

Result<std::optional<ResponseStore::History>> ResponseStore::history(std::string_view client,
                                                                     std::string_view id,
                                                                     UnixMs since, UpTo upTo) {
    const auto first = find(client, id, since);
    std::vector<std::string> parts;  // newest first
    std::size_t size = 0;
    std::int64_t number = first.value_or(0);
    while (number != 0) {
        Statement* row = m_sql->row(
            "SELECT previous, items FROM nodes WHERE number = ? AND "
            "client = ?",
            number, client);
        if (row == nullptr)
            break;
        const std::int64_t previous = row->integer(0);
        auto items = decrypt(m_key, itemsLabel(client), row->text(1));
        row->reset();
        // Rows only go on from earlier ones; all else was made by somebody else.
        if (!items || previous >= number)
            return std::nullopt;
        size += items->size();
        if (size > kMaxHistory)
            return failField(ErrorCode::InvalidField, "previous_response_id",
                             "The conversation of \"previous_response_id\" is longer than 64 MB. "
                             "Begin a new one.");
        parts.push_back(std::move(*items));
        number = previous;
    }
    if (auto ok = m_sql->outcome(); !ok)
        return fail(ok.error());
    if (number != 0 || parts.empty())  // not there, or a gap
        return std::nullopt;
    History found{*first, "[]"};
    for (std::size_t i = parts.size(); i-- > 0;) {
        const auto object = json::objectIn(parts[i]);
        if (!object)
            return std::nullopt;
        found.items = protocol::joinedItems(found.items, protocol::rawOf(*object, "input"));
        if (i > 0 || upTo == UpTo::Output)
            found.items = protocol::joinedItems(found.items, protocol::rawOf(*object, "output"));
    }
    return found;
}

// ---- from memory to a file

Result<void> ResponseStore::copyTo(ResponseStore& other) {
    auto transaction = Transaction::begin(other.m_sql->database, Transaction::Kind::Write);
    if (!transaction)
        return fail(transaction.error());
    std::map<std::int64_t, std::int64_t> places;  // of a row here, there
    Statement* row = m_sql->row(
        "SELECT number, previous, created_ms, client, id, items, object FROM nodes "
        "ORDER BY number");
    for (; row != nullptr; row = m_sql->next(*row)) {
        const std::string client(row->text(3));
        const std::string id(row->text(4));
        const auto items = decrypt(m_key, itemsLabel(client), row->text(5));
        const auto object = decrypt(m_key, objectLabel(client, id), row->text(6));
        if (!items || (!object && !id.empty()))
            continue;
        const std::string itemsBox = encrypt(other.m_key, itemsLabel(client), *items);
        const std::string objectBox =
            id.empty() ? std::string() : encrypt(other.m_key, objectLabel(client, id), *object);
        const auto before = places.find(row->integer(1));
        const auto number = other.m_sql->integer(
            "INSERT INTO nodes (previous, created_ms, size, client, id, items, object) "
            "VALUES (?, ?, ?, ?, nullif(?, ''), ?, ?) RETURNING number",
            before == places.end() ? std::int64_t{0} : before->second, row->integer(2),
            static_cast<std::int64_t>(itemsBox.size() + objectBox.size()), std::string_view(client),
            std::string_view(id), Blob{itemsBox}, Blob{objectBox});
        places[row->integer(0)] = number.value_or(0);
    }
    if (auto ok = m_sql->outcome(); !ok)
        return ok;
    if (auto ok = other.m_sql->outcome(); !ok)
        return ok;
    if (auto done = transaction->commit(); !done)
        return done;
    return other.recount();
}

}  // namespace gr::gateway
