// SPDX-License-Identifier: MIT
#include "ledger/ledger.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "base/thread.h"
#include "ledger/anchor_keeper.h"
#include "ledger/batch_writer.h"
#include "ledger/checkpointer.h"
#include "ledger/client_keys.h"
#include "ledger/lease_table.h"
#include "ledger/purchase_book.h"
#include "ledger/receipts.h"
#include "ledger/relayer_book.h"
#include "ledger/retention.h"
#include "ledger/row_queue.h"
#include "ledger/sale_book.h"
#include "ledger/schema.h"
#include "ledger/store.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kMaxBatch = 500;
constexpr std::chrono::seconds kLookPeriod{1};  // at the client keys
constexpr std::chrono::seconds kAnchorPeriod{5};

void logFailure(const Error& error) {
    log::write(LogLevel::Error, "ledger_write_failed",
               {{"code", errorInfo(error.code).slug},
                {"message", error.message.text},
                {"detail", error.detail.text}});
}

}  // namespace

class Ledger::Impl final {
  public:
    Impl(Database database, ReceiptKeys receiptKeys, ClientKeyTable keys,
         std::unique_ptr<Checkpointer> checkpointer)
        : m_database(std::move(database)),
          m_receipts(std::move(receiptKeys)),
          m_checkpointer(std::move(checkpointer)),
          m_keys(std::move(keys)) {}

    Result<void> start() {
        auto writer = BatchWriter::create(m_database, m_holder, m_receipts);
        if (!writer)
            return fail(std::move(writer.error()));
        m_writer.emplace(std::move(*writer));
        auto retention = Retention::create(m_database, m_receipts);
        if (!retention)
            return fail(std::move(retention.error()));
        m_retention.emplace(std::move(*retention));
        if (m_checkpointer)
            m_checkpointer->watch(m_database);
        if (m_receipts.usable())
            m_keeper = std::make_unique<AnchorKeeper>(location(), m_receipts.anchorFile());
        const BlockedSignals blocked;
        m_thread = std::thread([this] { work(); });
        pthread_setname_np(m_thread.native_handle(), "ledger");
        return {};
    }

    ~Impl() {
        if (!m_thread.joinable())
            return;
        m_queue.stop();
        m_thread.join();
        const Health last = m_queue.health();
        if (last.queued > 0)
            log::write(LogLevel::Error, "ledger_rows_lost",
                       {{"rows", std::to_string(last.queued)}});
    }

    RowQueue& queue() { return m_queue; }
    const RowQueue& queue() const { return m_queue; }
    const Location& location() const { return m_database.location(); }

    std::int64_t holder() const { return m_holder; }
    std::filesystem::path leaseNote;  // see LeaseTable::open
    std::string home;                 // names the data directory

    void setKeepDays(unsigned days) {
        m_keepDays = days;
        m_queue.wake();
    }

    void useVaultKey(Secret key) {
        {
            const std::lock_guard lock(m_watchMutex);
            m_vaultKey.emplace(std::move(key));
        }
        m_queue.wake();
    }

    void watchKeys(std::function<void()> changed) {
        {
            const std::lock_guard lock(m_watchMutex);
            m_keysChanged = std::move(changed);
            m_keysSeen = -1;
        }
        m_queue.wake();
    }

    template <class Action>
    auto withKeys(Action action) {
        const std::lock_guard lock(m_keysMutex);
        return action(m_keys);
    }

  private:
    // The ledger thread.
    void work() {
        for (bool stopping = false; !stopping;) {
            RowQueue::Work taken = m_queue.take(nextDuty());
            stopping = taken.stopping;
            takeVaultKey();
            RowQueue::Round round = writeRound(taken);
            if (round.error && !m_failing)
                logFailure(*round.error);
            if (!round.error && m_failing)
                log::write(LogLevel::Info, "ledger_write_recovered");
            m_failing = round.error.has_value();
            m_queue.finish(taken.lost, std::move(round));
            anchor(stopping);
            if (!stopping) {
                removeOldRows();
                lookAtKeys();
            }
        }
    }

