// SPDX-License-Identifier: MIT
// What only PostgreSQL can do to a ledger: be away, come back, and lose an answer.
#include <poll.h>

#include <QtTest>
#include <atomic>
#include <set>
#include <thread>

#include "base/text.h"
#include "ledger/postgres_client.h"
#include "ledger/postgres_text.h"
#include "ledger/verify.h"
#include "support/ledger_fixture.h"

using gr::Error;
using gr::ErrorCode;
using gr::ledger::ClientKey;
using gr::ledger::Ledger;
using gr::ledger::Location;
using gr::ledger::Reader;
using gr::ledger::verifyBooks;
using gr::test::kNoon;
using gr::test::PostgresServer;
using gr::test::RandomRecords;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

// Stands between gateway and server, and hangs up instead of giving the answer to a COMMIT.
class LostAnswers final {
  public:
    explicit LostAnswers(const PostgresServer& server) : m_target(server.socket()) {
        const std::string socket = folder() + "/.s.PGSQL.5432";
        m_listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = addressOf(socket);
        if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(m_listener, 20) != 0)
            qFatal("no socket");
        m_thread = std::thread([this] { work(); });
    }
    ~LostAnswers() {
        m_stop = true;
        m_thread.join();
        ::close(m_listener);
    }

    std::string folder() const { return m_folder.path().toStdString(); }
    void loseNext(int answers) { m_toLose = answers; }
    int lost() const { return m_lost; }

  private:
    struct Pair {
        int client;
        int server;
        bool losing;
    };

    static sockaddr_un addressOf(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }

    void work() {
        std::vector<Pair> pairs;
        while (!m_stop) {
            std::vector<pollfd> watched{{m_listener, POLLIN, 0}};
            for (const Pair& pair : pairs) {
                watched.push_back({pair.client, POLLIN, 0});
                watched.push_back({pair.server, POLLIN, 0});
            }
            if (::poll(watched.data(), watched.size(), 20) <= 0)
                continue;
            std::vector<Pair> left;
            for (std::size_t i = 0; i < pairs.size(); ++i) {
                Pair pair = pairs[i];
                if (pass(pair, watched[1 + 2 * i].revents != 0, watched[2 + 2 * i].revents != 0)) {
                    left.push_back(pair);
                    continue;
                }
                ::close(pair.client);
                ::close(pair.server);
            }
            pairs = std::move(left);
            if (watched[0].revents != 0)
                accept(pairs);
        }
        for (const Pair& pair : pairs) {
            ::close(pair.client);
            ::close(pair.server);
        }
    }

    void accept(std::vector<Pair>& pairs) {
        const int client = ::accept(m_listener, nullptr, nullptr);
        const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = addressOf(m_target);
        if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
            pairs.push_back({client, server, false});
            return;
        }
        ::close(client);
        ::close(server);
    }

    bool pass(Pair& pair, bool fromClient, bool fromServer) {
        std::string bytes(65'536, '\0');
        if (fromClient) {
            const ssize_t size = ::recv(pair.client, bytes.data(), bytes.size(), 0);
            if (size <= 0 || ::send(pair.server, bytes.data(), std::size_t(size), 0) != size)
                return false;
            const bool commit = std::string_view(bytes.data(), std::size_t(size)).find("COMMIT") !=
                                std::string_view::npos;
            if (commit && m_toLose > 0) {
                --m_toLose;
                pair.losing = true;
            }
        }
        if (fromServer) {
            const ssize_t size = ::recv(pair.server, bytes.data(), bytes.size(), 0);
            if (size <= 0)
                return false;
            if (pair.losing) {
                ++m_lost;
                return false;  // it was done, and nobody hears of it
            }
            return ::send(pair.client, bytes.data(), std::size_t(size), 0) == size;
        }
        return true;
    }

    const std::string m_target;
    QTemporaryDir m_folder{QStringLiteral("/tmp/gr-proxy-XXXXXX")};
    int m_listener = -1;
    std::atomic<bool> m_stop{false};
    std::atomic<int> m_toLose{0};
    std::atomic<int> m_lost{0};
    std::thread m_thread;
};

