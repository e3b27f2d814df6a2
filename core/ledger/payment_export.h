// SPDX-License-Identifier: MIT
#pragma once

#include <iosfwd>

#include "base/result.h"
#include "ledger/export.h"
#include "ledger/purchase.h"
#include "ledger/sale.h"

// Payments for bookkeeping: purchases and income as CSV or JSON, oldest first, in the forms of
// exportRequests; amounts in US dollars as decimals, those of tokens in atomic units. Nothing with
// which one could pay is in it. `requests` of the answer counts the rows. Errors as there; any
// thread.
namespace gr::ledger {

Result<Exported> exportPurchases(const Location& location, ExportFormat format,
                                 const PurchaseFilter& filter, std::ostream& out,
                                 const ExportProgress& progress = {});
Result<Exported> exportSales(const Location& location, ExportFormat format,
                             const SaleFilter& filter, std::ostream& out,
                             const ExportProgress& progress = {});

}  // namespace gr::ledger
