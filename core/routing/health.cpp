// SPDX-License-Identifier: MIT
#include "routing/health.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

namespace gr::routing {
namespace {

// Names of models come from clients: of each provider so many are told apart.
constexpr std::size_t kMostModels = 200;
// While somebody else tries a provider or a key, nobody knows how long that takes.
constexpr Milliseconds kLookAgain{100};
constexpr Milliseconds kFirstPause{100};
constexpr unsigned kMostDoublings = 6;

Health::Chance ownChance() {
    return [engine = std::make_shared<std::minstd_rand>(std::random_device{}())] {
        return std::uniform_real_distribution<double>(0, 1)(*engine);
    };
}

}  // namespace

Health::Health(Chance chance) : m_chance(chance ? std::move(chance) : ownChance()) {}

Health::Provider& Health::at(std::string_view provider, std::size_t keys) {
    auto it = m_providers.find(provider);
    if (it == m_providers.end())
        it = m_providers.emplace(provider, Provider()).first;
    // A provider without keys has one place all the same.
    std::vector<Key>& all = it->second.keys;
    if (all.size() < std::max<std::size_t>(keys, 1))
        all.resize(std::max<std::size_t>(keys, 1));
    return it->second;
}

Health::Model& Health::modelAt(Provider& entry, std::string_view model, SteadyTime now) {
    auto it = entry.models.find(model);
    if (it == entry.models.end()) {
        if (entry.models.size() >= kMostModels) {
            const auto older = [](const auto& a, const auto& b) {
                return a.second.usedAt < b.second.usedAt;
            };
            entry.models.erase(std::min_element(entry.models.begin(), entry.models.end(), older));
        }
        it = entry.models.emplace(model, Model()).first;
    }
    it->second.usedAt = now;
    return it->second;
}

// Those that rest are skipped, the others take turns only after a failure (prompt caches live per
// account).
std::optional<std::size_t> Health::freeKey(const Provider& entry, std::size_t keys, bool trials,
                                           SteadyTime now, SteadyTime& until) {
    const std::size_t count = std::max<std::size_t>(keys, 1);
    until = SteadyTime::max();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = (entry.current + i) % count;
        const Key& key = entry.keys[index];
        if (key.free(now) || (!trials && key.restsUntil <= now))
            return index;
        until = std::min(until, std::max(key.restsUntil, now + kLookAgain));
    }
    return std::nullopt;
}

std::variant<Health::Permit, Health::Rest> Health::enter(const Place& place, Turn turn,
                                                         SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    Provider& entry = at(place.provider, place.keys);
    Model& model = modelAt(entry, place.model, now);
    const bool last = turn == Turn::LastResort;
    const auto restOf = [&](Rest::Why why, const Breaker& breaker) {
        return Rest{why, std::max(breaker.freeAt(now, last), now + kLookAgain),
                    std::string(place.provider), entry.lastError};
    };
    if (turn != Turn::Insist && !entry.breaker.admits(now, last))
        return restOf(Rest::Why::Provider, entry.breaker);
    if (turn != Turn::Insist && !model.breaker.admits(now, last))
        return restOf(Rest::Why::Model, model.breaker);
    SteadyTime until;
    const auto key = freeKey(entry, place.keys, turn != Turn::Insist, now, until);
    if (!key)
        return Rest{Rest::Why::Keys, until, std::string(place.provider), entry.lastError};
    Permit permit(*this, place);
    permit.m_key = entry.current = *key;
    Key& own = entry.keys[*key];
    permit.m_keyEpoch = own.epoch;
    permit.m_keyOnTrial = own.onTrial;
    own.tried = own.onTrial;
    const auto pass = [turn, now](Breaker& breaker) {
        return breaker.admits(now, turn != Turn::Ordinary) ? breaker.enter() : breaker.pastIt();
    };
    permit.m_provider = pass(entry.breaker);
    permit.m_model = pass(model.breaker);
    entry.budget.called();
    return permit;
}

