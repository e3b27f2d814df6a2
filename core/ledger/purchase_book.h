// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/purchase.h"
#include "ledger/store.h"
#include "ledger/window.h"

namespace gr::ledger {

// What this gateway pays, in the ledger's tables, on a connection of its own whose commits wait for
// the disk. Every call blocks; any thread but io threads. Fails as the ledger does (LedgerBusy,
// DiskFull …): then nothing was done, but for LedgerBusy of a server, whose answer may have been
// lost; the same call again finds out.
class PurchaseBook final {
  public:
    static Result<std::unique_ptr<PurchaseBook>> open(const Location& location);

    // One transaction: finds the open purchase with the same key, or asks `decide` and writes the
    // row as it says. InvalidField names a member that cannot be; LimitReached: beyond what sums
    // can hold.
    Result<IntendAnswer> intend(const PurchaseIntent& intent, const Decide& decide);

    // A person says yes to a held purchase, which then takes from the caps as of now: one
    // transaction, in which `decide` is asked again; Hold leaves it held. New, Held, Refused (still
    // held), or Open: it was not held any more.
    Result<IntendAnswer> approve(std::string_view id, const Decide& decide);

    // Goes on to `to` if it is in one of `from`, each of which `to` may follow (mayFollow).
    // RecordNotFound: there is no such purchase. To sign takes a nonce, a deadline and the sealed
    // header.
    Result<PurchaseAdvanced> advance(std::string_view id, std::initializer_list<PurchaseState> from,
                                     PurchaseState to, const PurchaseChange& change = {});

    // The same request is a new purchase from now on, whatever else is learned of this one: the
    // client has what it was for, or it is not good any more. False: it is neither settled nor
    // delivered, so it stays open.
    Result<bool> close(std::string_view id);

    Result<std::optional<Purchase>> find(std::string_view id);
    Result<std::optional<Purchase>> findByKey(std::string_view key);  // the newest
    Result<std::vector<Purchase>> held();                             // oldest first
    // What the chain has to tell about (isOutstanding), and what is paid but not closed, in the
    // order of their making; behind them what was signed within the last kLookAgain and is
    // released: its chain may have told that too early.
    static constexpr std::int64_t kLookAgain = 24 * 3'600'000;  // ms
    Result<std::vector<Purchase>> unresolved();
    // Newest first, from before the sequence `before` (0: from the newest).
    Result<std::vector<Purchase>> page(const PurchaseFilter& filter, std::int64_t before, int most);
    Result<SpendingSums> sums(std::string_view origin = {});

    Result<std::vector<Payee>> payees();
    // Notes who was seen and where it wants to be paid. The first address is pinned; another one
    // does not replace it and stands in `otherAddress` of the answer.
    Result<Payee> seePayee(std::string_view origin, std::string_view address);
    // A person allows payments to this address of it, and pins it.
    Result<Payee> allowPayee(std::string_view origin, std::string_view address,
                             std::string_view allowedBy, Money alwaysUpTo);
    Result<void> forgetPayee(std::string_view origin);

    // For the anchor in the vault: kept there after payments, compared before the first one.
    Result<LedgerMark> mark();

    // The wall clock was seen by a person, and is right.
    void believeClock();

  private:
    explicit PurchaseBook(Database database) : m_database(std::move(database)) {}
    Result<void> startClock();
    Result<SpendingSums> sumsNow(std::string_view origin, std::string_view key);
    Result<IntendAnswer> decideNew(const PurchaseIntent& intent, const Decide& decide);
    Result<Purchase> byId(std::string_view id);

    std::mutex m_mutex;
    Database m_database;
    std::optional<WindowClock> m_clock;
};

}  // namespace gr::ledger
