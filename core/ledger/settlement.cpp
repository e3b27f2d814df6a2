// SPDX-License-Identifier: MIT
#include "ledger/settlement.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ledger/attempt_sums.h"

namespace gr::ledger {
namespace {

bool counts(const Limit& limit, const RequestRecord& request, const Attempt& attempt) {
    return limit.matches({request.client, attempt.provider, attempt.model, {}});
}

// What a limit was to be charged, with `told` for what was unknown; absent: some of the unknown
// attempts count under it and some do not.
std::optional<std::int64_t> owed(const Limit& limit, const RequestRecord& request, Money told) {
    std::int64_t known = 0;
    bool some = false;
    bool all = true;
    for (const Attempt& attempt : request.attempts) {
        const bool counted = counts(limit, request, attempt);
        if (attempt.cost)
            known = addCapped(known, counted ? attempt.cost->pico() : 0);
        else
            (counted ? some : all) = counted;
    }
    if (some && !all)
        return std::nullopt;
    return some ? addCapped(known, told.pico()) : known;
}

}  // namespace

Result<RequestRecord> settlementOf(const RequestRecord& request, Money told,
                                   std::span<const Limit> limits, std::string id) {
    if (request.cost || request.settlement)
        return fail(ErrorCode::InvalidField,
                    "The cost of \"" + request.id + "\" is known; there is nothing to settle.");
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> charged;
    for (const Charge& charge : request.charges)
        charged[{charge.account, charge.windowMs}] += charge.amount;
    RequestRecord row;
    for (const auto& [place, amount] : charged) {
        const auto limit = std::find_if(limits.begin(), limits.end(), [&](const Limit& each) {
            return each.unit == LimitUnit::Usd && each.key() == place.first;
        });
        if (limit == limits.end())
            continue;
        const auto sum = owed(*limit, request, told);
        if (!sum)
            return fail(
                ErrorCode::InvalidField,
                "Attempts at several providers or models have no known cost, and the limit " +
                    place.first + " counts only some of them.");
        if (*sum != amount)
            row.charges.push_back({place.first, place.second, *sum - amount, 0});
    }
    row.id = std::move(id);
    row.settlement = true;
    row.startedAt = request.startedAt;
    row.client = request.client;
    row.endpoint = "settlement";
    row.askedModel = request.id;
    row.provider = request.provider;
    row.model = request.model;
    row.outcome = request.outcome;
    row.simulated = request.simulated;
    Attempt attempt;
    attempt.provider = request.provider;
    attempt.model = request.model;
    attempt.cost = knownCostOf(request.attempts).plus(told);
    attempt.basis = CostBasis::Reported;
    row.cost = attempt.cost;
    row.attempts.push_back(std::move(attempt));
    return row;
}

}  // namespace gr::ledger
