// SPDX-License-Identifier: MIT
#include "ledger/sale_rows.h"

namespace gr::ledger {
namespace {

constexpr std::string_view kColumns =
    "sequence, id, state, gateway, created_ms, updated_ms, paid_ms, served_ms, final, chain_id, "
    "token, payer, nonce, pay_to, amount, usd_pico, scheme, served_first, valid_before, "
    "request_digest, identifier, model, request, tx, block, charged, charged_pico, receipt, note, "
    "answer_digest";
constexpr std::size_t kColumnCount = 30;

Result<Sale> readSale(const Database& database, const Statement& row) {
    Sale sale;
    sale.sequence = row.integer(0);
    sale.id = row.text(1);
    const auto state = saleState(row.text(2));
    if (!state)
        return fail(database.corrupt("state of sale " + sale.id));
    sale.state = *state;
    sale.gateway = row.text(3);
    sale.createdAt = {row.integer(4)};
    sale.updatedAt = {row.integer(5)};
    sale.paidAt = timeOrNone(row, 6);
    sale.servedAt = timeOrNone(row, 7);
    sale.final = row.integer(8) != 0;
    sale.chainId = row.integer(9);
    sale.token = row.text(10);
    sale.payer = row.text(11);
    sale.nonce = row.text(12);
    sale.payTo = row.text(13);
    sale.amount = row.text(14);
    sale.usd = Money::fromPico(row.integer(15));
    sale.scheme = row.text(16);
    sale.order = row.integer(17) != 0 ? SaleOrder::ServedFirst : SaleOrder::PaidFirst;
    sale.validBefore = row.integer(18);
    sale.requestDigest = row.text(19);
    sale.paymentIdentifier = row.text(20);
    sale.model = row.text(21);
    sale.requestId = row.text(22);
    sale.transaction = row.text(23);
    sale.block = row.integer(24);
    sale.charged = row.text(25);
    sale.chargedUsd = Money::fromPico(row.integer(26));
    sale.receipt = row.text(27);
    sale.note = row.text(28);
    sale.answerDigest = row.text(29);
    return sale;
}

Result<Credit> readCredit(const Database& database, const Statement& row) {
    Credit credit;
    credit.id = row.text(0);
    credit.payer = row.text(1);
    credit.paymentIdentifier = row.text(2);
    credit.requestDigest = row.text(3);
    credit.usd = Money::fromPico(row.integer(4));
    credit.createdAt = {row.integer(5)};
    credit.expiresAt = {row.integer(6)};
    const auto state = creditState(row.text(7));
    if (!state)
        return fail(database.corrupt("state of credit " + credit.id));
    credit.state = *state;
    credit.requestId = row.text(8);
    credit.gateway = row.text(9);
    return credit;
}

}  // namespace

Result<std::vector<Sale>> selectSales(Database& database, std::string_view condition,
                                      const std::vector<Value>& values) {
    const std::string sql = "SELECT " + std::string(kColumns) + " FROM sales WHERE ";
    return readRows<Sale>(database, sql + std::string(condition), values, readSale);
}

Result<std::vector<Sale>> pageOfSales(Database& database, const SaleFilter& filter, PageOrder order,
                                      std::int64_t cursor, int most) {
    PageCondition page(order, cursor);
    page.onlyIn(filter.states);
    page.only("payer", filter.payer);
    page.only("model", filter.model);
    page.onlyMade(filter.from, filter.to);
    const std::string condition = page.sql(most);
    return selectSales(database, condition, page.values());
}

Result<void> insertSale(Database& database, Sale& sale) {
    const auto sequence = database.queryInteger("SELECT coalesce(max(sequence), 0) + 1 FROM sales");
    if (!sequence)
        return fail(sequence.error());
    sale.sequence = *sequence;
    const std::string sql =
        "INSERT INTO sales (" + std::string(kColumns) + ") VALUES (" + places(kColumnCount) + ")";
    return runOnce(database, sql,
                   {sale.sequence,
                    sale.id,
                    nameOf(sale.state),
                    sale.gateway,
                    sale.createdAt.value,
                    sale.updatedAt.value,
                    timeValue(sale.paidAt),
                    timeValue(sale.servedAt),
                    std::int64_t{sale.final},
                    sale.chainId,
                    sale.token,
                    sale.payer,
                    sale.nonce,
                    sale.payTo,
                    sale.amount,
                    sale.usd.pico(),
                    sale.scheme,
                    std::int64_t{sale.order == SaleOrder::ServedFirst},
                    sale.validBefore,
                    Blob{sale.requestDigest},
                    sale.paymentIdentifier,
                    sale.model,
                    sale.requestId,
                    sale.transaction,
                    sale.block,
                    sale.charged,
                    sale.chargedUsd.pico(),
                    sale.receipt,
                    sale.note,
                    Blob{sale.answerDigest}});
}

Result<void> updateSale(Database& database, const Sale& sale) {
    return runOnce(database,
                   "UPDATE sales SET state = ?, gateway = ?, updated_ms = ?, paid_ms = ?, "
                   "served_ms = ?, final = ?, request = ?, tx = ?, block = ?, charged = ?, "
                   "charged_pico = ?, receipt = ?, note = ?, answer_digest = ? WHERE sequence = ?",
                   {nameOf(sale.state), sale.gateway, sale.updatedAt.value, timeValue(sale.paidAt),
                    timeValue(sale.servedAt), std::int64_t{sale.final}, sale.requestId,
                    sale.transaction, sale.block, sale.charged, sale.chargedUsd.pico(),
                    sale.receipt, sale.note, Blob{sale.answerDigest}, sale.sequence});
}

Result<Money> unfinalIncome(Database& database) {
    Money sum;
    auto done = forEachRow(
        database,
        "SELECT " + sumColumns("usd_pico") + " FROM sales WHERE final = 0 AND state <> 'reorged'",
        {}, [&sum](Statement& row) -> Result<void> {
            sum = sumAt(row, 0);
            return {};
        });
    if (!done)
        return fail(std::move(done.error()));
    return sum;
}

Result<std::vector<Credit>> selectCredits(Database& database, std::string_view condition,
                                          const std::vector<Value>& values) {
    const std::string sql =
        "SELECT id, payer, identifier, request_digest, usd_pico, created_ms, expires_ms, state, "
        "request, gateway FROM credits WHERE ";
    return readRows<Credit>(database, sql + std::string(condition), values, readCredit);
}

Result<void> putCredit(Database& database, const Credit& credit) {
    auto done =
        runOnce(database, "DELETE FROM credits WHERE id = ? AND state = 'void'", {credit.id});
    if (!done)
        return done;
    return runOnce(database,
                   "INSERT INTO credits (id, payer, identifier, request_digest, usd_pico, "
                   "created_ms, expires_ms, state, request, gateway) VALUES (?,?,?,?,?,?,?,?,?,?)",
                   {credit.id, credit.payer, credit.paymentIdentifier, Blob{credit.requestDigest},
                    credit.usd.pico(), credit.createdAt.value, credit.expiresAt.value,
                    nameOf(credit.state), credit.requestId, credit.gateway});
}

Result<Owed> owed(Database& database, UnixMs now, std::string_view payer) {
    std::string sql = "SELECT count(*), " + sumColumns("usd_pico") +
                      " FROM credits WHERE state IN ('open','taken') AND "
                      "(expires_ms > ? OR state = 'taken')";
    std::vector<Value> values{now.value};
    if (!payer.empty()) {
        sql += " AND payer = ?";
        values.emplace_back(payer);
    }
    Owed sum;
    auto done = forEachRow(database, sql, values, [&sum](Statement& row) -> Result<void> {
        sum = {row.integer(0), sumAt(row, 1)};
        return {};
    });
    if (!done)
        return fail(std::move(done.error()));
    return sum;
}

Result<IncomeSums> incomeSums(Database& database, UnixMs from, UnixMs to, UnixMs now) {
    IncomeSums sums;
    auto read = forEachRow(database,
                           "SELECT count(*), " + sumColumns("charged_pico") +
                               " FROM sales WHERE paid_ms >= ? AND paid_ms < ?",
                           {from.value, to.value}, [&sums](Statement& row) -> Result<void> {
                               sums.sales = row.integer(0);
                               sums.income = sumAt(row, 1);
                               return {};
                           });
    if (!read)
        return fail(std::move(read.error()));
    const auto unfinal = unfinalIncome(database);
    const auto credits = owed(database, now);
    if (!unfinal || !credits)
        return fail(unfinal ? credits.error() : unfinal.error());
    sums.unfinal = *unfinal;
    sums.credits = credits->usd;
    return sums;
}

}  // namespace gr::ledger
