// SPDX-License-Identifier: MIT
#include "routing/health.h"

#include <algorithm>

namespace gr::routing {
namespace {

constexpr unsigned kFailuresToRest = 3;
constexpr Milliseconds kFirstRest{5'000};
constexpr Milliseconds kLongestRest{60'000};

}  // namespace

Health::Provider& Health::at(const std::string& provider, std::size_t keys) {
    Provider& entry = m_providers[provider];
    // A provider without keys has one place all the same.
    if (entry.keys.size() < std::max<std::size_t>(keys, 1))
        entry.keys.resize(std::max<std::size_t>(keys, 1));
    return entry;
}

std::optional<std::size_t> Health::pickKey(const std::string& provider, std::size_t keys,
                                           SteadyTime now, SteadyTime& wait) {
    const std::lock_guard lock(m_mutex);
    Provider& entry = at(provider, keys);
    const std::size_t count = std::max<std::size_t>(keys, 1);
    wait = SteadyTime::max();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = (entry.current + i) % count;
        if (entry.keys[index].restsUntil <= now) {
            entry.current = index;
            return index;
        }
        wait = std::min(wait, entry.keys[index].restsUntil);
    }
    return std::nullopt;
}

bool Health::resting(const std::string& provider, std::size_t keys, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    const Provider& entry = at(provider, keys);
    return entry.restsUntil > now ||
           std::all_of(entry.keys.begin(), entry.keys.end(),
                       [now](const Key& key) { return key.restsUntil > now; });
}

void Health::succeeded(const std::string& provider, std::size_t key) {
    const std::lock_guard lock(m_mutex);
    Provider& entry = at(provider, key + 1);
    if (entry.tried && entry.failures == 0 && !entry.keys[key].rejected && entry.lastError.empty())
        return;
    entry.tried = true;
    entry.failures = 0;
    entry.restsUntil = {};
    entry.lastError.clear();
    entry.keys[key] = {};
    ++m_revision;
}

void Health::keyFailed(const std::string& provider, std::size_t key, Milliseconds pause,
                       bool rejected, SteadyTime now, std::string why) {
    const std::lock_guard lock(m_mutex);
    Provider& entry = at(provider, key + 1);
    entry.tried = true;
    entry.keys[key] = {now + pause, rejected};
    entry.current = key + 1;
    entry.lastError = std::move(why);
    ++m_revision;
}

void Health::providerFailed(const std::string& provider, SteadyTime now, std::string why) {
    const std::lock_guard lock(m_mutex);
    Provider& entry = at(provider, 1);
    entry.tried = true;
    entry.lastError = std::move(why);
    if (++entry.failures >= kFailuresToRest) {
        const auto doublings = std::min(entry.failures - kFailuresToRest, 6U);
        entry.restsUntil = now + std::min(kFirstRest * (1 << doublings), kLongestRest);
    }
    ++m_revision;
}

std::vector<Health::Snapshot> Health::snapshot(SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    std::vector<Snapshot> out;
    for (const auto& [id, entry] : m_providers) {
        Snapshot s;
        s.provider = id;
        s.lastError = entry.lastError;
        const auto rests = [now](const Key& key) { return key.restsUntil > now; };
        const auto rejected = [](const Key& key) { return key.rejected; };
        if (!entry.tried)
            s.state = State::Untried;
        else if (std::all_of(entry.keys.begin(), entry.keys.end(), rejected))
            s.state = State::KeyRejected;
        else if (entry.failures >= kFailuresToRest)
            s.state = State::Down;
        else if (std::all_of(entry.keys.begin(), entry.keys.end(), rests))
            s.state = State::Cooling;
        else
            s.state = State::Ready;
        if (s.state == State::Cooling) {
            s.until = std::min_element(
                          entry.keys.begin(), entry.keys.end(),
                          [](const Key& a, const Key& b) { return a.restsUntil < b.restsUntil; })
                          ->restsUntil;
        } else if (s.state == State::Down && entry.restsUntil > now) {
            s.until = entry.restsUntil;
        }
        out.push_back(std::move(s));
    }
    return out;
}

unsigned Health::revision() const {
    const std::lock_guard lock(m_mutex);
    return m_revision;
}

}  // namespace gr::routing
