// SPDX-License-Identifier: MIT
// A gateway that is killed at each of its writes, in the middle of paying and being paid.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "ledger/verify.h"
#include "support/frail_disk.h"
#include "support/ledger_fixture.h"
#include "support/payment_script.h"

using namespace gr::ledger;
using gr::Money;
using gr::test::FrailDisk;
using gr::test::LedgerFolder;
using gr::test::PaymentScript;
using gr::test::went;

namespace {

// Once through all ways, a step of each in turn. After each step its way is told, one byte.
bool goThrough(PaymentScript& script, int out) {
    bool more = true;
    while (more) {
        more = false;
        for (std::size_t i = 0; i < PaymentScript::ways().size(); ++i) {
            const bool credit = PaymentScript::ways()[i].kind == 'c';
            const int at = script.look()[i];
            if (at == static_cast<int>(PaymentScript::ways()[i].states.size()))
                continue;
            if (credit && at == 0)
                continue;  // not there yet
            if (!script.step(i))
                return false;
            const char told = static_cast<char>(i);
            if (out >= 0 && ::write(out, &told, 1) != 1)
                return false;
            more = true;
        }
    }
    return true;
}

// The child. `life`: at which write it dies; 0: it is killed from outside.
int runChild(const char* place, int life, int out) {
    std::optional<FrailDisk> disk;
    const bool server = std::strncmp(place, "postgresql:", 11) == 0;
    if (!server)
        disk.emplace();
    auto script = PaymentScript::open(server ? postgresLocation(place)
                                             : Location(std::filesystem::path(place)));
    if (!script)
        return 1;
    if (disk)
        disk->dieAt(life);
    return goThrough(*script, out) ? 0 : 2;
}

struct Run {
    std::vector<int> told = std::vector<int>(PaymentScript::ways().size());  // steps of each way
    bool killed = false;
    int code = -1;
};

// Kills it with the `life`-th write, or, of a server, some time after its `life`-th step.
Run runAndKill(const Location& location, int life) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0)
        qFatal("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string place = location.isPostgres() ? location.url() : location.file().string();
        const std::string count = std::to_string(location.isPostgres() ? 0 : life);
        const std::string out = std::to_string(ends[1]);
        ::execl("/proc/self/exe", "test_payment_kill", "--run", place.c_str(), count.c_str(),
                out.c_str(), nullptr);
        ::_exit(3);
    }
    ::close(ends[1]);
    Run run;
    int steps = 0;
    for (char way = 0; ::read(ends[0], &way, 1) == 1;) {
        ++run.told[static_cast<std::size_t>(way)];
        if (location.isPostgres() && ++steps == life) {
            ::usleep(static_cast<useconds_t>(life * 37 % 1'500));  // in the middle of the next
            ::kill(child, SIGKILL);
        }
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    run.killed = WIFSIGNALED(status);
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
}

bool sound(const LedgerFolder& folder) {
    const auto report = verifyBooks(folder.location(), folder.keys());
    if (!went(report))
        return false;
    for (const std::string& finding : report->findings)
        qWarning("%s", finding.c_str());
    return report->findings.empty();
}

}  // namespace

class PaymentKillTest final : public QObject {
    Q_OBJECT

  private:
    // What was told is there; of what was not, at most the one that was under way.
    static bool keptWhatWasTold(PaymentScript& script, const Run& run) {
        const std::vector<int> found = script.look();
        int ahead = 0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const bool credit = PaymentScript::ways()[i].kind == 'c';
            // Open comes with the sale's last step and is not told.
            const int told = run.told[i] + (credit && found[i] > 0 ? 1 : 0);
            if (found[i] < told) {
                qWarning("way %zu: %d told, %d found", i, told, found[i]);
                return false;
            }
            ahead += found[i] - told;
        }
        return ahead <= 1;
    }

    // The gateway starts again: nothing is asked twice, and all comes to its end.
    static bool goesOn(PaymentScript& script) {
        for (const char* name : {"a", "b", "c"}) {
            const auto intent = gr::test::intentOf(name, Money::fromPico(Money::kPicoPerDollar));
            const auto row = script.purchases().findByKey(intent.key);
            if (row && *row && (*row)->open &&
                script.purchases().intend(intent, gr::test::allowAll)->kind !=
                    IntendAnswer::Kind::Open)
                return false;
        }
        if (!went(script.sales().returnTakenCredits()) || !goThrough(script, -1))
            return false;
        const auto purchases = script.purchases().page({}, 0, 100);
        const auto sales = script.sales().page({}, 0, 100);
        const auto sent = script.relayers().of("sale_1");
        const auto sums = script.purchases().sums();
        const auto income = script.sales().sums({0}, {INT64_MAX});
        return purchases->size() == 3 && sales->size() == 3 && sent->size() == 1 &&
               sums->total == gr::test::dollars("2") && sums->outstanding.isZero() &&
               income->income == gr::test::dollars("3") && income->credits.isZero();
    }

  private slots:
    void nothingIsLostOrDoneTwice() {
        // Every third write, for time; all of them take half a minute.
        const bool all =
            LedgerFolder::inPostgres() || qEnvironmentVariableIsSet("GR_TEST_ALL_KILLS");
        int kills = 0;
        for (int life = 1; life < 1'000; life += all ? 1 : 3) {
            const LedgerFolder folder;
            QVERIFY(PaymentScript::open(folder.location()).has_value());  // makes the tables
            const Run run = runAndKill(folder.location(), life);
            if (!run.killed) {
                QCOMPARE(run.code, 0);
                break;
            }
            ++kills;
            auto script = PaymentScript::open(folder.location());
            QVERIFY(script.has_value());
            QVERIFY2(sound(folder), std::to_string(life).c_str());
            QVERIFY2(keptWhatWasTold(*script, run), std::to_string(life).c_str());
            QVERIFY2(goesOn(*script), std::to_string(life).c_str());
            QVERIFY2(sound(folder), std::to_string(life).c_str());
        }
        qInfo("killed %d times", kills);
        QVERIFY(kills >= 30);  // more than steps there are: between them, too
    }
};

int main(int argc, char** argv) {
    if (argc == 5 && std::strcmp(argv[1], "--run") == 0)
        return runChild(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
    // Who is killed loses nothing that a disk would have to keep: memory is as good, and quicker.
    if (::access("/dev/shm", W_OK) == 0)
        qputenv("TMPDIR", "/dev/shm");
    return LedgerFolder::runTest<PaymentKillTest>(argc, argv);
}
#include "test_payment_kill.moc"
