// SPDX-License-Identifier: MIT
#include "ledger/checkpointer.h"

#include <pthread.h>
#include <sqlite3.h>

#include <utility>

#include "base/thread.h"
#include "ledger/schema.h"
#include "ledger/store_sqlite.h"

namespace gr::ledger {
namespace {

// Of 8 KB each. SQLite begins the log anew once all of it was moved; under a load without a pause
// that moment never comes by itself, so that at the upper bound the writer waits after all.
constexpr int kWorthMoving = 1'000;
constexpr int kTooMany = 8'000;

}  // namespace

Result<std::unique_ptr<Checkpointer>> Checkpointer::start(const std::filesystem::path& file) {
    auto database = openForWriting(file, Durability::Batched);
    if (!database)
        return fail(std::move(database.error()));
    if (auto set = database->execute("PRAGMA cache_size = -256"); !set)
        return fail(std::move(set.error()));
    std::unique_ptr<Checkpointer> checkpointer(new Checkpointer(std::move(*database)));
    const BlockedSignals blocked;
    checkpointer->m_thread = std::thread([raw = checkpointer.get()] { raw->work(); });
    pthread_setname_np(checkpointer->m_thread.native_handle(), "ledger-sync");
    return checkpointer;
}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void Checkpointer::watch(Database& writer) {
    sqlite3_wal_hook(sqliteHandle(writer), committed, this);
}

int Checkpointer::committed(void* self, sqlite3* writer, const char* name, int pages) {
    if (pages >= kTooMany) {
        // Fails while the other thread is at it, and on a full disk: the next commit tries again.
        (void)sqlite3_wal_checkpoint_v2(writer, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        return SQLITE_OK;
    }
    if (pages >= kWorthMoving) {
        auto& checkpointer = *static_cast<Checkpointer*>(self);
        const std::lock_guard lock(checkpointer.m_mutex);
        checkpointer.m_wanted = true;
        checkpointer.m_wake.notify_one();
    }
    return SQLITE_OK;
}

void Checkpointer::work() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_wanted || m_stopping; });
        if (m_stopping)
            return;
        m_wanted = false;
        lock.unlock();
        (void)sqlite3_wal_checkpoint_v2(sqliteHandle(m_database), nullptr,
                                        SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        lock.lock();
    }
}

}  // namespace gr::ledger
