// SPDX-License-Identifier: MIT
#include "ledger/payment_check.h"

#include <map>
#include <optional>
#include <utility>

#include "base/token_usage.h"
#include "ledger/purchase_rows.h"
#include "ledger/sale_rows.h"
#include "ledger/tables.h"

namespace gr::ledger {
namespace {

constexpr int kRowsAtOnce = 5'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

using Find = std::function<void(std::string)>;

bool isNumber(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Nothing: all is as it must be.
std::optional<std::string> flawOf(const Purchase& row) {
    using enum PurchaseState;
    const bool waits = row.state == Held || row.state == Denied;
    const bool over = row.state == Denied || row.state == Released;
    const bool early = row.state == Held || row.state == Intended || row.state == Signed;
    const bool isSigned = !waits && row.state != Intended && row.state != Released;
    if (!isNumber(row.amount) || row.usd.pico() < 0)
        return "its amount is no number";
    if (row.bookedAt.has_value() == waits)
        return waits ? "it counts and must not" : "it does not say since when it counts";
    if ((over && row.open) || (early && !row.open))
        return "it is open and must not be, or the other way round";
    if (isSigned && (row.nonce.empty() || row.validBefore <= 0))
        return "it has no nonce or no deadline";
    if ((row.state == Signed && row.sealedHeader.empty()) || (over && !row.sealedHeader.empty()))
        return "its authorization is missing, or should have gone";
    return std::nullopt;
}

std::optional<std::string> flawOf(const Sale& row) {
    using enum SaleState;
    const bool paidFirst = row.order == SaleOrder::PaidFirst;
    const bool paid = row.state == Settled || row.state == Served || row.state == Credit ||
                      (row.state == Serving && paidFirst);
    const bool either = row.state == Failed;
    if (!isNumber(row.amount) || row.usd.pico() < 0 || row.chargedUsd.pico() < 0 ||
        (!row.charged.empty() && !isNumber(row.charged)))
        return "its amount is no number";
    if (!either && row.paidAt.has_value() != paid)
        return paid ? "it does not say since when it is paid" : "it is paid and must not be";
    if ((row.state == Serving || row.state == Served) && !row.servedAt)
        return "it does not say since when it is served";
    if (row.final && !row.paidAt && !either)
        return "it is final without money";
    return std::nullopt;
}

// Rows in states that there are not; they are left out of what follows.
template <class Known>
Result<std::string> findStrangers(Database& database, std::string_view table, const Known& known,
                                  std::string_view key, const Find& find) {
    std::string list;
    for (const std::string_view name : known)
        list += (list.empty() ? "'" : ",'") + std::string(name) + "'";
    const std::string condition = "state IN (" + list + ")";
    auto done =
        forEachRow(database,
                   "SELECT " + std::string(key) + ", state FROM " + std::string(table) +
                       " WHERE NOT " + condition,
                   {}, [&](Statement& row) -> Result<void> {
                       find("Table " + std::string(table) + ", " + std::string(row.text(0)) +
                            ": there is no state \"" + std::string(row.text(1)) + "\".");
                       return {};
                   });
    if (!done)
        return fail(std::move(done.error()));
    return condition;
}

template <class States>
std::vector<std::string_view> namesOf(const States& states) {
    std::vector<std::string_view> names;
    for (const auto state : states)
        names.push_back(nameOf(state));
    return names;
}

Result<std::int64_t> checkPurchases(Database& database, const Find& find) {
    const auto known = findStrangers(database, "purchases", namesOf(kPurchaseStates), "id", find);
    if (!known)
        return fail(known.error());
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> days;
    std::int64_t count = 0;
    for (std::int64_t after = 0;;) {
        const auto rows =
            selectPurchases(database, *known + " AND sequence > ? ORDER BY sequence LIMIT ?",
                            {after, std::int64_t{kRowsAtOnce}});
        if (!rows)
            return fail(rows.error());
        for (const Purchase& row : *rows) {
            if (const auto flaw = flawOf(row))
                find("Payment " + row.id + " (" + std::string(nameOf(row.state)) + "): " + *flaw +
                     ".");
            if (isCounted(row.state) && row.bookedAt) {
                auto& sum = days[{row.bookedAt->value / kDayMs, row.origin}];
                sum = addCapped(sum, row.usd.pico());
            }
        }
        count += static_cast<std::int64_t>(rows->size());
        if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
            break;
        after = rows->back().sequence;
    }
    auto compared = forEachRow(
        database, "SELECT day, origin, pico FROM spent_days", {},
        [&](Statement& row) -> Result<void> {
            const std::string origin(row.text(1));
            const auto counted = days.extract({row.integer(0), origin});
            const std::int64_t sum = counted ? counted.mapped() : 0;
            if (sum != row.integer(2))
                find("Payments to " + origin + ", day " + std::to_string(row.integer(0)) +
                     ": the sum says " + std::to_string(row.integer(2)) +
                     " pico-dollars, the rows say " + std::to_string(sum) + ".");
            return {};
        });
    if (!compared)
        return fail(std::move(compared.error()));
    for (const auto& [place, sum] : days) {
        if (sum != 0)
            find("Payments to " + place.second + ", day " + std::to_string(place.first) +
                 ": there is no sum, the rows say " + std::to_string(sum) + " pico-dollars.");
    }
    return count;
}

Result<std::int64_t> checkSales(Database& database, const Find& find) {
    const auto known = findStrangers(database, "sales", namesOf(kSaleStates), "id", find);
    if (!known)
        return fail(known.error());
    std::int64_t count = 0;
    for (std::int64_t after = 0;;) {
        const auto rows =
            selectSales(database, *known + " AND sequence > ? ORDER BY sequence LIMIT ?",
                        {after, std::int64_t{kRowsAtOnce}});
        if (!rows)
            return fail(rows.error());
        for (const Sale& row : *rows) {
            if (const auto flaw = flawOf(row))
                find("Sale " + row.id + " (" + std::string(nameOf(row.state)) + "): " + *flaw +
                     ".");
        }
        count += static_cast<std::int64_t>(rows->size());
        if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
            break;
        after = rows->back().sequence;
    }
    return count;
}

Result<void> checkCredits(Database& database, const Find& find) {
    const std::string_view states[] = {"open", "taken", "spent", "void"};
    const auto known = findStrangers(database, "credits", states, "id", find);
    if (!known)
        return fail(known.error());
    const auto tell = [&find](std::string_view what) {
        return [&find, what](Statement& row) -> Result<void> {
            find("Sale " + std::string(row.text(0)) + ": " + std::string(what) + ".");
            return {};
        };
    };
    // One that was out when its block went may have been delivered.
    auto done = forEachRow(database,
                           "SELECT id FROM credits WHERE id NOT IN (SELECT id FROM sales WHERE "
                           "state = 'credit' OR (state IN ('reorged','failed') AND "
                           "credits.state <> 'open'))",
                           {}, tell("it has a credit and must not have one"));
    if (done)
        done = forEachRow(database,
                          "SELECT id FROM sales WHERE state = 'credit' AND id NOT IN "
                          "(SELECT id FROM credits WHERE state <> 'void')",
                          {}, tell("its credit is missing"));
    return done;
}

Result<void> checkRelayers(Database& database, const Find& find) {
    const std::string_view states[] = {"prepared", "broadcast", "mined", "replaced"};
    const auto known = findStrangers(database, "relayer_transactions", states, "hash", find);
    if (!known)
        return fail(known.error());
    return forEachRow(
        database, "SELECT nonce FROM relayer_transactions WHERE raw = ? OR hash = ? OR nonce < 0",
        {Blob{""}, std::string_view()}, [&find](Statement& row) -> Result<void> {
            find("The relayer's transaction with the nonce " + std::to_string(row.integer(0)) +
                 " has no bytes or no hash.");
            return {};
        });
}

}  // namespace

Result<PaymentCounts> checkPayments(Database& database,
                                    const std::function<void(std::string)>& find) {
    const auto purchases = checkPurchases(database, find);
    if (!purchases)
        return fail(purchases.error());
    const auto sales = checkSales(database, find);
    if (!sales)
        return fail(sales.error());
    for (const auto check : {checkCredits, checkRelayers}) {
        if (auto done = check(database, find); !done)
            return fail(std::move(done.error()));
    }
    return PaymentCounts{*purchases, *sales};
}

}  // namespace gr::ledger
