// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "ledger/store.h"

struct sqlite3;

namespace gr::ledger {

// Moves what was committed from SQLite's log (-wal) into the main file. That waits for the disk to
// sync, however long it takes, so it has a thread and a connection of its own: the rows that come
// meanwhile go into the log without delay.
class Checkpointer final {
  public:
    static Result<std::unique_ptr<Checkpointer>> start(const std::filesystem::path& file);
    ~Checkpointer();  // waits for the work at hand

    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    // Looks after the log from now on whenever `writer` commits. Called on the thread of `writer`,
    // which must not commit any more once this is gone.
    void watch(Database& writer);

  private:
    explicit Checkpointer(Database database) : m_database(std::move(database)) {}
    static int committed(void* self, sqlite3* writer, const char* name, int pages);
    void work();

    Database m_database;  // the thread's
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_wanted = false;
    bool m_stopping = false;
    std::thread m_thread;
};

}  // namespace gr::ledger
