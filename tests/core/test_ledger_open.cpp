// SPDX-License-Identifier: MIT
// What the ledger says of files and folders that it cannot use, and what becomes of them: nothing.
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <fstream>
#include <functional>
#include <sstream>

#include "support/ledger_fixture.h"

using gr::Error;
using gr::ErrorCode;
using gr::ledger::Ledger;
using gr::ledger::Reader;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return bytes.str();
}

void write(const fs::path& file, const std::string& bytes) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

void query(const fs::path& file, const char* sql) {
    sqlite3* handle = nullptr;
    QCOMPARE(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    QCOMPARE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
}

void fillAndClose(const LedgerFolder& folder) {
    auto ledger = folder.ledger();
    RandomRecords random(9);
    for (int i = 0; i < 3'000; ++i)
        ledger->append(random.next({kNoon.value + i * 1'000}));
}

// Says what opening gives: the slug of the error and its sentence.
std::string opening(const fs::path& file) {
    const auto opened = Ledger::open(file);
    if (opened)
        return "opened";
    return std::string(gr::errorInfo(opened.error().code).slug) + ": " +
           opened.error().message.text;
}

// The same as a user for whom permissions bind, which they do not for root.
std::string openingAsNobody(const fs::path& file) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0)
        return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        const bool bound = ::geteuid() != 0 || (::setgid(65'534) == 0 && ::setuid(65'534) == 0);
        const std::string answer = bound ? opening(file) : "cannot become nobody";
        (void)!::write(ends[1], answer.data(), answer.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string answer(4'096, '\0');
    const ssize_t size = ::read(ends[0], answer.data(), answer.size());
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    answer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return answer;
}

}  // namespace

class TestLedgerOpen final : public QObject {
    Q_OBJECT

  private:
    // Opening, by either side, fails with this, names the file, and leaves every byte.
    static void refuses(const fs::path& file, ErrorCode code, const std::string& advice) {
        const std::string before = contents(file);
        const auto opened = Ledger::open(file);
        QVERIFY(!opened);
        const Error& error = opened.error();
        QCOMPARE(QByteArray(gr::errorInfo(error.code).slug.data()),
                 QByteArray(gr::errorInfo(code).slug.data()));
        QVERIFY2(error.message.text.find(file.string()) != std::string::npos,
                 error.message.text.c_str());
        QVERIFY2(error.message.text.find(advice) != std::string::npos, error.message.text.c_str());
        const auto reader = Reader::open(file);
        QVERIFY(!reader);
        QVERIFY(reader.error().code == code);
        QVERIFY(contents(file) == before);
    }

  private slots:
    void whatIsNoLedgerIsLeftAlone_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray("my shopping list\n");
        QTest::newRow("long text") << QByteArray(50'000, 'x');
        QTest::newRow("zeros") << QByteArray(8'192, '\0');
        QTest::newRow("cut head") << QByteArray("SQLite format 3\0", 16);
    }
    void whatIsNoLedgerIsLeftAlone() {
        QFETCH(QByteArray, bytes);
        const LedgerFolder folder;
        write(folder.file(), bytes.toStdString());
        refuses(folder.file(), ErrorCode::LedgerCorrupt, "back-up");
    }

    void databasesOfOthersAreLeftAlone() {
        const LedgerFolder folder;
        fs::create_directories(folder.file().parent_path());
        query(folder.file(), "CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1;");
        refuses(folder.file(), ErrorCode::LedgerCorrupt, "another program");
    }

    void newerLedgersAreLeftAlone() {
        const LedgerFolder folder;
        fillAndClose(folder);
        query(folder.file(), "PRAGMA user_version = 99");
        refuses(folder.file(), ErrorCode::LedgerTooNew, "Update GateRouter");
    }

    void cutFilesAreFoundAtOnce() {
        const LedgerFolder folder;
        fillAndClose(folder);
        fs::resize_file(folder.file(), fs::file_size(folder.file()) / 2);
        const std::string before = contents(folder.file());
        const auto opened = Ledger::open(folder.file());
        QVERIFY(!opened);
        QVERIFY(opened.error().code == ErrorCode::LedgerCorrupt);
        QVERIFY(contents(folder.file()) == before);
    }

    void lostTablesAreFoundAtOnce() {
        for (const char* sql : {"DROP TABLE hours", "DROP TABLE names",
                                "ALTER TABLE requests DROP COLUMN cost_pico"}) {
            const LedgerFolder folder;
            fillAndClose(folder);
            query(folder.file(), sql);
            const auto opened = Ledger::open(folder.file());
            QVERIFY(!opened);
            QVERIFY(opened.error().code == ErrorCode::LedgerCorrupt);
        }
    }

    void damageInTheMiddleShowsWhenItIsRead() {
        const LedgerFolder folder;
        fillAndClose(folder);
        {
            const auto size = fs::file_size(folder.file());
            std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
            // Behind the pages that say which tables there are.
            file.seekp(static_cast<std::streamoff>(size / 2));
            file << std::string(size / 4, '\x5a');
        }
        auto reader = Reader::open(folder.file());
        QVERIFY(went(reader));
        const auto page = reader->page({}, {}, 3'000);
        QVERIFY(!page);
        QVERIFY(page.error().code == ErrorCode::LedgerCorrupt);
        QVERIFY(page.error().message.text.find("ledger verify") != std::string::npos);
    }

    void emptyFilesBecomeLedgers() {
        const LedgerFolder folder;
        write(folder.file(), "");
        ::chmod(folder.file().c_str(), 0644);
        QVERIFY(folder.ledger());
        struct stat info {};
        QCOMPARE(::stat(folder.file().c_str(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0600);
    }

    void placesThatCannotBe() {
        const LedgerFolder folder;
        write(folder.path() / "note", "text");
        fs::create_directories(folder.path() / "folder");
        for (const fs::path& file : {folder.path() / "note" / "ledger.db", folder.path() / "folder",
                                     fs::path("/dev/null"), fs::path("/dev/null/x/ledger.db")}) {
            const std::string answer = opening(file);
            QVERIFY2(answer.starts_with("file_unwritable: "), answer.c_str());
            QVERIFY2(answer.find("--data-dir") != std::string::npos, answer.c_str());
        }
        QCOMPARE(contents(folder.path() / "note"), std::string("text"));
    }

    void readOnlyFoldersAndFiles() {
        const LedgerFolder folder;
        ::chmod(folder.path().c_str(), 0555);
        const std::string noFolder = openingAsNobody(folder.file());
        QVERIFY2(noFolder.starts_with("read_only: "), noFolder.c_str());
        QVERIFY(noFolder.find((folder.path() / "data").string()) != std::string::npos);

        ::chmod(folder.path().c_str(), 0755);
        fillAndClose(folder);
        const fs::path data = folder.file().parent_path();
        ::chmod(data.c_str(), 0755);
        ::chmod(folder.file().c_str(), 0644);
        if (::geteuid() != 0) {  // the child is this very user: take the right to write itself
            ::chmod(folder.file().c_str(), 0444);
            ::chmod(data.c_str(), 0555);
        }
        const std::string before = contents(folder.file());
        const std::string readOnly = openingAsNobody(folder.file());
        QVERIFY2(readOnly.starts_with("read_only: "), readOnly.c_str());
        QVERIFY(readOnly.find(folder.file().string()) != std::string::npos);
        QVERIFY(contents(folder.file()) == before);
        ::chmod(data.c_str(), 0700);
    }

    void foldersOfOthersKeepTheirMode() {
        const LedgerFolder folder;
        fs::create_directories(folder.file().parent_path());
        ::chmod(folder.file().parent_path().c_str(), 0750);
        QVERIFY(folder.ledger());
        struct stat info {};
        QCOMPARE(::stat(folder.file().parent_path().c_str(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0750);
    }
};

QTEST_APPLESS_MAIN(TestLedgerOpen)
#include "test_ledger_open.moc"
