// SPDX-License-Identifier: MIT
#include "gateway/limit_words.h"

#include "base/money.h"
#include "base/time_text.h"

namespace gr::gateway {
namespace {

using ledger::LimitUnit;
using ledger::ScopeKind;
using ledger::WindowKind;

std::string quoted(const std::string& name) {
    return "\"" + name + "\"";
}

std::string scopeText(const ledger::Limit& limit) {
    const std::string inside = limit.client.empty() || limit.scope == ScopeKind::Client
                                   ? std::string()
                                   : " of the client " + quoted(limit.client);
    if (limit.scope == ScopeKind::All)
        return inside.empty() ? "everything" : "everything" + inside;
    return "the " + std::string(nameOf(limit.scope)) + " " + quoted(limit.name) + inside;
}

std::string windowText(WindowKind window) {
    if (window == WindowKind::Total)
        return " in total";
    return (window == WindowKind::Hour ? " an " : " a ") + std::string(nameOf(window));
}

std::string situation(const ledger::Refusal& refusal) {
    const LimitUnit unit = refusal.limit.unit;
    const std::string needed = amountText(unit, refusal.needed);
    const std::string request =
        unit == LimitUnit::Requests ? "" : " This request may take up to " + needed + ".";
    switch (refusal.why) {
        case ledger::Refusal::Why::TooLarge:
            return "This request may take up to " + needed +
                   ", more than the whole limit; ask for a shorter answer (max tokens), or raise "
                   "the limit.";
        case ledger::Refusal::Why::Busy:
            return amountText(unit, refusal.spent) + " is spent, " +
                   amountText(unit, refusal.reserved) +
                   " is reserved by requests that are still running and did not end in time." +
                   request;
        default:
            return amountText(unit, refusal.spent) + " is spent and " +
                   amountText(unit, refusal.reserved) + " reserved by running requests." + request;
    }
}

}  // namespace

std::string amountText(LimitUnit unit, std::int64_t amount) {
    if (unit == LimitUnit::Usd)
        return "$" + Money::fromPico(amount).toDecimal();
    return std::to_string(amount) + " " + std::string(nameOf(unit));
}

std::string describe(const ledger::Limit& limit) {
    return amountText(limit.unit, limit.amount) + windowText(limit.window) + " for " +
           scopeText(limit);
}

std::string describe(const ledger::LimitState& state) {
    const LimitUnit unit = state.limit.unit;
    std::string text = describe(state.limit) + ": ";
    if (!state.told)
        return text + "not known yet, the ledger has not answered";
    text +=
        amountText(unit, state.spent) + " spent, " + amountText(unit, state.reserved) + " reserved";
    if (state.stranded > 0)
        text += " (" + amountText(unit, state.stranded) +
                " of what is spent was held by gateways that ended suddenly)";
    if (state.allowed > 0)
        text += ", " + amountText(unit, state.allowed) + " more allowed in this window";
    if (state.elsewhere > 0)
        text += ", " + amountText(unit, state.elsewhere) + " set aside for other gateways";
    if (state.window.end != ledger::kEndOfTime)
        text += ", anew at " + isoTime({state.window.end});
    return text;
}

Error refusalError(const ledger::Refusal& refusal) {
    if (refusal.why == ledger::Refusal::Why::Unreachable) {
        return {ErrorCode::Overloaded, "The ledger could not be asked whether the limit of " +
                                           describe(refusal.limit) +
                                           " has room, so nothing was sent. Its log says why."};
    }
    std::string text =
        "The limit of " + describe(refusal.limit) + " has no room. " + situation(refusal);
    if (refusal.allowed > 0)
        text += " " + amountText(refusal.limit.unit, refusal.allowed) +
                " more was allowed in this window.";
    if (refusal.window.end != ledger::kEndOfTime)
        text += " It begins anew at " + isoTime({refusal.window.end}) + ".";
    return {ErrorCode::LimitReached, std::move(text)};
}

}  // namespace gr::gateway
