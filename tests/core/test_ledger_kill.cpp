// SPDX-License-Identifier: MIT
// A gateway that is killed in the middle of writing, again and again, on the same ledger.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <chrono>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ledger/verify.h"
#include "support/ledger_fixture.h"

using gr::ledger::Ledger;
using gr::ledger::verifyBooks;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::went;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdSize = 30;

// The child: appends for ever, and tells each id and when it was appended, 38 bytes a row.
[[noreturn]] void appendForEver(const char* file, int out) {
    auto ledger = Ledger::open(std::filesystem::path(file));
    if (!ledger)
        ::_exit(1);
    RandomRecords random(static_cast<std::uint64_t>(::getpid()));
    for (std::int64_t i = 0;; ++i) {
        auto record = random.next({kNoon.value + i});
        std::string told = record.id;
        (*ledger)->append(std::move(record));
        const std::int64_t now = Clock::now().time_since_epoch().count();
        told.append(reinterpret_cast<const char*>(&now), sizeof now);
        if (::write(out, told.data(), told.size()) < 0)
            ::_exit(2);
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
}

struct Told {
    std::string id;
    Clock::time_point at;
};

struct Killed {
    std::vector<Told> rows;
    Clock::time_point at;  // of the kill
};

Killed runAndKill(const std::filesystem::path& file, std::chrono::milliseconds life) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0)
        qFatal("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        // A fresh program: what the test's threads held at the fork is of no concern to it.
        const std::string out = std::to_string(ends[1]);
        ::execl("/proc/self/exe", "test_ledger_kill", "--append", file.c_str(), out.c_str(),
                nullptr);
        ::_exit(3);
    }
    ::close(ends[1]);
    Killed killed;
    std::string bytes;
    std::string buffer(65'536, '\0');
    const auto read = [&] {
        const ssize_t size = ::read(ends[0], buffer.data(), buffer.size());
        if (size > 0)
            bytes.append(buffer, 0, static_cast<std::size_t>(size));
        return size > 0;
    };
    read();  // the first row: it runs
    for (const auto end = Clock::now() + life; Clock::now() < end;)
        read();
    killed.at = Clock::now();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (read()) {
    }
    ::close(ends[0]);
    for (std::size_t at = 0; at + kIdSize + 8 <= bytes.size(); at += kIdSize + 8) {
        std::int64_t ticks = 0;
        std::memcpy(&ticks, bytes.data() + at + kIdSize, sizeof ticks);
        killed.rows.push_back(
            {bytes.substr(at, kIdSize), Clock::time_point(Clock::duration(ticks))});
    }
    return killed;
}

}  // namespace

class TestLedgerKill final : public QObject {
    Q_OBJECT

  private slots:
    void aKilledGatewayLosesNoMoreThanTheLastMoment() {
        const LedgerFolder folder;
        std::set<std::string> kept;
        for (int round = 0; round < 5; ++round) {
            const Killed killed =
                runAndKill(folder.file(), std::chrono::milliseconds(1'300 + 37 * round));
            QVERIFY(killed.rows.size() > 100);
            auto reader = folder.reader();
            auto rows = reader.newerThan(0, 1'000'000);
            QVERIFY(went(rows));
            std::set<std::string> present;
            for (const auto& row : *rows)
                present.insert(row.record.id);
            QCOMPARE(present.size(), rows->size());
            // What earlier lives left is still there.
            QVERIFY(std::includes(present.begin(), present.end(), kept.begin(), kept.end()));
            auto oldest = std::chrono::nanoseconds(0);
            std::size_t missing = 0;
            for (const Told& told : killed.rows) {
                if (present.contains(told.id))
                    continue;
                ++missing;
                oldest = std::max(oldest, std::chrono::nanoseconds(killed.at - told.at));
            }
            const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(oldest);
            qInfo("%zu rows told, %zu missing, the oldest of them %lld ms old", killed.rows.size(),
                  missing, static_cast<long long>(age.count()));
            // 100 ms are promised and measured above; a busy machine may let the thread wait.
            QVERIFY(age < std::chrono::milliseconds(1'000));
            kept = std::move(present);

            auto report = verifyBooks(folder.file());
            QVERIFY(went(report));
            QVERIFY2(report->findings.empty(),
                     report->findings.empty() ? "" : report->findings[0].c_str());
        }
        QVERIFY(folder.ledger());  // and it goes on
    }
};

int main(int argc, char** argv) {
    if (argc == 4 && std::strcmp(argv[1], "--append") == 0)
        appendForEver(argv[2], std::atoi(argv[3]));
    TestLedgerKill test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_ledger_kill.moc"
