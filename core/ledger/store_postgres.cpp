// SPDX-License-Identifier: MIT
#include "ledger/store_postgres.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "ledger/postgres_client.h"
#include "ledger/postgres_text.h"
#include "ledger/postgres_url.h"
#include "ledger/postgres_values.h"

namespace gr::ledger {
namespace {

using namespace std::chrono_literals;

// Between two tries to connect; doubled each time.
constexpr auto kFirstPause = 250ms;
constexpr auto kLongestPause = 5s;

// Types of PostgreSQL as they stand in its catalogue (pg_type.dat).
constexpr Oid kBool = 16;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;

// "GRlg": whoever holds this advisory lock writes.
constexpr const char* kTakeWriteLock = "SELECT pg_advisory_xact_lock(1196583015)";

struct ResultDeleter {
    decltype(&PQclear) clear = nullptr;
    void operator()(PGresult* result) const noexcept { clear(result); }
};
using Answer = std::unique_ptr<PGresult, ResultDeleter>;

struct Closer {
    decltype(&PQfinish) finish = nullptr;
    void operator()(PGconn* connection) const noexcept { finish(connection); }
};

std::string firstLine(const char* message) {
    std::string text = message != nullptr ? message : "";
    text.resize(std::min(text.find('\n'), text.size()));
    return text;
}

class PostgresConnection final : public Connection {
  public:
    PostgresConnection(const Location& location, const PostgresClient& client, Access access,
                       Durability durability)
        : Connection(location), m_pq(client), m_access(access), m_durability(durability) {}

    Dialect dialect() const override { return Dialect::Postgres; }
    Result<void> execute(const std::string& sql) override;
    Result<Statement> prepare(std::string_view sql) override;
    Result<void> begin(TransactionKind kind, std::optional<Durability> durability) override;
    Result<void> commit() override;
    void rollback() override;
    Result<UnixMs> now() override;
    Error corrupt(std::string detail) const override {
        return Error(ErrorCode::LedgerCorrupt,
                     "The ledger " + location().name() +
                         " holds what makes no sense. Restore it from a back-up; `gaterouterd "
                         "ledger verify` tells what is wrong with it.",
                     LogDetail{std::move(detail)});
    }

    Result<void> connect();
    const PostgresClient& client() const { return m_pq; }
    // Asks and waits. `name` is that of a prepared statement, or empty for `sql` itself.
    Result<Answer> ask(const std::string& name, const std::string& sql, PostgresValues& values);
    Result<void> makeStatement(const std::string& name, const std::string& sql);
    // Sends and does not wait.
    Result<void> send(const std::string& name, PostgresValues& values);
    void forget(const std::string& name) { m_forgotten.push_back(name); }
    std::string newName() { return "s" + std::to_string(++m_names); }
    // The connection went at the last use, and no transaction with it.
    bool dropped() const { return !m_inTransaction && m_handle && !connected(); }
    // Statements are gone with the connection for which they were made.
    std::uint64_t generation() const override { return m_generation; }

  private:
    Result<void> ready();
    Result<void> settle();  // waits for all that was sent
    bool connected() const { return m_handle && m_pq.PQstatus(m_handle.get()) == CONNECTION_OK; }
    Answer owned(PGresult* result) const { return Answer(result, ResultDeleter{m_pq.PQclear}); }
    bool succeeded(const Answer& answer) const;
    Result<Answer> check(Answer answer);
    Error error(const PGresult* result);
    void dropForgotten();

    const PostgresClient m_pq;
    const Access m_access;
    const Durability m_durability;
    std::unique_ptr<PGconn, Closer> m_handle{nullptr, Closer{m_pq.PQfinish}};
    std::uint64_t m_generation = 0;
    std::uint64_t m_names = 0;
    std::vector<std::string> m_forgotten;
    bool m_inTransaction = false;
    bool m_sending = false;
    std::optional<Error> m_unreachable;  // what the last try to connect said
    SteadyTime m_nextTry;
    std::chrono::milliseconds m_pause = kFirstPause;
};

class PostgresCursor final : public Cursor {
  public:
    PostgresCursor(PostgresConnection& connection, std::string sql)
        : m_connection(connection), m_pq(connection.client()), m_sql(std::move(sql)) {}
    ~PostgresCursor() override {
        if (!m_name.empty() && m_generation == m_connection.generation())
            m_connection.forget(m_name);
    }