std::unique_ptr<Ledger> open(const Location& location) {
    auto opened = Ledger::open(location);
    return went(opened) ? std::move(*opened) : nullptr;
}

ClientKey key(int number) {
    return {.id = "key-" + std::to_string(number),
            .sha256 = gr::sha256(std::to_string(number)),
            .createdAt = {kNoon.value + number},
            .expiresAt = std::nullopt,
            .revokedAt = std::nullopt};
}

bool sound(const Location& location, std::int64_t requests) {
    const auto report = verifyBooks(location);
    if (!went(report))
        return false;
    for (const std::string& finding : report->findings)
        qWarning("%s", finding.c_str());
    if (report->requests != requests)
        qWarning("%lld requests", static_cast<long long>(report->requests));
    return report->findings.empty() && report->requests == requests;
}

}  // namespace

class TestStorePostgres final : public QObject {
    Q_OBJECT

  private:
    PostgresServer m_server;

  private slots:
    void placesAreNumbered() {
        using gr::ledger::numberedPlaces;
        QCOMPARE(numberedPlaces("SELECT ?, ?"), std::string("SELECT $1, $2"));
        QCOMPARE(numberedPlaces("a = ?2 AND b = ?1 AND c = ?10"),
                 std::string("a = $2 AND b = $1 AND c = $10"));
        QCOMPARE(numberedPlaces("a = '?' AND b = ?"), std::string("a = '?' AND b = $1"));
    }

    void urlsAreCheckedAndNamedWithoutSecrets() {
        using namespace gr::ledger;
        for (const char* fine :
             {"postgresql://u@127.0.0.1/d", "postgres://localhost", "postgresql:///d?host=/run/pg",
              "postgresql://u:p@[::1]:5433/d", "postgresql://u@db.example/d?sslmode=verify-full"})
            QVERIFY2(!postgresUrlProblem(fine), fine);
        for (const char* wrong :
             {"postgresql://u@db.example/d", "postgresql://u@db.example/d?sslmode=verify-ca",
              "postgresql://127.0.0.1,10.0.0.1/d", "postgresql://u@localhost/d?hostaddr=10.0.0.1",
              "postgresql:///d?service=far", "postgresql://u@h:port/d?x", "postgresql:"})
            QVERIFY2(postgresUrlProblem(wrong), wrong);
        QVERIFY(postgresUrlHasPassword("postgresql://u:p@h/d"));
        QVERIFY(postgresUrlHasPassword("postgresql://u@h/d?password=p"));
        QVERIFY(!postgresUrlHasPassword("postgresql://u@h/d"));
        QCOMPARE(postgresLocation("postgresql://u:secret@h:5433/d?sslmode=verify-full").name(),
                 std::string("postgresql://u@h:5433/d"));
    }

    void aMissingClientLibraryIsNamedWithItsPackage() {
        using gr::ledger::PostgresClient;
        QVERIFY(PostgresClient::load());
        // Not there, and there without what is wanted of it.
        for (const char* library : {"libpq.so.0", "libc.so.6"}) {
            const auto client = PostgresClient::load(library);
            QVERIFY2(!client, library);
            QVERIFY2(client.error().find(library) != std::string::npos, client.error().c_str());
            QVERIFY2(client.error().find("libpq5") != std::string::npos, client.error().c_str());
        }
    }

    void errorsSayWhatToDo() {
        using gr::ledger::Doing;
        const std::pair<const char*, ErrorCode> table[] = {
            {"", ErrorCode::LedgerBusy},         {"57P01", ErrorCode::LedgerBusy},
            {"55P03", ErrorCode::LedgerBusy},    {"40P01", ErrorCode::LedgerBusy},
            {"53100", ErrorCode::DiskFull},      {"25006", ErrorCode::ReadOnly},
            {"42501", ErrorCode::ReadOnly},      {"58030", ErrorCode::FileUnwritable},
            {"42P01", ErrorCode::LedgerCorrupt}, {"22021", ErrorCode::Internal}};
        for (const auto& [state, code] : table) {
            const Error error =
                gr::ledger::postgresError(state, "postgresql://h/d", Doing::Writing, "line");
            QCOMPARE(int(error.code), int(code));
            QVERIFY(error.message.text.find("postgresql://h/d") != std::string::npos);
        }
    }

