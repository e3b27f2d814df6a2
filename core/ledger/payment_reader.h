// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/payment_series.h"
#include "ledger/purchase.h"
#include "ledger/sale.h"
#include "ledger/store.h"

namespace gr::ledger {

// Somebody who paid.
struct PayerSum {
    std::string payer;  // address
    std::int64_t sales = 0;
    Money income;
    UnixMs last;  // when it paid last
};

// A sale, and what its payer is, or was, owed for it.
struct SoldAnswer {
    Sale sale;
    std::optional<Credit> credit;
};

// The reading side of payments, over the connection of a Reader, which outlives it. Purchases come
// without their sealed header: what only shows them needs nothing that is as good as money. Fails
// as a Reader does; its thread.
class PaymentReader final {
  public:
    explicit PaymentReader(Database& database) : m_database(database) {}

    // Newest first, from before the sequence `before` (0: from the newest), at most `limit`.
    Result<std::vector<Purchase>> purchases(const PurchaseFilter& filter, std::int64_t before,
                                            int limit);
    // Those of one request, oldest first.
    Result<std::vector<Purchase>> purchasesOf(std::string_view requestId);
    // What is spent at the time `now`, by everybody and at one seller (scheme://host:port; may be
    // empty).
    Result<SpendingSums> spending(UnixMs now, std::string_view origin);

    Result<std::vector<Sale>> sales(const SaleFilter& filter, std::int64_t before, int limit);
    // Income by the time of payment, `to` exclusive; what is owed in credits at the time `now`.
    Result<IncomeSums> income(UnixMs from, UnixMs to, UnixMs now);
    // As incomeSeries().
    Result<std::vector<IncomeBucket>> incomeBars(UnixMs from, UnixMs to, Step step, IncomeBy by);
    // What was sold, or was to be, for one request, and sales whose credit it used; oldest first.
    Result<std::vector<SoldAnswer>> salesOf(std::string_view requestId);
    // Who paid since `from`, those that paid most first, at most so many.
    Result<std::vector<PayerSum>> payers(UnixMs from, int most);

  private:
    Database& m_database;
};

}  // namespace gr::ledger
