// SPDX-License-Identifier: MIT
#include "ledger/anchor_keeper.h"

#include <pthread.h>

#include <utility>

#include "base/log.h"
#include "base/thread.h"
#include "ledger/store_postgres.h"
#include "ledger/store_sqlite.h"

namespace gr::ledger {

AnchorKeeper::AnchorKeeper(Location location, AnchorFile& file)
    : m_location(std::move(location)), m_file(file) {
    const BlockedSignals blocked;
    m_thread = std::thread([this] { work(); });
    pthread_setname_np(m_thread.native_handle(), "ledger-anchor");
}

AnchorKeeper::~AnchorKeeper() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void AnchorKeeper::write(Anchor anchor) {
    {
        std::unique_lock lock(m_mutex);
        m_idle.wait(lock, [&] { return !m_next || m_next->chain == anchor.chain; });
        m_next = std::move(anchor);
    }
    m_wake.notify_one();
}

void AnchorKeeper::drain() {
    std::unique_lock lock(m_mutex);
    m_idle.wait(lock, [this] { return !m_next && !m_busy; });
}

void AnchorKeeper::work() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_next || m_stopping; });
        if (!m_next)
            return;
        const Anchor anchor = std::move(*std::exchange(m_next, std::nullopt));
        m_busy = true;
        lock.unlock();
        const auto done = secure(anchor);
        if (!done && !m_failed)
            log::write(LogLevel::Error, "ledger_anchor_not_written",
                       {{"why", done.error().message.text}, {"detail", done.error().detail.text}});
        m_failed = !done;
        lock.lock();
        m_busy = false;
        m_idle.notify_all();
    }
}

Result<void> AnchorKeeper::secure(const Anchor& anchor) {
    if (!m_location.isPostgres()) {
        if (auto synced = syncSqlite(m_location.file()); !synced)
            return synced;
        return m_file.put(anchor);
    }
    if (!m_database) {
        auto opened = openPostgres(m_location, Access::ReadWrite, Durability::Acknowledged);
        if (!opened)
            return fail(std::move(opened.error()));
        m_database = std::move(*opened);
        m_database->setDoing(Doing::Writing);
    }
    if (auto synced = syncPostgres(*m_database); !synced)
        return synced;
    return m_file.put(anchor);
}

}  // namespace gr::ledger