    void aServerThatIsNotThereIsNamed() {
        const auto opened =
            Ledger::open(gr::ledger::postgresLocation("postgresql://me:secret@127.0.0.1:1/books"));
        QVERIFY(!opened);
        const Error& error = opened.error();
        QCOMPARE(int(error.code), int(ErrorCode::LedgerBusy));
        const std::string all = error.message.text + error.detail.text;
        QVERIFY2(all.find("postgresql://me@127.0.0.1:1/books") != std::string::npos, all.c_str());
        QVERIFY2(all.find("start GateRouter again") != std::string::npos, all.c_str());
        QVERIFY2(all.find("secret") == std::string::npos, all.c_str());
        const auto far = Ledger::open(gr::ledger::postgresLocation("postgresql://db.example/d"));
        QVERIFY(!far);
        QCOMPARE(int(far.error().code), int(ErrorCode::ConfigInvalid));
    }

    void foreignAndNewerSchemasAreLeftAlone() {
        const Location foreign = m_server.location(m_server.newDatabase());
        QVERIFY(gr::ledger::openPostgres(foreign, gr::ledger::Access::ReadWrite)
                    ->execute("CREATE SCHEMA gaterouter; CREATE TABLE gaterouter.x (y INT)"));
        QCOMPARE(int(Ledger::open(foreign).error().code), int(ErrorCode::LedgerCorrupt));
        const Location newer = m_server.location(m_server.newDatabase());
        QVERIFY(open(newer));
        QVERIFY(gr::ledger::openPostgres(newer, gr::ledger::Access::ReadWrite)
                    ->execute("UPDATE form SET version = 99"));
        QCOMPARE(int(Ledger::open(newer).error().code), int(ErrorCode::LedgerTooNew));
        QCOMPARE(int(Reader::open(newer).error().code), int(ErrorCode::LedgerTooNew));
    }

