// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "routing/experience.h"
#include "routing/outcome_watch.h"

namespace gr::gateway {

// What answers taught, kept in a file of the data directory: read at the beginning, written once a
// minute where something was learnt, and at the end. A file that cannot be read is put aside with
// `.damaged` behind its name, and the log says so. Any thread.
class ExperienceKeeper final {
  public:
    explicit ExperienceKeeper(std::filesystem::path file);
    ~ExperienceKeeper();
    ExperienceKeeper(const ExperienceKeeper&) = delete;
    ExperienceKeeper& operator=(const ExperienceKeeper&) = delete;

    const routing::Experience& experience() const { return m_experience; }
    routing::OutcomeWatch& outcomes() { return m_outcomes; }

    // All that was learnt, from the file as well. Errors: those of replaceFile(); in memory it is
    // forgotten all the same.
    Result<void> forget();

  private:
    void load();
    Result<void> save();
    void work();

    const std::filesystem::path m_file;
    routing::Experience m_experience;
    routing::OutcomeWatch m_outcomes{m_experience};
    std::mutex m_saving;   // one writer of the file at a time
    unsigned m_saved = 0;  // revision
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    std::thread m_thread;  // goes first
};

}  // namespace gr::gateway
