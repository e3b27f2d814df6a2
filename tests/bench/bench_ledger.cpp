// SPDX-License-Identifier: MIT
// Measures the ledger: what a row costs the one who appends and the ledger thread, and how long
// the questions of the Activity page take over many rows.
//   bench_ledger [ROWS] [FILE | postgresql://…]   default: 1,000,000 rows in a temporary directory
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/postgres_url.h"
#include "ledger/reader.h"
#include "support/ledger_samples.h"

namespace {

namespace fs = std::filesystem;
using gr::ledger::Filter;
using gr::ledger::Ledger;
using gr::ledger::Location;
using gr::ledger::Reader;
using gr::ledger::RequestRecord;

constexpr std::int64_t kNow = 1'795'000'000'000;
constexpr std::size_t kAtOnce = 5'000;  // appended before the thread is waited for

double secondsOf(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// CPU seconds of the ledger's threads ("ledger" and "ledger-sync"), from the system's account.
double ledgerThreadCpu() {
    double seconds = 0;
    for (const auto& task : fs::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (!name.starts_with("ledger"))
            continue;
        double nanoseconds = 0;
        std::ifstream(task.path() / "schedstat") >> nanoseconds;
        seconds += nanoseconds * 1e-9;
    }
    return seconds;
}

void report(const char* what, double value, const char* unit) {
    std::printf("%-58s %12.2f %s\n", what, value, unit);
}

template <class T>
T must(gr::Result<T> result) {
    if (result)
        return std::move(*result);
    std::fprintf(stderr, "%s (%s)\n", result.error().message.text.c_str(),
                 result.error().detail.text.c_str());
    std::exit(1);
}

// Rows spread over 60 days, oldest first.
std::int64_t timeOf(std::size_t row, std::size_t rows) {
    constexpr std::int64_t kSpan = 60LL * 24 * 3'600'000;
    return kNow - kSpan +
           static_cast<std::int64_t>(static_cast<double>(kSpan) *
                                     (static_cast<double>(row) / static_cast<double>(rows)));
}

void fill(const Location& file, const fs::path& folder, std::size_t rows) {
    auto ledger = must(Ledger::open(file, folder));
    gr::test::RandomRecords random(1);
    double appendSeconds = 0;
    const double cpuBefore = ledgerThreadCpu();
    double busy = 0;
    for (std::size_t done = 0; done < rows;) {
        std::vector<RequestRecord> batch;
        for (std::size_t i = 0; i < kAtOnce && done < rows; ++i, ++done)
            batch.push_back(random.next({timeOf(done, rows)}));
        const double start = secondsOf(CLOCK_MONOTONIC);
        const double appendCpu = secondsOf(CLOCK_THREAD_CPUTIME_ID);
        for (RequestRecord& record : batch)
            ledger->append(std::move(record));
        appendSeconds += secondsOf(CLOCK_THREAD_CPUTIME_ID) - appendCpu;
        ledger->flush();
        busy += secondsOf(CLOCK_MONOTONIC) - start;
    }
    const auto count = static_cast<double>(rows);
    report("append(), CPU of the caller", appendSeconds / count * 1e6, "us/row");
    report("ledger threads, CPU", (ledgerThreadCpu() - cpuBefore) / count * 1e6, "us/row");
    report("written", count / busy, "rows/s");
    const auto health = ledger->health();
    if (health.lost != 0 || health.written != rows)
        std::printf("LOST %llu rows\n", static_cast<unsigned long long>(health.lost));
}

// What a row costs when they come one by one, as from a gateway that is not in a hurry.
void trickle(const Location& file, const fs::path& folder, int rowsPerSecond) {
    constexpr int kSeconds = 3;
    auto ledger = must(Ledger::open(file, folder));
    gr::test::RandomRecords random(2);
    const double cpuBefore = ledgerThreadCpu();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSeconds * rowsPerSecond; ++i) {
        std::this_thread::sleep_until(start +
                                      std::chrono::microseconds(1'000'000LL * i / rowsPerSecond));
        ledger->append(random.next({kNow + i}));
    }
    ledger->flush();
    const std::string what = "ledger threads, CPU at " + std::to_string(rowsPerSecond) + " rows/s";
    report(what.c_str(), (ledgerThreadCpu() - cpuBefore) / (kSeconds * rowsPerSecond) * 1e6,
           "us/row");
}

// Of five times on a fresh connection: the first and the fastest.
void time(const char* what, const Location& file, const std::function<std::size_t(Reader&)>& ask) {
    double first = 0;
    double fastest = 0;
    std::size_t rows = 0;
    Reader reader = must(Reader::open(file));
    for (int i = 0; i < 5; ++i) {
        const double start = secondsOf(CLOCK_MONOTONIC);
        rows = ask(reader);
        const double taken = secondsOf(CLOCK_MONOTONIC) - start;
        first = i == 0 ? taken : first;
        fastest = i == 0 ? taken : std::min(fastest, taken);
    }
    std::printf("%-58s %9.2f ms  %9.2f ms   (%zu)\n", what, first * 1e3, fastest * 1e3, rows);
}

void ask(const Location& file, std::size_t rows) {
    const auto page = [&](const char* what, const Filter& filter) {
        time(what, file, [&](Reader& reader) { return must(reader.page(filter, {}, 200)).size(); });
    };
    const auto totals = [&](const char* what, const Filter& filter) {
        time(what, file, [&](Reader& reader) {
            return static_cast<std::size_t>(must(reader.totals(filter)).requests);
        });
    };
    std::printf("\n%-58s %12s  %12s   (rows)\n", "question", "first", "fastest of 5");
    const gr::UnixMs weekAgo{kNow - 7LL * 24 * 3'600'000 + 1'234'567};
    page("page, newest 200", {});
    time("page, 200 in the middle", file, [&](Reader& reader) {
        return must(reader.page({}, static_cast<std::int64_t>(rows / 2), 200)).size();
    });
    page("page, one client", {.client = "client-2"});
    page("page, client and model", {.client = "client-2", .model = "model-7"});
    page("page, a model that nobody used", {.model = "model-77"});
    page("page, failures only", {.failuresOnly = true});
    page("page, rare outcome of one model",
         {.model = "model-3", .outcome = gr::ledger::Outcome::Stopped});
    page("page, one hour 40 days ago",
         {.from = gr::UnixMs{kNow - 40LL * 24 * 3'600'000},
          .to = gr::UnixMs{kNow - 40LL * 24 * 3'600'000 + 3'600'000}});
    page("page, text in a model name", {.text = "DEL-11"});
    page("page, text in nothing (reads every row)", {.text = "nowhere to be found"});
    page("page, text of 5 characters in ids", {.text = "7ZQX9"});
    totals("totals, all", {});
    totals("totals, last week to the millisecond", {.from = weekAgo});
    totals("totals, one client and model", {.client = "client-2", .model = "model-7"});
    totals("totals, failures only", {.failuresOnly = true});
    totals("totals, answered only", {.outcome = gr::ledger::Outcome::Answered});
    totals("totals, text that every row has (reads every row)", {.text = "provider"});
    for (const auto step : {gr::ledger::Step::Hour, gr::ledger::Step::Day}) {
        time(
            step == gr::ledger::Step::Hour ? "series, 60 days by hour and model"
                                           : "series, 60 days by day and model",
            file, [&](Reader& reader) {
                return must(reader.series({timeOf(0, 1)}, {kNow}, step, gr::ledger::GroupBy::Model))
                    .size();
            });
    }
    std::string id;
    time("newerThan, 200 rows", file, [&](Reader& reader) {
        const auto newest = must(reader.newerThan(static_cast<std::int64_t>(rows) - 200, 200));
        id = newest.front().record.id;
        return newest.size();
    });
    time("find by id", file, [&](Reader& reader) {
        return static_cast<std::size_t>(must(reader.find(id)).has_value());
    });
}

}  // namespace