    void rowsWaitWhileTheServerIsAway() {
        const Location location = m_server.location(m_server.newDatabase());
        auto ledger = open(location);
        Reader reader = std::move(*Reader::open(location));
        RandomRecords random(1);
        ledger->append(random.next(kNoon));
        ledger->flush();
        m_server.stop();
        for (int i = 1; i <= 2'000; ++i)
            ledger->append(random.next({kNoon.value + i}));
        ledger->flush();  // comes back although nothing can be written
        const auto health = ledger->health();
        QVERIFY(health.error);
        QCOMPARE(int(health.error->code), int(ErrorCode::LedgerBusy));
        QCOMPARE(health.queued, std::uint64_t(2'000));
        QVERIFY(!ledger->addClientKey(key(1)));
        QVERIFY(!reader.totals({}));
        m_server.start();
        QTRY_COMPARE_WITH_TIMEOUT(ledger->health().written, std::uint64_t(2'001), 30'000);
        QVERIFY(!ledger->health().error);
        bool added = false;  // Qt asks more than once
        const auto add = [&] { return added = added || ledger->addClientKey(key(1)).has_value(); };
        QTRY_VERIFY_WITH_TIMEOUT(add(), 30'000);
        const auto again = [&] {
            const auto totals = reader.totals({});
            return went(totals) && totals->requests == 2'001;
        };
        QTRY_VERIFY_WITH_TIMEOUT(again(), 30'000);
        ledger.reset();
        QVERIFY(sound(location, 2'001));
    }

    void aLostAnswerToACommitWritesNothingTwice() {
        const std::string database = m_server.newDatabase();
        LostAnswers between(m_server);
        auto ledger = open(PostgresServer::at(between.folder(), database));
        QVERIFY(ledger);
        RandomRecords random(2);
        int appended = 0;
        for (int round = 0; round < 10; ++round) {
            for (int i = 0; i < 700; ++i, ++appended)
                ledger->append(random.next({kNoon.value + appended}));
            between.loseNext(1 + round % 2);
            ledger->flush();
            // More rows come between the doubt and its end.
            for (int i = 0; i < 50; ++i, ++appended)
                ledger->append(random.next({kNoon.value + appended}));
            QTRY_COMPARE_WITH_TIMEOUT(ledger->health().queued, std::uint64_t(0), 30'000);
        }
        QVERIFY(between.lost() >= 10);
        ledger.reset();
        QVERIFY(sound(m_server.location(database), appended));
        const auto rows = Reader::open(m_server.location(database))->newerThan(0, appended + 1);
        std::set<std::string> ids;
        for (const auto& row : *rows)
            ids.insert(row.record.id);
        QCOMPARE(ids.size(), std::size_t(appended));
    }

    void severalGatewaysAreOneLedger() {
        const Location location = m_server.location(m_server.newDatabase());
        std::vector<std::unique_ptr<Ledger>> gateways;
        for (int i = 0; i < 3; ++i)
            gateways.push_back(open(location));
        std::vector<std::thread> threads;
        for (int g = 0; g < 3; ++g) {
            threads.emplace_back([&, g] {
                RandomRecords random(std::uint64_t(10 + g));
                for (int i = 0; i < 3'000; ++i) {
                    gateways[std::size_t(g)]->append(random.next({kNoon.value + i * 1'000}));
                    if (i % 200 == 0)
                        gateways[std::size_t(g)]->flush();
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        gateways.clear();
        QVERIFY(sound(location, 9'000));
    }

    void keysOfOneGatewayAreToldToTheOthers() {
        const Location location = m_server.location(m_server.newDatabase());
        auto first = open(location);
        auto second = open(location);
        std::atomic<int> told{0};
        second->watchClientKeys([&told] { ++told; });
        QTRY_VERIFY(told >= 1);
        for (const auto& change :
             {std::function([&] { return first->addClientKey(key(1)); }),
              std::function([&] { return first->revokeClientKey("key-1", kNoon); }),
              std::function([&] { return first->restoreClientKey("key-1"); })}) {
            const int before = told;
            QVERIFY(went(change()));
            QTRY_VERIFY(told > before);
        }
        QCOMPARE(second->clientKeys()->size(), std::size_t(1));
        second->watchClientKeys({});
    }

    void aRestartInBetweenIsNotNoticed() {
        const Location location = m_server.location(m_server.newDatabase());
        auto ledger = open(location);
        Reader reader = std::move(*Reader::open(location));
        QVERIFY(went(ledger->addClientKey(key(1))));
        m_server.stop();
        m_server.start();
        QCOMPARE(ledger->clientKeys()->size(), std::size_t(1));
        QVERIFY(went(reader.gaps({0}, kNoon)));
        QVERIFY(went(reader.totals({})));
        QVERIFY(went(ledger->addClientKey(key(2))));
    }

    void namesMayHoldAnyBytes() {
        const Location location = m_server.location(m_server.newDatabase());
        auto ledger = open(location);
        auto odd = sampleRecord(kNoon);
        odd.askedModel = std::string("a\0b\xff'%_\\", 8);
        ledger->append(odd);
        ledger->flush();
        auto reader = std::move(*Reader::open(location));
        const auto page = reader.page({.text = "'%_"}, {}, 10);
        QVERIFY(went(page));
        QCOMPARE(page->size(), std::size_t(1));
        QVERIFY(page->front().record.askedModel == odd.askedModel);
        QCOMPARE(reader.page({.text = "%"}, {}, 10)->size(), std::size_t(1));
        QVERIFY(reader.page({.text = "x'y"}, {}, 10)->empty());
        QVERIFY(reader.page({.text = "\xff\xfe"}, {}, 10)->empty());
        QVERIFY(!*reader.find("\xff"));
        QCOMPARE(reader.page({.text = odd.id.substr(8)}, {}, 10)->size(), std::size_t(1));
    }
};

QTEST_APPLESS_MAIN(TestStorePostgres)
#include "test_store_postgres.moc"
