// SPDX-License-Identifier: MIT
#include "ledger/payment_reader.h"

#include <utility>

#include "ledger/purchase_rows.h"
#include "ledger/sale_rows.h"

namespace gr::ledger {
namespace {

Result<std::vector<Purchase>> withoutHeaders(Result<std::vector<Purchase>> purchases) {
    if (purchases) {
        for (Purchase& purchase : *purchases)
            purchase.sealedHeader.clear();
    }
    return purchases;
}

}  // namespace

Result<std::vector<Purchase>> PaymentReader::purchases(const PurchaseFilter& filter,
                                                       std::int64_t before, int limit) {
    return withoutHeaders(
        pageOfPurchases(m_database, filter, PageOrder::NewestFirst, before, limit));
}

Result<std::vector<Purchase>> PaymentReader::purchasesOf(std::string_view requestId) {
    return withoutHeaders(
        selectPurchases(m_database, "request = ? ORDER BY sequence", {requestId}));
}

Result<SpendingSums> PaymentReader::spending(UnixMs now, std::string_view origin) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    return readSums(m_database, now, origin, {});
}

Result<std::vector<Sale>> PaymentReader::sales(const SaleFilter& filter, std::int64_t before,
                                               int limit) {
    return pageOfSales(m_database, filter, PageOrder::NewestFirst, before, limit);
}

Result<IncomeSums> PaymentReader::income(UnixMs from, UnixMs to, UnixMs now) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    return incomeSums(m_database, from, to, now);
}

Result<std::vector<IncomeBucket>> PaymentReader::incomeBars(UnixMs from, UnixMs to, Step step,
                                                            IncomeBy by) {
    return incomeSeries(m_database, from, to, step, by);
}

Result<std::vector<SoldAnswer>> PaymentReader::salesOf(std::string_view requestId) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    auto sales = selectSales(m_database,
                             "request = ? OR id IN (SELECT id FROM credits WHERE request = ?) "
                             "ORDER BY sequence",
                             {requestId, requestId});
    if (!sales)
        return fail(std::move(sales.error()));
    std::vector<SoldAnswer> found;
    for (Sale& sale : *sales) {
        auto credits = selectCredits(m_database, "id = ?", {std::string_view(sale.id)});
        if (!credits)
            return fail(std::move(credits.error()));
        SoldAnswer& answer = found.emplace_back();
        answer.sale = std::move(sale);
        if (!credits->empty())
            answer.credit = std::move(credits->front());
    }
    return found;
}

Result<std::vector<PayerSum>> PaymentReader::payers(UnixMs from, int most) {
    std::vector<PayerSum> payers;
    auto done = forEachRow(m_database,
                           "SELECT payer, count(*), max(paid_ms), " + sumColumns("charged_pico") +
                               " FROM sales WHERE paid_ms >= ? GROUP BY payer "
                               "ORDER BY 4 DESC, 5 DESC, payer LIMIT ?",
                           {from.value, std::int64_t{most}}, [&payers](Statement& row) {
                               payers.push_back({.payer = std::string(row.text(0)),
                                                 .sales = row.integer(1),
                                                 .income = sumAt(row, 3),
                                                 .last = {row.integer(2)}});
                               return Result<void>();
                           });
    if (!done)
        return fail(std::move(done.error()));
    return payers;
}

}  // namespace gr::ledger
