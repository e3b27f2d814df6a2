// SPDX-License-Identifier: MIT
#include "app/ledger_control.h"

#include <algorithm>

#include "base/ulid.h"
#include "ledger/reader.h"
#include "ledger/settlement.h"

namespace gr::app {
namespace {

constexpr int kMostOfOneMoment = 10'000;  // rows that began in the same millisecond

Result<bool> isSettled(ledger::Reader& reader, const ledger::RequestRecord& request) {
    ledger::Filter moment;
    moment.from = request.startedAt;
    moment.to = UnixMs{request.startedAt.value + 1};
    const auto rows = reader.page(moment, {}, kMostOfOneMoment);
    if (!rows)
        return fail(rows.error());
    return std::any_of(rows->begin(), rows->end(), [&request](const ledger::StoredRecord& row) {
        return row.record.settlement && row.record.askedModel == request.id;
    });
}

}  // namespace

Result<void> settleByHand(Engine& engine, const gateway::GatewayHost& host, const std::string& id,
                          const std::string& usd) {
    const auto told = Money::parse(usd);
    if (!told || *told < Money())
        return failField(ErrorCode::InvalidField, "amount",
                         "\"" + usd + "\" is no sum in USD; write it as 0.0125.");
    ledger::Ledger& books = engine.ledger();
    books.flush();
    auto reader = ledger::Reader::open(engine.ledgerLocation());
    if (!reader)
        return fail(reader.error());
    const auto request = reader->find(id);
    if (!request)
        return fail(request.error());
    if (!*request)
        return fail(ErrorCode::RecordNotFound, "The books have no request \"" + id + "\".");
    const auto before = isSettled(*reader, (*request)->record);
    if (!before)
        return fail(before.error());
    if (*before)
        return failField(ErrorCode::InvalidField, "id", "\"" + id + "\" was settled before.");
    std::vector<ledger::Limit> limits;
    for (ledger::LimitState& state : host.limits().limits)
        limits.push_back(std::move(state.limit));
    auto row = ledger::settlementOf((*request)->record, *told, limits,
                                    newRequestId((*request)->record.startedAt));
    if (!row)
        return fail(row.error());
    books.append(std::move(*row));
    books.flush();
    return {};
}

}  // namespace gr::app
