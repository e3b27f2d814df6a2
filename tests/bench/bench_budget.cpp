// SPDX-License-Identifier: MIT
// What a reservation and its settlement cost on the io thread: bench_budget [ROUNDS].
#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "ledger/budget.h"

using namespace gr::ledger;

namespace {

constexpr std::int64_t kPlenty = 4'000'000'000'000'000'000;

double cpuNow() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::vector<Limit> limitsOf(int count) {
    std::vector<Limit> limits;
    for (int i = 0; i < count; ++i) {
        Limit limit;
        limit.amount = kPlenty;
        limit.window = static_cast<WindowKind>(i % 6);
        limit.scope = i % 3 == 2 ? ScopeKind::Model : ScopeKind::All;
        limit.name = i % 3 == 2 ? "openai/gpt-*" : "";
        limits.push_back(limit);
    }
    return limits;
}

// The ledger says yes to everything, as it does far from the limit.
void lease(Budget& budget, Moment now) {
    const auto work = budget.takeWork(now, false);
    std::vector<LeaseAnswer> answers;
    for (const LeaseWork& item : work)
        answers.push_back({item.want, kPlenty, 0, 0});
    budget.did(work, answers, now);
}

void measure(int limits, int rounds) {
    const Moment start = Moment::now();
    Budget budget(start);
    budget.apply(limitsOf(limits), start);
    const ReserveAsk ask{.spender = {"my-tools", "openai", "gpt-5.5", {}},
                         .worst = {1'000'000, 1'000, 1},
                         .likely = {1'000'000, 1'000, 1}};
    const Spent spent{.pico = 900'000, .tokens = 900, .requests = 1};
    lease(budget, start);
    std::size_t charges = 0;
    const double begin = cpuNow();
    for (int i = 0; i < rounds; ++i) {
        (void)budget.demandOn(ask.spender);
        auto given = budget.reserve(ask, Moment::now(), {});
        if (!std::holds_alternative<ReserveAnswer>(given)) {
            lease(budget, Moment::now());
            continue;
        }
        charges += std::get<Reservation>(std::get<ReserveAnswer>(given)).settle(spent).size();
    }
    std::printf("%d limits: %.0f ns for asking, reserving and settling (%.2f charges)\n", limits,
                (cpuNow() - begin) / rounds, static_cast<double>(charges) / rounds);
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
    for (const int limits : {0, 1, 3, 8})
        measure(limits, rounds);
    return 0;
}
