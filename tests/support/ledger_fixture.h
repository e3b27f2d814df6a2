// SPDX-License-Identifier: MIT
#pragma once

#include <sqlite3.h>

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "ledger/receipt_keys.h"
#include "support/ledger_samples.h"
#include "support/postgres_server.h"

// A folder for one test, and verbs over the ledger in it.
namespace gr::test {

constexpr UnixMs kNoon{1'795'003'200'000};  // a whole hour, so that tests can count from it

// Ends the test function with the sentence of the error.
template <class T>
bool went(const Result<T>& result) {
    if (!result)
        qWarning("%s (%s)", result.error().message.text.c_str(),
                 result.error().detail.text.c_str());
    return result.has_value();
}

// A ledger that is not there yet, of the store that the program tests: SQLite in a folder, or, with
// GR_TEST_STORE=postgres, PostgreSQL.
class LedgerFolder final {
  public:
    LedgerFolder() : m_database(s_server != nullptr ? s_server->newDatabase() : "") {}

    static bool inPostgres() { return s_server != nullptr; }
    std::filesystem::path path() const { return m_folder.path().toStdString(); }
    std::filesystem::path file() const { return path() / "data" / "ledger.db"; }
    ledger::Location location() const {
        return inPostgres() ? s_server->location(m_database) : ledger::Location(file());
    }

    // The data directory: key file and anchor of the receipts.
    std::filesystem::path home() const { return inPostgres() ? path() : file().parent_path(); }
    ledger::ReceiptKeys keys() const {
        auto keys = ledger::readReceiptKeys(home(), ledger::KeyFile::MakeIfMissing);
        if (!went(keys))
            qFatal("no keys");
        return std::move(*keys);
    }

    std::unique_ptr<ledger::Ledger> ledger() const {
        auto opened = ledger::Ledger::open(location(), home());
        return went(opened) ? std::move(*opened) : nullptr;
    }
    ledger::Reader reader() const {
        auto opened = ledger::Reader::open(location());
        if (!went(opened))
            qFatal("no reader");
        return std::move(*opened);
    }
    // A hand in the tables that is not the ledger's.
    void tamper(const std::string& sql) const {
        if (inPostgres()) {
            auto database = ledger::openPostgres(location(), ledger::Access::ReadWrite);
            if (!went(database) || !went(database->execute(sql)))
                qFatal("not tampered");
            return;
        }
        sqlite3* handle = nullptr;
        if (sqlite3_open(file().c_str(), &handle) != SQLITE_OK ||
            sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            qFatal("not tampered: %s", sqlite3_errmsg(handle));
        sqlite3_close(handle);
    }

    // The main function of a program that tests both stores.
    template <class Test>
    static int runTest(int argc, char** argv) {
        std::optional<PostgresServer> server;
        if (qgetenv("GR_TEST_STORE") == "postgres")
            s_server = &server.emplace();
        Test test;
        const int result = QTest::qExec(&test, argc, argv);
        s_server = nullptr;
        return result;
    }

  private:
    static inline PostgresServer* s_server = nullptr;
    QTemporaryDir m_folder;
    std::string m_database;
};

}  // namespace gr::test
