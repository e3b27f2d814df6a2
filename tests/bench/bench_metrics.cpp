// SPDX-License-Identifier: MIT
// What counting a request costs on the io thread, and writing the text: bench_metrics [ROUNDS].
#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "gateway/metrics.h"

using namespace gr;

namespace {

double cpuNow() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

ledger::RequestRecord record(int model) {
    ledger::RequestRecord made;
    made.client = "my-tools";
    made.endpoint = "chat.completions";
    made.provider = "openai";
    made.model = "gpt-5.5-mini-" + std::to_string(model);
    made.tokens.input = 1'000;
    made.tokens.output = 300;
    made.firstTokenMs = 300;
    made.totalMs = 2'000;
    made.cost = Money::fromPico(1'000'000);
    ledger::Attempt& attempt = made.attempts.emplace_back();
    attempt.cost = made.cost;
    return made;
}

void measure(int models, int rounds) {
    gateway::Metrics metrics;
    std::vector<ledger::RequestRecord> records;
    for (int i = 0; i < models; ++i)
        records.push_back(record(i));
    for (const auto& made : records)
        metrics.requestEnded(made);
    const double begin = cpuNow();
    for (int i = 0; i < rounds; ++i)
        metrics.requestEnded(records[static_cast<std::size_t>(i % models)]);
    const double counted = cpuNow();
    const std::size_t size = metrics.text({}).size();
    const double written = cpuNow();
    std::printf("%4d models   %7.3f us/request   text of %8zu bytes in %8.1f us\n", models,
                (counted - begin) / rounds / 1e3, size, (written - counted) / 1e3);
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
    for (const int models : {1, 20, 200, 400})
        measure(models, rounds);
    return 0;
}