    SteadyTime nextDuty() {
        const std::lock_guard lock(m_watchMutex);
        SteadyTime next = m_schedule.next();
        if (m_keysChanged)
            next = std::min(next, m_nextLook);
        return anchorIsDue() ? std::min(next, m_nextAnchor) : next;
    }

    bool anchorIsDue() const {
        return m_receipts.wantsAnchor() || (m_keeper && m_keeper->failed());
    }

    void takeVaultKey() {
        std::optional<Secret> key;
        {
            const std::lock_guard lock(m_watchMutex);
            key = std::exchange(m_vaultKey, std::nullopt);
        }
        if (!key || m_receipts.uses(*key))
            return;
        anchor(true);  // another chain follows
        if (m_keeper)
            m_keeper->drain();
        m_receipts.use(std::move(*key));
    }

    void anchor(bool now) {
        const SteadyTime time = m_clock.steady();
        if (!m_keeper || !anchorIsDue() || (!now && time < m_nextAnchor))
            return;
        m_nextAnchor = time + kAnchorPeriod;
        m_keeper->write(m_receipts.anchor(m_clock.now()));
    }

    void lookAtKeys() {
        const std::lock_guard lock(m_watchMutex);
        const SteadyTime now = m_clock.steady();
        if (!m_keysChanged || now < m_nextLook)
            return;
        m_nextLook = now + kLookPeriod;
        // What fails is tried again with the next look; rows tell of it.
        const auto change =
            m_database.queryInteger("SELECT coalesce(max(change), 0) FROM client_keys");
        if (!change || std::exchange(m_keysSeen, *change) == *change)
            return;
        m_keysChanged();
    }

    // One batch at most: rows that came meanwhile are not kept waiting.
    void removeOldRows() {
        m_schedule.setKeepDays(m_keepDays);
        const auto before = m_schedule.due(m_clock.now(), m_clock.steady());
        if (!before)
            return;
        const auto more = m_retention->cutSome(*before, m_clock.now());
        if (!more)
            logFailure(more.error());
        m_schedule.did(more.value_or(false), m_clock.steady());
    }

    RowQueue::Round writeRound(RowQueue::Work& taken) {
        RowQueue::Round round;
        std::span<const RequestRecord> left = taken.rows;
        while (!left.empty() || taken.lost) {
            const auto batch = left.first(std::min(left.size(), kMaxBatch));
            if (auto written = m_writer->write(batch, taken.lost); written) {
                round.written += batch.size();
                taken.lost.reset();
            } else if (written.error().code == ErrorCode::Internal && !batch.empty()) {
                // Not the disk but the rows: they must not hold up all that come after them.
                logFailure(written.error());
                m_queue.lose(batch);
                round.refused += batch.size();
            } else {
                round.error = std::move(written.error());
                return round;
            }
            left = left.subspan(batch.size());
        }
        return round;
    }

    Database m_database;
    Receipts m_receipts;      // ledger thread
    SteadyTime m_nextAnchor;  // ledger thread
    const std::int64_t m_holder = randomId();
    std::unique_ptr<AnchorKeeper> m_keeper;
    std::optional<BatchWriter> m_writer;  // ledger thread
    std::unique_ptr<Checkpointer> m_checkpointer;
    std::optional<Retention> m_retention;  // ledger thread
    CutSchedule m_schedule;                // ledger thread
    SystemClock m_clock;
    std::atomic<unsigned> m_keepDays{0};
    bool m_failing = false;  // ledger thread
    RowQueue m_queue;
    std::mutex m_watchMutex;
    std::optional<Secret> m_vaultKey;  // has come, and is not in use yet
    std::function<void()> m_keysChanged;
    std::int64_t m_keysSeen = -1;  // the last change that was told
    SteadyTime m_nextLook;         // ledger thread
    std::mutex m_keysMutex;
    ClientKeyTable m_keys;
    std::thread m_thread;
};

