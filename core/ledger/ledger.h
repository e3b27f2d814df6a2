// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "ledger/entry.h"
#include "ledger/health.h"
#include "ledger/key_program.h"
#include "ledger/lease.h"
#include "ledger/location.h"

namespace gr::ledger {

class PurchaseBook;
class RelayerBook;
class SaleBook;

// The writing side of the books: owns the database file and the one thread that writes it.
// Lives as long as the program; created and destroyed on the main thread.
class Ledger final {
  public:
    // Opens the ledger or makes it (a file: 0600), brings older forms up to date, starts the
    // thread. Fails with LedgerCorrupt, LedgerTooNew, ReadOnly, DiskFull or FileUnwritable, each
    // with a sentence that names the file and what to do; never changes a file it does not
    // understand.
    // `folder`: the data directory, where the key file and the anchor of this gateway's receipts
    // lie; empty means that of the file. Without any, rows get no receipts.
    static Result<std::unique_ptr<Ledger>> open(const Location& location,
                                                const std::filesystem::path& folder = {});
    ~Ledger();  // writes what is queued, then closes

    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    // Queues a row; on disk within 100 ms. Any thread; never waits for the disk, never fails the
    // caller. When the disk refuses, rows wait in memory up to a bound, older ones beyond it are
    // counted as lost and the gap is written as soon as the disk takes rows again.
    void append(RequestRecord record);

    // A row that was appended and is not on disk yet. Whoever asks here first, then a Reader,
    // misses none. Any thread.
    std::optional<RequestRecord> findPending(std::string_view requestId) const;

    // The key for receipts of the vault that is open now (receiptKeyOf). Until then they are signed
    // with the key file. Any thread.
    void useVaultKey(Secret key);

    // From now on rows older than so many days are removed, a few at a time, now and every hour;
    // their hourly sums stay. 0 keeps everything, which is so until this is called. Any thread.
    void setKeepDays(unsigned days);

    // Leases of limits for this gateway; the rows that are appended here charge them. Once; the
    // ledger outlives it. Errors as for `open`.
    Result<std::unique_ptr<LeaseStore>> leases();

    // What this gateway pays, what others pay it, and what it sends to chains. Each has a
    // connection of its own; the ledger outlives it.
    Result<std::unique_ptr<PurchaseBook>> purchases();
    Result<std::unique_ptr<SaleBook>> sales();
    Result<std::unique_ptr<RelayerBook>> relayers();

    // From now on `changed` is called within a second or two after a client key was made, revoked
    // or restored, by this gateway or another one on this ledger, and once soon after this call. It
    // runs on the ledger's thread and must not wait; an empty one ends it, and does not run any
    // more when this returns. Any thread but the ledger's.
    void watchClientKeys(std::function<void()> changed);

    // Waits until everything queued before is on disk, or until writing it has failed, which
    // `health()` then tells. Any thread but the ledger's.
    void flush();

    // Acknowledged commits: on disk (synced) when they return. Any thread but the ledger's and the
    // io threads.
    Result<void> addClientKey(ClientKey key);  // InvalidField when the id or digest exists
    Result<void> revokeClientKey(const std::string& id, UnixMs at);
    Result<void> restoreClientKey(const std::string& id);
    Result<std::vector<ClientKey>> clientKeys();  // all, revoked ones too, by age
    // Notes that a program used a key: `firstSeen` counts where it is new.
    Result<void> noteKeyProgram(const KeyProgram& program);
    Result<std::vector<KeyProgram>> keyPrograms();  // by key, those seen last first

    using Health = ledger::Health;
    Health health() const;  // any thread

    const Location& location() const;  // any thread

  private:
    class Impl;
    explicit Ledger(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::ledger
