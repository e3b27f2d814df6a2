// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/sale.h"
#include "ledger/store.h"

namespace gr::ledger {

// What others pay this gateway, in the ledger's tables, on a connection of its own whose commits
// wait for the disk. Every call blocks; any thread but io threads. Fails as PurchaseBook does.
class SaleBook final {
  public:
    enum class Whose : std::uint8_t { Mine, Everybodys };

    // `gateway`: names this data directory; one process at a time has it.
    static Result<std::unique_ptr<SaleBook>> open(const Location& location, std::string gateway);

    // Whether its payer has another request under way that is charged by use.
    Result<bool> hasOtherByUse(const SaleIntent& intent);

    // What this payer may have paid already for this very request: earlier ones that nobody can say
    // anything of, the oldest first, a few. None where the payment itself was here before.
    Result<std::vector<Sale>> inDoubt(const SaleIntent& intent);

    // One transaction, whoever else sells from this ledger: takes the nonce, or says who has it.
    // `unfinalAtMost`: of what may be paid and is not final, this sale included. The first sale
    // decides where all are paid to. InvalidField names a member that cannot be: two texts of one
    // nonce would be two nonces.
    Result<SaleReserved> reserve(const SaleIntent& intent, std::optional<Money> unfinalAtMost = {});

    // Goes on to `to` if it is in one of `from` and may (mayFollow). RecordNotFound: there is no
    // such sale. Credits are given by giveCredit.
    Result<SaleAdvanced> advance(std::string_view id, const std::vector<SaleState>& from,
                                 SaleState to, const SaleChange& change = {});

    // The sale becomes a credit. `done` is false, and nothing is written, also where that would be
    // beyond the bounds: its state then is still one of `from`.
    Result<SaleAdvanced> giveCredit(std::string_view id, const std::vector<SaleState>& from,
                                    UnixMs expiresAt, const CreditBounds& bounds);
    // Takes an open credit of this payer for this very request, if there is one.
    Result<std::optional<Credit>> takeCredit(const CreditClaim& claim);
    // Before the first byte; false: it is not taken.
    Result<bool> spendCredit(std::string_view id);
    // Nothing was delivered; false: it is not taken.
    Result<bool> returnCredit(std::string_view id);
    // At the start: what this gateway had taken and not spent when it died is open again.
    Result<void> returnTakenCredits();
    Result<std::vector<Credit>> creditsOf(std::string_view payer);  // open ones, by age
    Result<std::optional<Credit>> findCredit(std::string_view id);  // in whatever state

    Result<std::optional<Sale>> find(std::string_view id);
    Result<std::vector<Sale>> unfinished(Whose whose);  // isUnfinished; oldest first
    // Paid and not final, and reorged: to be looked at again; oldest first.
    Result<std::vector<Sale>> unfinal();
    // Newest first, from before the sequence `before` (0: from the newest).
    Result<std::vector<Sale>> page(const SaleFilter& filter, std::int64_t before, int most);
    // Income by the time of payment, `to` exclusive.
    Result<IncomeSums> sums(UnixMs from, UnixMs to);

    // Forgets attempts that brought no money and cannot any more: those that failed, and whose
    // authorization ended before then. Anybody with a key of their own can make them.
    Result<void> forgetUnpaid(UnixMs endedBefore);

    Result<std::string> payTo();  // empty before the first sale
    // A person wants sales to go to another address from now on.
    Result<void> changePayTo(std::string_view address);

  private:
    SaleBook(Database database, std::string gateway)
        : m_database(std::move(database)), m_gateway(std::move(gateway)) {}
    Result<SaleReserved> reserveNow(const SaleIntent& intent, std::optional<Money> unfinalAtMost);
    Result<std::optional<SaleReserved>> existing(const SaleIntent& intent);
    Result<Sale> byId(std::string_view id);
    Result<void> moveTo(Sale& sale, SaleState to, const SaleChange& change);
    Result<bool> setCredit(std::string_view id, std::string_view to);

    std::mutex m_mutex;
    Database m_database;
    const std::string m_gateway;
};

}  // namespace gr::ledger
