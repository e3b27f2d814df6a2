// SPDX-License-Identifier: MIT
// What a decision of `auto` costs on the io thread: bench_choice [ROUNDS]. Of a prompt of 1,500
// characters: features, prediction, the qualities of 50 models, and the choice among them.
#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "base/embedded.h"
#include "support/menu_fixture.h"

using namespace gr;
using namespace gr::routing;

namespace {

std::size_t g_allocations = 0;

double cpuNow() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// 1,500 characters of several of the sample prompts, other ones each time.
std::string promptOf(std::size_t round) {
    std::string text;
    for (std::size_t i = round; text.size() < 1'500; i += 7)
        text.append(samplePrompts()[i % samplePrompts().size()]).append(" ");
    return text.substr(0, 1'500);
}

void print(const char* what, std::vector<double> us, std::size_t allocations) {
    double sum = 0;
    for (const double one : us)
        sum += one;
    std::sort(us.begin(), us.end());
    std::printf("%-24s mean %6.1f us, 99 of 100 below %6.1f us, %4.1f allocations\n", what,
                sum / static_cast<double>(us.size()), us[us.size() * 99 / 100],
                static_cast<double>(allocations) / static_cast<double>(us.size()));
}

}  // namespace

// Counts what a decision allocates.
void* operator new(std::size_t size) {
    ++g_allocations;
    if (void* place = std::malloc(size))
        return place;
    throw std::bad_alloc();
}
void operator delete(void* place) noexcept {
    std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
    std::free(place);
}

int main(int argc, char** argv) {
    const auto rounds = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 20'000);
    const auto scorer = Scorer::read(embeddedRouter());
    if (!scorer)
        return 1;
    test::Kitchen kitchen;
    constexpr std::array<const char*, 5> kProviders{"a", "b", "c", "d", "e"};
    Health health;
    for (std::size_t i = 0; i < 50; ++i) {
        const double in = 0.05 * std::pow(1.12, static_cast<double>(i));
        Listing& listing =
            kitchen.add(kProviders[i % 5], "m" + std::to_string(i), 0.5, {in, 4 * in, in / 10});
        listing.profile = scorer->profile(listing.model, in, 4 * in);
        auto entered = health.enter({kProviders[i % 5], listing.model, 1}, Health::Turn::Ordinary,
                                    kitchen.situation.now);
        auto& permit = std::get<Health::Permit>(entered);
        permit.alive(kitchen.situation.now);
        permit.firstToken(Milliseconds(400 + 10 * static_cast<int>(i)), kitchen.situation.now);
        permit.throughput(50);
    }
    finish(kitchen.menu, *scorer, kitchen.situation.when);
    kitchen.situation.standing = [&](const Listing& listing) {
        return health.standing({listing.abilities.provider, listing.model, 1},
                               kitchen.situation.now);
    };
    kitchen.facts.promptTokens = 8'000;
    kitchen.facts.prefixTokens = 7'000;
    kitchen.facts.hasTools = true;

    std::vector<double> scoring, choosing, all;
    std::size_t scored = 0;
    std::size_t chosen = 0;
    std::size_t sum = 0;
    Features room;
    for (std::size_t round = 0; round < rounds; ++round) {
        const std::string prompt = promptOf(round);
        std::size_t before = g_allocations;
        const double begin = cpuNow();
        kitchen.facts.prediction = scorer->predict(prompt, 12, room);
        for (std::size_t i = 0; i < kitchen.qualities.size(); ++i)
            kitchen.qualities[i] = static_cast<float>(
                scorer->quality(kitchen.facts.prediction, kitchen.menu.listings[i].profile));
        const double middle = cpuNow();
        scored += g_allocations - before;
        before = g_allocations;
        sum += kitchen.choose().picks.front().listing;
        const double end = cpuNow();
        chosen += g_allocations - before;
        scoring.push_back(middle - begin);
        choosing.push_back(end - middle);
        all.push_back(end - begin);
    }
    print("prediction and qualities", scoring, scored);
    print("choice among 50", choosing, chosen);
    print("together", all, scored + chosen);
    return sum == 0 ? 2 : 0;
}
