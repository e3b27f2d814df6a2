// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace gr {

// A thread for work that would hold up the one that wants it done: jobs run one after the other, in
// the order of posting. It starts with the first job and has every signal blocked.
class JobThread final {
  public:
    // `name` is for debuggers, 15 characters at most. So many jobs wait at most, beside the one
    // that runs.
    JobThread(std::string name, std::size_t mostWaiting);
    // Waits for the job that runs; those that wait are dropped.
    ~JobThread();
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;

    // False, and nothing posted, when too many wait already. Any thread.
    bool post(std::function<void()> job);

    // Waits until everything posted so far is done. Any thread but its own.
    void drain();

  private:
    void work();

    const std::string m_name;
    const std::size_t m_mostWaiting;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_jobs;
    bool m_working = false;
    bool m_stopping = false;
    std::condition_variable m_idle;
    std::thread m_thread;
};

}  // namespace gr
