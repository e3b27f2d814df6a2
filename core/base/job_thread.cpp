// SPDX-License-Identifier: MIT
#include "base/job_thread.h"

#include <pthread.h>

#include <utility>

#include "base/thread.h"

namespace gr {

JobThread::JobThread(std::string name, std::size_t mostWaiting)
    : m_name(std::move(name)), m_mostWaiting(mostWaiting) {}

JobThread::~JobThread() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

bool JobThread::post(std::function<void()> job) {
    {
        const std::lock_guard lock(m_mutex);
        if (m_jobs.size() >= m_mostWaiting)
            return false;
        m_jobs.push_back(std::move(job));
        if (!m_thread.joinable()) {
            const BlockedSignals blocked;
            m_thread = std::thread([this] { work(); });
            pthread_setname_np(m_thread.native_handle(), m_name.c_str());
        }
    }
    m_wake.notify_one();
    return true;
}

void JobThread::drain() {
    std::unique_lock lock(m_mutex);
    m_idle.wait(lock, [this] { return m_jobs.empty() && !m_working; });
}

void JobThread::work() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stopping || !m_jobs.empty(); });
        if (m_stopping)
            return;
        const std::function<void()> job = std::move(m_jobs.front());
        m_jobs.pop_front();
        m_working = true;
        lock.unlock();
        job();
        lock.lock();
        m_working = false;
        m_idle.notify_all();
    }
}

}  // namespace gr