    void bind(int index, std::optional<std::int64_t> value) override { m_values.set(index, value); }
    void bindText(int index, std::string_view text) override {
        m_values.set(index, text.empty() ? "" : text.data(), text.size());
    }
    void bindBlob(int index, std::string_view bytes) override { bindText(index, bytes); }

    Result<bool> step() override {
        if (!m_answer) {
            auto answer = ask();
            // Nothing is lost by a question: once more, on a new connection.
            if (!answer && m_connection.dropped() && m_sql.starts_with("SELECT"))
                answer = ask();
            if (!answer)
                return fail(std::move(answer.error()));
            m_answer = std::move(*answer);
            m_used = true;
            m_row = -1;
        }
        return ++m_row < m_pq.PQntuples(m_answer.get());
    }
    Result<void> queue() override {
        auto sent = make();
        if (sent)
            sent = m_connection.send(m_name, m_values);
        reset();
        return sent;
    }
    void reset() override { m_answer.reset(); }

    bool isNull(int column) const override {
        return m_pq.PQgetisnull(m_answer.get(), m_row, column) == 1;
    }
    std::int64_t integer(int column) const override {
        const int size = m_pq.PQgetlength(m_answer.get(), m_row, column);
        const Oid type = m_pq.PQftype(m_answer.get(), column);
        const bool number = type == kInt8 || type == kInt4 || type == kInt2 || type == kBool;
        if (!number || size < 1 || size > 8)
            return 0;
        return fromBigEndian(m_pq.PQgetvalue(m_answer.get(), m_row, column), size);
    }
    std::string_view text(int column) const override {
        return {m_pq.PQgetvalue(m_answer.get(), m_row, column),
                static_cast<std::size_t>(m_pq.PQgetlength(m_answer.get(), m_row, column))};
    }

  private:
    Result<Answer> ask() {
        // What is asked once is not worth a name.
        if (m_used) {
            if (auto made = make(); !made)
                return fail(std::move(made.error()));
        }
        return m_connection.ask(m_name, m_sql, m_values);
    }

    Result<void> make() {
        if (!m_name.empty() && m_generation == m_connection.generation())
            return {};
        const std::string name = m_connection.newName();
        auto made = m_connection.makeStatement(name, m_sql);
        if (made) {
            m_name = name;
            m_generation = m_connection.generation();
        }
        return made;
    }

