// SPDX-License-Identifier: MIT
#include "ledger/lease_keeper.h"

#include <pthread.h>

#include <chrono>

#include "base/log.h"
#include "base/thread.h"

namespace gr::ledger {
namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr std::int64_t kReadClockEveryMs = 30'000;

}  // namespace

LeaseKeeper::LeaseKeeper(Budget& budget, std::unique_ptr<LeaseStore> store)
    : m_budget(budget), m_store(std::move(store)) {
    m_budget.onWork([this] {
        const std::lock_guard lock(m_mutex);
        m_wanted = true;
        m_wake.notify_one();
    });
    const BlockedSignals blocked;
    m_thread = std::thread([this] { work(); });
    pthread_setname_np(m_thread.native_handle(), "leases");
}

LeaseKeeper::~LeaseKeeper() {
    m_budget.onWork({});
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_wake.notify_one();
    }
    m_thread.join();
    const std::vector<LeaseWork> idle = m_budget.takeIdle();
    if (const auto given = m_store->lease(idle); !given)
        note(given.error());
    if (const auto done = m_store->tidy(); !done)
        note(done.error());
}

void LeaseKeeper::work() {
    auto nextTick = std::chrono::steady_clock::now();
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        lock.unlock();
        const bool ticking = m_budget.busy();
        lock.lock();
        const auto due = [this] { return m_wanted || m_stopping; };
        if (ticking)
            m_wake.wait_until(lock, nextTick, due);
        else
            m_wake.wait(lock, due);
        if (m_stopping)
            return;
        m_wanted = false;
        lock.unlock();
        const auto now = std::chrono::steady_clock::now();
        const bool tick = now >= nextTick;
        if (tick)
            nextTick = now + kTick;
        turn(tick);
        lock.lock();
    }
}

void LeaseKeeper::turn(bool tick) {
    const Moment now = Moment::now();
    const Result<void> clock = readClock(now);
    if (tick) {
        const auto keys = m_store->recalled();
        if (good(keys)) {
            for (const std::string& key : *keys)
                m_budget.recall(key);
        }
        m_budget.expire(now);
    }
    if (m_budget.takeFreeDead())
        (void)good(m_store->freeDead());
    bool more = true;
    while (more) {
        const std::vector<LeaseWork> work = m_budget.takeWork(now, tick);
        const Result<std::vector<LeaseAnswer>> answers = lease(clock, work);
        const bool doubt = clock && !answers && m_store->inDoubt();
        m_budget.did(work, answers, Moment::now(), doubt);
        more = good(answers) && m_budget.hasWork();
        tick = false;
    }
}

// Nothing is leased before the ledger's clock is known: it could be for a window that is over.
Result<std::vector<LeaseAnswer>> LeaseKeeper::lease(const Result<void>& clock,
                                                    std::span<const LeaseWork> work) {
    if (!clock)
        return fail(clock.error());
    if (work.empty())
        return std::vector<LeaseAnswer>();
    return m_store->lease(work);
}

Result<void> LeaseKeeper::readClock(const Moment& now) {
    if (m_clockReadMs && now.runningMs - *m_clockReadMs < kReadClockEveryMs)
        return {};
    const auto ahead = m_store->aheadMs();
    if (!ahead)
        return m_clockReadMs ? Result<void>() : fail(ahead.error());
    if (!m_clockReadMs) {
        const auto latest = m_store->latestWindow();
        if (!latest)
            return fail(latest.error());
        m_budget.setClockAhead(*ahead);
        m_budget.notBefore({*latest});
    }
    m_budget.setClockAhead(*ahead);
    m_clockReadMs = now.runningMs;
    return {};
}

template <class Value>
bool LeaseKeeper::good(const Result<Value>& result) {
    if (!result) {
        if (!std::exchange(m_failing, true))
            note(result.error());
        return false;
    }
    if (std::exchange(m_failing, false))
        log::write(LogLevel::Info, "ledger_leases_recovered");
    return true;
}

void LeaseKeeper::note(const Error& error) {
    log::write(LogLevel::Error, "ledger_leases_failed",
               {{"code", errorInfo(error.code).slug},
                {"message", error.message.text},
                {"detail", error.detail.text}});
}

}  // namespace gr::ledger
