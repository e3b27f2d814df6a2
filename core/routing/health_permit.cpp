// SPDX-License-Identifier: MIT
// What calls teach of the health of who was called.
#include <algorithm>
#include <utility>

#include "routing/health.h"

namespace gr::routing {

Health::Permit::Permit(Permit&& other) noexcept
    : m_health(std::exchange(other.m_health, nullptr)),
      m_providerId(std::move(other.m_providerId)),
      m_modelId(std::move(other.m_modelId)),
      m_key(other.m_key),
      m_keyEpoch(other.m_keyEpoch),
      m_keyOnTrial(other.m_keyOnTrial),
      m_provider(other.m_provider),
      m_model(other.m_model) {}

// Who came to try and tells nothing makes room for the next.
Health::Permit::~Permit() {
    if (m_health == nullptr)
        return;
    const std::lock_guard lock(m_health->m_mutex);
    Provider& entry = m_health->at(m_providerId, m_key + 1);
    entry.breaker.abandoned(m_provider);
    if (const auto model = entry.models.find(m_modelId); model != entry.models.end())
        model->second.breaker.abandoned(m_model);
    Key& key = entry.keys[m_key];
    if (m_keyOnTrial && key.epoch == m_keyEpoch)
        key.tried = false;
}

void Health::Permit::alive(SteadyTime now) {
    const std::lock_guard lock(m_health->m_mutex);
    Provider& entry = m_health->at(m_providerId, m_key + 1);
    Model& model = modelAt(entry, m_modelId, now);
    const State before = stateOf(entry, now);
    entry.breaker.succeeded(m_provider, now);
    model.breaker.succeeded(m_model, now);
    model.meter.ended(true, now);
    model.missing = false;
    entry.tried = true;
    Key& key = entry.keys[m_key];
    if (key.epoch == m_keyEpoch)
        key = Key{.epoch = m_keyEpoch};
    m_keyOnTrial = false;
    const bool well = stateOf(entry, now) == State::Ready;
    const bool forgets = well && !entry.lastError.empty();
    if (forgets)
        entry.lastError.clear();
    if (forgets || stateOf(entry, now) != before)
        ++m_health->m_revision;
}

void Health::Permit::firstToken(Milliseconds took, SteadyTime now) {
    const std::lock_guard lock(m_health->m_mutex);
    modelAt(m_health->at(m_providerId, 1), m_modelId, now).meter.firstToken(took, now);
}

void Health::Permit::whole(Milliseconds took, SteadyTime now) {
    const std::lock_guard lock(m_health->m_mutex);
    modelAt(m_health->at(m_providerId, 1), m_modelId, now).meter.whole(took, now);
}

void Health::Permit::throughput(double tokensPerSecond) {
    const std::lock_guard lock(m_health->m_mutex);
    Provider& entry = m_health->at(m_providerId, 1);
    if (const auto model = entry.models.find(m_modelId); model != entry.models.end())
        model->second.meter.throughput(tokensPerSecond);
}

void Health::Permit::keyFailed(Milliseconds pause, bool rejected, SteadyTime now, std::string why) {
    const std::lock_guard lock(m_health->m_mutex);
    Provider& entry = m_health->at(m_providerId, m_key + 1);
    entry.tried = true;
    entry.lastError = std::move(why);
    Key& key = entry.keys[m_key];
    key.restsUntil = std::max(key.restsUntil, now + pause);
    key.rejected = rejected;
    key.onTrial = true;
    key.tried = false;
    ++key.epoch;
    m_keyOnTrial = false;
    if (entry.current == m_key)
        entry.current = m_key + 1;
    ++m_health->m_revision;
}

void Health::Permit::failed(Failure failure, SteadyTime now) {
    const std::lock_guard lock(m_health->m_mutex);
    m_health->fail(m_health->at(m_providerId, m_key + 1), *this, std::move(failure), now);
}

void Health::Permit::tooSlow(Milliseconds waited, bool stream, SteadyTime now) {
    const std::lock_guard lock(m_health->m_mutex);
    Provider& entry = m_health->at(m_providerId, m_key + 1);
    SpeedMeter& meter = modelAt(entry, m_modelId, now).meter;
    // So long at least: what is slow by nature gets more time the next time. Whoever is known to be
    // ill says nothing of how fast it is when it is well.
    if (!probe()) {
        if (stream)
            meter.firstToken(waited, now);
        else
            meter.whole(waited, now);
    }
    m_health->fail(entry, *this, {.fault = Fault::Model, .why = m_providerId + " was too slow."},
                   now);
}

void Health::Permit::outrun(Milliseconds waited, bool stream, SteadyTime now) {
    if (probe())
        return;
    if (stream)
        firstToken(waited, now);
    else
        whole(waited, now);
}

void Health::fail(Provider& entry, Permit& permit, Failure failure, SteadyTime now) {
    Model& model = modelAt(entry, permit.m_modelId, now);
    model.missing = failure.missing;
    if (!failure.missing) {
        model.meter.ended(false, now);
        entry.tried = true;
        entry.lastError = std::move(failure.why);
    }
    Breaker& breaker = failure.fault == Fault::Provider ? entry.breaker : model.breaker;
    const Breaker::Pass pass =
        failure.fault == Fault::Provider ? permit.m_provider : permit.m_model;
    breaker.failed(pass, now, m_chance(), failure.asked, failure.missing);
    ++m_revision;
}

}  // namespace gr::routing