    PostgresConnection& m_connection;
    const PostgresClient& m_pq;
    const std::string m_sql;
    PostgresValues m_values;
    std::string m_name;
    std::uint64_t m_generation = 0;
    bool m_used = false;
    Answer m_answer;
    int m_row = -1;
};

// --- PostgresConnection

Result<void> PostgresConnection::connect() {
    if (const auto problem = postgresUrlProblem(location().url()))
        return fail(ErrorCode::ConfigInvalid, "ledger.url " + *problem + ".");
    // What stands before the URL is overridden by it. A partner that is gone without a word is
    // noticed after a quarter of a minute.
    const std::array<const char*, 9> keywords{"fallback_application_name",
                                              "connect_timeout",
                                              "keepalives_idle",
                                              "keepalives_interval",
                                              "keepalives_count",
                                              "tcp_user_timeout",
                                              "dbname",
                                              "client_encoding",
                                              nullptr};
    const std::array<const char*, 9> values{
        "gaterouter", "3", "5", "3", "3", "15000", location().url().c_str(), "UTF8", nullptr};
    m_handle.reset(m_pq.PQconnectdbParams(keywords.data(), values.data(), 1));
    ++m_generation;
    m_forgotten.clear();
    m_inTransaction = false;
    m_sending = false;
    if (!connected())
        return fail(error(nullptr));
    m_pq.PQsetNoticeProcessor(
        m_handle.get(), [](void*, const char*) {}, nullptr);
    // A gateway that stops in the middle must not hold up the others for long.
    const std::string settings =
        std::string(
            "SET search_path = gaterouter, pg_temp; SET lock_timeout = '5s';"
            "SET idle_in_transaction_session_timeout = '30s';"
            "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3;"
            "SET tcp_keepalives_count = 3; SET standard_conforming_strings = on;") +
        (m_access == Access::ReadOnly ? "SET default_transaction_read_only = on;" : "") +
        (m_durability == Durability::Acknowledged ? "SET synchronous_commit = on"
                                                  : "SET synchronous_commit = off");
    const Answer set = owned(m_pq.PQexec(m_handle.get(), settings.c_str()));
    if (!succeeded(set))
        return fail(error(set.get()));
    return {};
}

Result<void> PostgresConnection::ready() {
    // What the server said since tells whether it hung up.
    if (m_handle && !m_inTransaction)
        (void)m_pq.PQconsumeInput(m_handle.get());
    if (connected())
        return {};
    const SteadyTime now = SystemClock().steady();
    if (m_inTransaction || (m_unreachable && now < m_nextTry))
        return fail(m_unreachable.value_or(error(nullptr)));
    auto made = connect();
    if (made) {
        m_unreachable.reset();
        m_pause = kFirstPause;
        return made;
    }
    m_handle.reset();
    m_unreachable = made.error();
    m_nextTry = now + m_pause;
    m_pause = std::min<std::chrono::milliseconds>(m_pause * 2, kLongestPause);
    return made;
}

Error PostgresConnection::error(const PGresult* result) {
    const bool lost = !connected();
    const char* state = lost || result == nullptr ? nullptr : m_pq.PQresultErrorField(result, 'C');
    const std::string message = result != nullptr && !lost
                                    ? firstLine(m_pq.PQresultErrorMessage(result))
                                : m_handle ? firstLine(m_pq.PQerrorMessage(m_handle.get()))
                                           : "";
    return postgresError(state != nullptr ? state : "", location().name(), doing(), message);
}

bool PostgresConnection::succeeded(const Answer& answer) const {
    const ExecStatusType status = m_pq.PQresultStatus(answer.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Result<Answer> PostgresConnection::check(Answer answer) {
    if (!succeeded(answer))
        return fail(error(answer.get()));
    return answer;
}

Result<Answer> PostgresConnection::ask(const std::string& name, const std::string& sql,
                                       PostgresValues& values) {
    auto able = ready();
    if (able)
        able = settle();
    if (!able)
        return fail(std::move(able.error()));
    PGresult* result =
        name.empty() ? m_pq.PQexecParams(m_handle.get(), sql.c_str(), values.count(), nullptr,
                                         values.data(), values.sizes(), values.formats(), 1)
                     : m_pq.PQexecPrepared(m_handle.get(), name.c_str(), values.count(),
                                           values.data(), values.sizes(), values.formats(), 1);
    return check(owned(result));
}

Result<void> PostgresConnection::makeStatement(const std::string& name, const std::string& sql) {
    auto able = ready();
    if (able)
        able = settle();
    if (!able)
        return able;
    auto made = check(owned(m_pq.PQprepare(m_handle.get(), name.c_str(), sql.c_str(), 0, nullptr)));
    if (!made)
        return fail(std::move(made.error()));
    return {};
}

Result<void> PostgresConnection::send(const std::string& name, PostgresValues& values) {
    if (!m_sending && m_pq.PQenterPipelineMode(m_handle.get()) != 1)
        return fail(error(nullptr));
    m_sending = true;
    if (m_pq.PQsendQueryPrepared(m_handle.get(), name.c_str(), values.count(), values.data(),
                                 values.sizes(), values.formats(), 1) != 1)
        return fail(error(nullptr));
    return {};
}

Result<void> PostgresConnection::settle() {
    if (!std::exchange(m_sending, false))
        return {};
    std::optional<Error> first;
    bool synced = m_pq.PQpipelineSync(m_handle.get()) == 1;
    while (synced) {
        const Answer answer = owned(m_pq.PQgetResult(m_handle.get()));
        if (!connected())
            synced = false;
        else if (m_pq.PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC)
            break;
        else if (answer && !succeeded(answer) && !first &&
                 m_pq.PQresultStatus(answer.get()) != PGRES_PIPELINE_ABORTED)
            first = error(answer.get());
    }
    if (!synced)
        return fail(error(nullptr));
    if (m_pq.PQexitPipelineMode(m_handle.get()) != 1 && !first)
        first = error(nullptr);
    if (first)
        return fail(std::move(*first));
    return {};
}

Result<void> PostgresConnection::execute(const std::string& sql) {
    auto able = ready();
    if (able)
        able = settle();
    if (!able)
        return able;
    const auto done = check(owned(m_pq.PQexec(m_handle.get(), sql.c_str())));
    if (!done)
        return fail(done.error());
    return {};
}

Result<Statement> PostgresConnection::prepare(std::string_view sql) {
    return Statement(std::make_unique<PostgresCursor>(*this, numberedPlaces(sql)));
}

Result<void> PostgresConnection::begin(TransactionKind kind, std::optional<Durability> durability) {
    dropForgotten();
    std::string sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if (kind == TransactionKind::Write) {
        // Whatever the server's default: what is read comes after the lock was given.
        sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;";
        if (durability)
            sql += *durability == Durability::Acknowledged ? "SET LOCAL synchronous_commit = on;"
                                                           : "SET LOCAL synchronous_commit = off;";
        sql += kTakeWriteLock;
    }
    auto begun = execute(sql);
    if (!begun && m_handle && !connected())
        begun = execute(sql);  // nothing is lost yet: once more on a new connection
    if (begun)
        m_inTransaction = true;
    else
        rollback();
    return begun;
}

Result<void> PostgresConnection::commit() {
    if (auto settled = settle(); !settled)
        return settled;
    const auto done = check(owned(m_pq.PQexec(m_handle.get(), "COMMIT")));
    if (!done)
        return fail(done.error());
    m_inTransaction = false;
    // Of a transaction in which something failed before.
    if (std::strcmp(m_pq.PQcmdStatus(done->get()), "COMMIT") != 0)
        return fail(postgresError("XX000", location().name(), doing(), "COMMIT was refused"));
    return {};
}

void PostgresConnection::rollback() {
    m_inTransaction = false;
    if (!connected())
        return;
    (void)settle();
    if (m_pq.PQtransactionStatus(m_handle.get()) != PQTRANS_IDLE)
        (void)owned(m_pq.PQexec(m_handle.get(), "ROLLBACK"));
}

Result<UnixMs> PostgresConnection::now() {
    PostgresValues none;
    const auto answer =
        ask("", "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)", none);
    if (!answer)
        return fail(answer.error());
    return UnixMs{fromBigEndian(m_pq.PQgetvalue(answer->get(), 0, 0), 8)};
}

void PostgresConnection::dropForgotten() {
    if (m_forgotten.empty() || !connected())
        return;
    std::string sql;
    for (const std::string& name : std::exchange(m_forgotten, {}))
        sql += "DEALLOCATE " + name + ";";
    const Answer dropped = owned(m_pq.PQexec(m_handle.get(), sql.c_str()));
}

}  // namespace

Result<void> syncPostgres(Database& database) {
    // A transaction with a number of its own, for which the log is flushed up to its end.
    return database.execute(
        "BEGIN; SET LOCAL synchronous_commit = on; SELECT pg_current_xact_id(); COMMIT");
}

Result<Database> openPostgres(const Location& location, Access access, Durability durability) {
    const auto client = PostgresClient::load();
    if (!client)
        return fail(ErrorCode::ConfigInvalid, "ledger.url " + client.error() + ".");
    auto connection = std::make_unique<PostgresConnection>(location, *client, access, durability);
    if (auto connected = connection->connect(); !connected)
        return fail(std::move(connected.error()));
    return Database(std::move(connection));
}

}  // namespace gr::ledger