int main(int argc, char** argv) {
    const auto wanted = gr::parseUnsigned(argc > 1 ? argv[1] : "1000000");
    if (!wanted || *wanted < 1'000 || argc > 3) {
        std::fprintf(stderr, "usage: bench_ledger [ROWS >= 1000] [FILE | postgresql://...]\n");
        return 2;
    }
    const auto rows = static_cast<std::size_t>(*wanted);
    const fs::path folder =
        fs::temp_directory_path() / ("bench-ledger-" + std::to_string(::getpid()));
    const bool temporary = argc < 3;
    Location file = folder / "ledger.db";
    if (!temporary && gr::ledger::isPostgresUrl(argv[2]))
        file = gr::ledger::postgresLocation(argv[2]);
    else if (!temporary)
        file = fs::path(argv[2]);
    fs::create_directories(folder);
    if (file.isPostgres() || temporary || !fs::exists(file.file())) {
        fill(file, folder, rows);
        if (!file.isPostgres())
            report("file",
                   static_cast<double>(fs::file_size(file.file())) / static_cast<double>(rows),
                   "bytes/row");
    }
    const double start = secondsOf(CLOCK_MONOTONIC);
    must(Ledger::open(file, folder)).reset();
    report("open and close", (secondsOf(CLOCK_MONOTONIC) - start) * 1e3, "ms");
    ask(file, rows);
    std::printf("\n");
    for (const int rate : {100, 1'000, 10'000})
        trickle(file, folder, rate);
    fs::remove_all(folder);
    return 0;
}