bool Health::rests(const Provider& entry, const Model* model, std::size_t keys, SteadyTime now) {
    if (!entry.breaker.admits(now, false) ||
        (model != nullptr && !model->breaker.admits(now, false)))
        return true;
    const std::size_t count = std::max<std::size_t>(keys, 1);
    return count <= entry.keys.size() &&
           std::none_of(entry.keys.begin(), entry.keys.begin() + static_cast<std::ptrdiff_t>(count),
                        [now](const Key& key) { return key.free(now); });
}

bool Health::resting(const Place& place, SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    const auto it = m_providers.find(place.provider);
    if (it == m_providers.end())
        return false;
    const auto model = it->second.models.find(place.model);
    return rests(it->second, model != it->second.models.end() ? &model->second : nullptr,
                 place.keys, now);
}

Health::Standing Health::standing(const Place& place, SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    Standing out;
    const auto it = m_providers.find(place.provider);
    if (it == m_providers.end())
        return out;
    const auto found = it->second.models.find(place.model);
    const Model* const model = found != it->second.models.end() ? &found->second : nullptr;
    out.resting = rests(it->second, model, place.keys, now);
    if (model != nullptr)
        model->meter.usual(now, out.firstTokenMs, out.tokensPerSecond);
    return out;
}

std::optional<Milliseconds> Health::repeat(std::string_view provider, unsigned nth,
                                           SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    if (!at(provider, 1).budget.take(now))
        return std::nullopt;
    const Milliseconds usual = kFirstPause * (1 << std::min(nth, kMostDoublings));
    return Milliseconds(std::llround(static_cast<double>(usual.count()) * (0.5 + m_chance())));
}

bool Health::beside(std::string_view provider, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    return at(provider, 1).budget.take(now);
}

std::optional<Speed> Health::speed(std::string_view provider, std::string_view model,
                                   SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    const auto it = m_providers.find(provider);
    if (it == m_providers.end())
        return std::nullopt;
    const auto entry = it->second.models.find(model);
    if (entry == it->second.models.end())
        return std::nullopt;
    const Speed speed = entry->second.meter.speed(now);
    const bool seen = speed.samples >= 0.5 || speed.errorRate > 0.01;
    return seen ? std::optional(speed) : std::nullopt;
}

std::vector<Health::Figure> Health::figures(SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    std::vector<Figure> out;
    for (const auto& [provider, entry] : m_providers) {
        for (const auto& [name, model] : entry.models)
            out.push_back({provider, name,
                           !entry.breaker.admits(now, false) || !model.breaker.admits(now, false),
                           model.meter.speed(now)});
    }
    return out;
}

Health::State Health::stateOf(const Provider& entry, SteadyTime now) {
    const auto rests = [now](const Key& key) { return key.restsUntil > now; };
    const auto rejected = [](const Key& key) { return key.rejected; };
    const auto ill = [](const auto& model) {
        return model.second.breaker.open() && !model.second.missing;
    };
    const bool allIll =
        !entry.models.empty() && std::all_of(entry.models.begin(), entry.models.end(), ill);
    if (!entry.tried)
        return State::Untried;
    if (std::all_of(entry.keys.begin(), entry.keys.end(), rejected))
        return State::KeyRejected;
    if (entry.breaker.open() || allIll)
        return State::Down;
    if (std::all_of(entry.keys.begin(), entry.keys.end(), rests))
        return State::Cooling;
    return State::Ready;
}

std::vector<Health::Snapshot> Health::snapshot(SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    std::vector<Snapshot> out;
    for (const auto& [id, entry] : m_providers) {
        Snapshot s;
        s.provider = id;
        s.lastError = entry.lastError;
        s.state = stateOf(entry, now);
        SteadyTime until{};
        if (s.state == State::Cooling) {
            until = SteadyTime::max();
            for (const Key& key : entry.keys)
                until = std::min(until, key.restsUntil);
        } else if (s.state == State::Down && entry.breaker.open()) {
            until = entry.breaker.until();
        } else if (s.state == State::Down) {
            until = SteadyTime::max();
            for (const auto& [name, model] : entry.models)
                until = std::min(until, model.breaker.until());
        }
        if (until > now)
            s.until = until;
        out.push_back(std::move(s));
    }
    return out;
}

unsigned Health::revision() const {
    const std::lock_guard lock(m_mutex);
    return m_revision;
}

}  // namespace gr::routing
