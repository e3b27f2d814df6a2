// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ledger/batch_writer.h"
#include "ledger/lease.h"
#include "ledger/store.h"

namespace gr::ledger {

// Leases in the ledger's tables, on a connection of its own whose commits wait for the disk. A
// gateway is known by its holder, a number that it draws at each start; the rows that it writes
// charge the leases of the same holder (BatchWriter).
class LeaseTable final : public LeaseStore {
  public:
    // `note`: a file of this gateway alone, which tells the holder of its last run; that run is
    // over, so nobody waits for what it held. Empty: none.
    static Result<std::unique_ptr<LeaseTable>> open(const Location& location, std::int64_t holder,
                                                    const std::filesystem::path& note = {});

    Result<std::vector<LeaseAnswer>> lease(std::span<const LeaseWork> work) override;
    bool inDoubt() const override { return m_inDoubt; }
    Result<std::vector<std::string>> recalled() override;
    Result<void> freeDead() override;
    Result<void> tidy() override;
    Result<std::int64_t> latestWindow() override;
    Result<std::int64_t> aheadMs() override;

  private:
    using Place = std::pair<std::int64_t, std::int64_t>;  // account, window
    struct Held {
        std::int64_t own = 0;
        std::int64_t living = 0;  // of others
        std::int64_t dead = 0;
        std::int64_t allowed = 0;
    };

    LeaseTable(Database database, std::int64_t holder)
        : m_database(std::move(database)), m_holder(holder) {}
    Result<void> prepare();
    Result<void> burySelf(const std::filesystem::path& note);
    Result<LeaseAnswer> leaseOne(const LeaseWork& work, std::int64_t nowMs);
    Result<std::int64_t> spentOf(const LeaseWork& work, Place place);
    Result<std::int64_t> spentByRows(const LeaseWork& work);
    Result<Held> heldOf(Place place, std::int64_t nowMs);
    Result<void> setRow(Place place, std::int64_t holder, std::int64_t amount, std::int64_t nowMs);
    Result<void> recall(Place place, std::int64_t nowMs);
    Result<void> stayAlive(std::int64_t nowMs);

    Database m_database;
    std::int64_t m_holder;
    NameBook m_names;
    Statement m_findWindow;
    Statement m_openWindow;
    Statement m_reopenWindow;
    Statement m_dropWindows;
    Statement m_dropLeases;
    Statement m_holders;
    Statement m_setRow;
    Statement m_dropOwn;
    Statement m_recall;
    Statement m_recalls;
    Statement m_seen;
    std::map<Place, std::int64_t> m_heard;  // recalls that were passed on, by their time
    std::map<std::int64_t, std::string> m_keys;
    std::int64_t m_seenMs = 0;
    bool m_inDoubt = false;
};

}  // namespace gr::ledger
