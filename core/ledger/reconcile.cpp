// SPDX-License-Identifier: MIT
#include "ledger/reconcile.h"

#include "ledger/payment_reader.h"

namespace gr::ledger {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
// Blocks are final after minutes; whoever waits for a day waits for nothing.
constexpr std::int64_t kFinalMs = 24 * kHourMs;
constexpr int kRowsAtOnce = 500;

std::string usdText(Money usd) {
    return "$" + usd.toDecimal();
}

// An hour behind its end nobody can take it any more, and final blocks say whether somebody did.
bool isLongOver(std::int64_t validBefore, UnixMs now) {
    return validBefore > 0 && now.value > validBefore * 1'000 + kHourMs;
}

}  // namespace

std::vector<std::string> mismatchesOf(const Sale& sale, const RequestRecord* record, UnixMs now) {
    std::vector<std::string> found;
    const bool paid = sale.paidAt.has_value();
    // What is charged by use is worked for first, and its answer waits for the money.
    const bool byUse = sale.order == SaleOrder::ServedFirst;
    const bool ended = !paid && !isUnfinished(sale.state);
    if (ended && sale.servedAt && (!byUse || sale.state == SaleState::Reorged))
        found.emplace_back("was answered, and no money came");
    else if (ended && byUse && record != nullptr && record->cost && !record->cost->isZero())
        found.push_back("brought nothing, and its work cost " + usdText(*record->cost));
    if (sale.state == SaleState::Unknown && isLongOver(sale.validBefore, now))
        found.emplace_back("may have been paid: nobody could look at the chain");
    if (!paid)
        return found;
    if (sale.transaction.empty())
        found.emplace_back("is paid, and no transaction is known");
    if (!sale.final && now.value - sale.paidAt->value > kFinalMs)
        found.emplace_back("was paid more than a day ago, and its block is not known to be final");
    if (sale.state == SaleState::Failed)
        found.push_back("was paid, and nothing was delivered (" + sale.note + ")");
    if (sale.state == SaleState::Served && record == nullptr)
        found.emplace_back("was answered, and its request is in no record");
    if (record != nullptr && record->cost && *record->cost > sale.chargedUsd)
        found.push_back("brought " + usdText(sale.chargedUsd) + ", and its work cost " +
                        usdText(*record->cost));
    return found;
}

std::vector<std::string> mismatchesOf(const Purchase& purchase, const RequestRecord* record,
                                      UnixMs now) {
    std::vector<std::string> found;
    const bool settled = purchase.state == PurchaseState::Settled;
    if (isOutstanding(purchase.state) && isLongOver(purchase.validBefore, now))
        found.emplace_back("may have been taken: nobody could look at the chain");
    if (!settled)
        return found;
    if (purchase.transaction.empty())
        found.emplace_back("was taken, and no transaction is known");
    if (!purchase.delivered)
        found.emplace_back("was taken, and its answer never came");
    if (purchase.delivered && record == nullptr)
        found.emplace_back("was answered, and its request is in no record");
    if (!purchase.bound.isZero() && purchase.usd > purchase.bound)
        found.push_back("took " + usdText(purchase.usd) + ", and we reckoned with " +
                        usdText(purchase.bound) + " at most");
    return found;
}

Result<Reconciled> reconcile(Reader& reader, std::optional<UnixMs> from, std::optional<UnixMs> to,
                             UnixMs now) {
    Reconciled all;
    const auto cut = reader.cut();
    if (!cut)
        return fail(cut.error());
    // Takes one row; its request is looked for unless it may have been removed.
    const auto take = [&](const auto& row) -> Result<void> {
        const bool removed = *cut && row.createdAt < (*cut)->before;
        const auto record =
            removed ? Result<std::optional<StoredRecord>>() : reader.find(row.requestId);
        if (!record)
            return fail(record.error());
        static const RequestRecord kRemoved;  // there was one
        const RequestRecord* const known = *record   ? &(*record)->record
                                           : removed ? &kRemoved
                                                     : nullptr;
        for (std::string& what : mismatchesOf(row, known, now))
            all.mismatches.push_back({row.id, row.createdAt, row.usd, std::move(what)});
        return {};
    };
    const auto takeAll = [&](const auto& page, std::int64_t& count) -> Result<void> {
        for (std::int64_t before = 0;;) {
            const auto rows = page(before);
            if (!rows)
                return fail(rows.error());
            for (const auto& row : *rows) {
                if (auto taken = take(row); !taken)
                    return taken;
            }
            count += static_cast<std::int64_t>(rows->size());
            if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
                return {};
            before = rows->back().sequence;
        }
    };
    const SaleFilter sales{.from = from, .to = to};
    auto done = takeAll(
        [&](std::int64_t before) { return reader.payments().sales(sales, before, kRowsAtOnce); },
        all.sales);
    const PurchaseFilter purchases{.from = from, .to = to};
    const auto page = [&](std::int64_t before) {
        return reader.payments().purchases(purchases, before, kRowsAtOnce);
    };
    if (done)
        done = takeAll(page, all.purchases);
    if (!done)
        return fail(std::move(done.error()));
    return all;
}

}  // namespace gr::ledger