Ledger::Ledger(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::open(const Location& location,
                                             const std::filesystem::path& folder) {
    auto database = openForWriting(location, Durability::Batched);
    if (!database)
        return fail(std::move(database.error()));
    ReceiptKeys receiptKeys;
    const auto& place = folder.empty() ? location.file().parent_path() : folder;
    if (!folder.empty() || !location.isPostgres()) {
        auto read = readReceiptKeys(place, KeyFile::MakeIfMissing);
        if (!read)
            return fail(std::move(read.error()));
        receiptKeys = std::move(*read);
    }
    auto keys = ClientKeyTable::open(location);
    if (!keys)
        return fail(std::move(keys.error()));
    std::unique_ptr<Checkpointer> checkpointer;
    if (!location.isPostgres()) {
        auto started = Checkpointer::start(location.file());
        if (!started)
            return fail(std::move(started.error()));
        checkpointer = std::move(*started);
    }
    const std::string home = receiptKeys.home();
    auto impl = std::make_unique<Impl>(std::move(*database), std::move(receiptKeys),
                                       std::move(*keys), std::move(checkpointer));
    impl->home = home;
    if (!place.empty())
        impl->leaseNote = place / "lease_holder";
    if (auto started = impl->start(); !started)
        return fail(std::move(started.error()));
    return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

void Ledger::append(RequestRecord record) {
    m_impl->queue().push(std::move(record));
}

std::optional<RequestRecord> Ledger::findPending(std::string_view requestId) const {
    return m_impl->queue().find(requestId);
}

const Location& Ledger::location() const {
    return m_impl->location();
}

void Ledger::setKeepDays(unsigned days) {
    m_impl->setKeepDays(days);
}

Result<std::unique_ptr<LeaseStore>> Ledger::leases() {
    return LeaseTable::open(m_impl->location(), m_impl->holder(), m_impl->leaseNote);
}

Result<std::unique_ptr<PurchaseBook>> Ledger::purchases() {
    return PurchaseBook::open(m_impl->location());
}

Result<std::unique_ptr<SaleBook>> Ledger::sales() {
    return SaleBook::open(m_impl->location(), m_impl->home);
}

Result<std::unique_ptr<RelayerBook>> Ledger::relayers() {
    return RelayerBook::open(m_impl->location());
}

void Ledger::useVaultKey(Secret key) {
    m_impl->useVaultKey(std::move(key));
}

void Ledger::watchClientKeys(std::function<void()> changed) {
    m_impl->watchKeys(std::move(changed));
}

void Ledger::flush() {
    m_impl->queue().waitForRound();
}

Result<void> Ledger::addClientKey(ClientKey key) {
    return m_impl->withKeys([&](ClientKeyTable& keys) { return keys.add(key); });
}

Result<void> Ledger::revokeClientKey(const std::string& id, UnixMs at) {
    return m_impl->withKeys([&](ClientKeyTable& keys) { return keys.setRevoked(id, at); });
}

Result<void> Ledger::restoreClientKey(const std::string& id) {
    return m_impl->withKeys([&](ClientKeyTable& keys) { return keys.setRevoked(id, {}); });
}

Result<std::vector<ClientKey>> Ledger::clientKeys() {
    return m_impl->withKeys([](ClientKeyTable& keys) { return keys.all(); });
}

Result<void> Ledger::noteKeyProgram(const KeyProgram& program) {
    return m_impl->withKeys([&](ClientKeyTable& keys) { return keys.note(program); });
}

Result<std::vector<KeyProgram>> Ledger::keyPrograms() {
    return m_impl->withKeys([](ClientKeyTable& keys) { return keys.programs(); });
}

Ledger::Health Ledger::health() const {
    return m_impl->queue().health();
}

}  // namespace gr::ledger
