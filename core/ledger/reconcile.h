// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/purchase.h"
#include "ledger/reader.h"
#include "ledger/sale.h"

// Whether three agree on every payment: what was used (the request's record), what we asked or
// would have asked (its row), and what the chain showed (its transaction and block).
namespace gr::ledger {

// Sentences' ends about one sale or payment ("brought $0.01, and its work cost $0.02"); none where
// all is well, or still on its way at the time `now`. `record`: of its request; null: there is
// none. Pure.
std::vector<std::string> mismatchesOf(const Sale& sale, const RequestRecord* record, UnixMs now);
std::vector<std::string> mismatchesOf(const Purchase& purchase, const RequestRecord* record,
                                      UnixMs now);

struct Mismatch {
    std::string id;  // of the sale or payment
    UnixMs at;
    Money usd;
    std::string what;
};
struct Reconciled {
    std::int64_t sales = 0;
    std::int64_t purchases = 0;
    std::vector<Mismatch> mismatches;  // newest first, sales before payments
};
// Of those made in [from, to). Requests that were removed for their age are not missed. Errors:
// those of the reader.
Result<Reconciled> reconcile(Reader& reader, std::optional<UnixMs> from, std::optional<UnixMs> to,
                             UnixMs now);

}  // namespace gr::ledger
