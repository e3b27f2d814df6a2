// SPDX-License-Identifier: MIT
#include "routing/tries.h"

#include <algorithm>
#include <utility>

namespace gr::routing {
namespace {

constexpr std::size_t kMostCalls = 16;
constexpr Milliseconds kLongestWait{10'000};  // with the client waiting
// Where somebody else could answer, nobody is waited for longer.
constexpr Milliseconds kLongestPause{1'000};

}  // namespace

Tries::Tries(Health& health, std::vector<Candidate> candidates, unsigned retries)
    : m_health(health), m_retries(retries) {
    for (Candidate& candidate : candidates)
        m_entries.push_back({std::move(candidate)});
}

Health::Place Tries::placeOf(const Entry& entry) const {
    return {entry.candidate.provider, entry.candidate.model, entry.candidate.keys};
}

bool Tries::othersLeft(std::size_t candidate, SteadyTime now) const {
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (i != candidate && m_entries[i].stand != Stand::Done &&
            !m_health.resting(placeOf(m_entries[i]), now))
            return true;
    }
    return false;
}

Tries::Call Tries::callOf(std::size_t candidate, Health::Permit permit, SteadyTime now) {
    m_current = candidate;
    m_entries[candidate].called = true;
    ++m_calls;
    return {candidate, std::move(permit), othersLeft(candidate, now)};
}

std::variant<Tries::Call, Tries::Pause, Tries::End> Tries::next(SteadyTime now) {
    if (const auto pause = std::exchange(m_pause, std::nullopt))
        return Pause{*pause};
    if (m_calls >= kMostCalls)
        return End{};
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].stand != Stand::Open)
            continue;
        auto entered = m_health.enter(placeOf(m_entries[i]), Health::Turn::Ordinary, now);
        if (auto* permit = std::get_if<Health::Permit>(&entered))
            return callOf(i, std::move(*permit), now);
        m_entries[i].stand = Stand::Rests;
    }
    return lastResort(now);
}

std::optional<Tries::Call> Tries::beside(const std::function<bool(std::size_t)>& may,
                                         SteadyTime now) {
    const std::size_t first = m_current;
    for (std::size_t i = 0; i < m_entries.size() && m_calls < kMostCalls; ++i) {
        if (i == first || m_entries[i].stand != Stand::Open || m_entries[i].called || !may(i))
            continue;
        auto entered = m_health.enter(placeOf(m_entries[i]), Health::Turn::Ordinary, now);
        auto* const permit = std::get_if<Health::Permit>(&entered);
        if (permit == nullptr || permit->probe())
            continue;
        Call call = callOf(i, std::move(*permit), now);
        m_current = first;
        return call;
    }
    return std::nullopt;
}

// Whoever is free first, within what a client is kept waiting for.
std::variant<Tries::Call, Tries::Pause, Tries::End> Tries::lastResort(SteadyTime now) {
    std::optional<Health::Rest> first;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        Entry& entry = m_entries[i];
        if (entry.stand != Stand::Rests || (entry.called && entry.retries >= m_retries))
            continue;
        auto entered = m_health.enter(placeOf(entry), Health::Turn::LastResort, now);
        if (auto* permit = std::get_if<Health::Permit>(&entered)) {
            if (entry.called)
                ++entry.retries;
            return callOf(i, std::move(*permit), now);
        }
        auto& rest = std::get<Health::Rest>(entered);
        if (!first || rest.until < first->until)
            first = std::move(rest);
    }
    if (!first)
        return End{};
    if (!m_waitsUntil)
        m_waitsUntil = now + kLongestWait;
    if (m_retries == 0 || first->until > *m_waitsUntil)
        return End{std::move(first)};
    return Pause{std::chrono::ceil<Milliseconds>(first->until - now)};
}

void Tries::skip() {
    m_entries[m_current].stand = Stand::Done;
}

void Tries::passing(std::optional<Milliseconds> asked, SteadyTime now) {
    Entry& entry = m_entries[m_current];
    const std::optional<Milliseconds> pause =
        entry.retries < m_retries ? m_health.repeat(entry.candidate.provider, entry.retries, now)
                                  : std::nullopt;
    if (!pause) {
        skip();
        return;
    }
    const Milliseconds wait = std::max(*pause, asked.value_or(Milliseconds(0)));
    const bool others = othersLeft(m_current, now);
    if (wait > kLongestPause && others) {
        entry.stand = Stand::Rests;  // for who has nowhere else to go
        return;
    }
    if (wait > kLongestWait) {
        skip();
        return;
    }
    if (entry.stand == Stand::Open)
        ++entry.retries;
    m_pause = wait;
}

}  // namespace gr::routing
