// SPDX-License-Identifier: MIT
#include "payment/spending_policy.h"

#include <algorithm>
#include <array>

#include "payment/token_amount.h"

namespace gr::payment {
namespace {

using Kind = SpendingVerdict::Kind;
using Reason = SpendingReason;

// An agent that loops pays often; one that works waits for answers in between.
constexpr int kMostInAMinute = 60;
constexpr int kMostUnserved = 3;

std::string dollars(Money money) {
    return "$" + money.toDecimal();
}

SpendingVerdict refuse(Reason reason, std::string words) {
    return {Kind::Refuse, reason, std::move(words)};
}

SpendingVerdict hold(Reason reason, std::string words) {
    return {Kind::Hold, reason, std::move(words)};
}

// Whether `spent` and this payment are within `cap`.
bool fits(Money spent, Money usd, const std::optional<Money>& cap) {
    if (!cap)
        return true;
    const auto sum = spent.plus(usd);
    return sum && *sum <= *cap;
}

struct CapReasons {
    Reason perPayment;
    Reason perHour;
    Reason perDay;
    Reason total;
};
constexpr CapReasons kAll{Reason::PerPayment, Reason::PerHour, Reason::PerDay, Reason::Total};
constexpr CapReasons kPayee{Reason::PayeePerPayment, Reason::PayeePerHour, Reason::PayeePerDay,
                            Reason::PayeeTotal};

struct Spent {
    Money hour;
    Money day;
    Money total;
};

std::optional<SpendingVerdict> overCap(const SpendingCaps& caps, const Spent& spent, Money usd,
                                       const CapReasons& reasons, const std::string& whose) {
    if (!fits(Money(), usd, caps.perPayment)) {
        return refuse(reasons.perPayment, "The payment of " + dollars(usd) + " is above the " +
                                              dollars(*caps.perPayment) + " that one payment" +
                                              whose + " may be.");
    }
    struct Window {
        const std::optional<Money>& cap;
        Money spent;
        Reason reason;
        std::string_view name;
    };
    const std::array<Window, 3> windows{{
        {caps.perHour, spent.hour, reasons.perHour, "an hour"},
        {caps.perDay, spent.day, reasons.perDay, "a day"},
        {caps.total, spent.total, reasons.total, "in all"},
    }};
    for (const Window& window : windows) {
        if (fits(window.spent, usd, window.cap))
            continue;
        return refuse(window.reason, "The payment of " + dollars(usd) +
                                         " does not fit: " + dollars(window.spent) + " of the " +
                                         dollars(*window.cap) + " that may be paid" + whose + " " +
                                         std::string(window.name) + " is spent or signed for.");
    }
    return std::nullopt;
}

const PayeeRule* ruleFor(const SpendingPolicy& policy, std::string_view host) {
    if (!policy.payees)
        return nullptr;
    const auto found = std::find_if(policy.payees->begin(), policy.payees->end(),
                                    [host](const PayeeRule& rule) { return rule.host == host; });
    return found != policy.payees->end() ? &*found : nullptr;
}

// What no person can lift for this payment.
std::optional<SpendingVerdict> refusal(const SpendingPolicy& policy, const PaymentAsk& ask,
                                       const ledger::SpendingSums& sums) {
    const std::string host(ask.host);
    if (ask.paused)
        return refuse(Reason::Paused, "Payments are paused; nothing is paid until they go on.");
    const PayeeRule* const rule = ruleFor(policy, ask.host);
    if (policy.payees && rule == nullptr) {
        return refuse(Reason::PayeeForbidden,
                      host + " is not among the payees of the wallet's policy.");
    }
    if (auto over = overCap(policy.caps, {sums.hour, sums.day, sums.total}, ask.usd, kAll, ""))
        return over;
    if (rule != nullptr) {
        if (auto over = overCap(rule->caps, {sums.payeeHour, sums.payeeDay, sums.payeeTotal},
                                ask.usd, kPayee, " to " + host))
            return over;
    }
    if (!fits(sums.payeeOutstanding, ask.usd, policy.caps.perHour)) {
        return refuse(Reason::Outstanding, "Payments of " + dollars(sums.payeeOutstanding) +
                                               " to " + host +
                                               " are signed and not settled yet; with this one "
                                               "they would be more than may be paid in an hour.");
    }
    if (sums.payeeMinute >= kMostInAMinute) {
        return refuse(Reason::Loop, std::to_string(sums.payeeMinute) + " payments to " + host +
                                        " within a minute look like a loop; wait a minute.");
    }
    return std::nullopt;
}

// What a person can lift.
std::optional<SpendingVerdict> holdOf(const SpendingPolicy& policy, const PaymentAsk& ask,
                                      const ledger::SpendingSums& sums) {
    const std::string host(ask.host);
    if (sums.clockDoubtMs)
        return hold(Reason::Clock,
                    "This machine's clock leapt; what was spent today cannot be told.");
    const bool seen = sums.payee.has_value();
    const bool paidBefore = sums.originTotal > Money();
    const std::string payTo = ask.payTo.toHex();
    if (seen && sums.payee->address != payTo && (paidBefore || sums.payee->allowedAt)) {
        return hold(Reason::PayeeMoved, host + " wants the money at " + payTo +
                                            "; before, it was " + sums.payee->address + ".");
    }
    if (sums.payeeUnserved >= kMostUnserved) {
        return hold(Reason::Unserved, "The last " + std::to_string(sums.payeeUnserved) +
                                          " payments to " + host + " brought no answer.");
    }
    if (seen && ask.usd <= sums.payee->alwaysUpTo)
        return std::nullopt;
    if (!ask.bound) {
        return hold(Reason::PriceUnknown,
                    "What this request should cost is not known, so the price of " +
                        dollars(ask.usd) + " cannot be judged.");
    }
    const bool allowed = seen && sums.payee->allowedAt.has_value();
    const bool known = allowed || paidBefore || ruleFor(policy, ask.host) != nullptr;
    if (!known && policy.newPayee == NewPayee::Ask)
        return hold(Reason::PayeeNew, host + " was never paid before.");
    if (ask.usd > policy.askAbove) {
        return hold(Reason::AskAbove, dollars(ask.usd) + " is above " + dollars(policy.askAbove) +
                                          ", from where you want to be asked.");
    }
    return std::nullopt;
}

}  // namespace

SpendingVerdict decideSpending(const SpendingPolicy& policy, const PaymentAsk& ask,
                               const ledger::SpendingSums& sums) {
    if (auto no = refusal(policy, ask, sums))
        return std::move(*no);
    const std::string host(ask.host);
    if (ask.bound && ask.usd > fairPrice(*ask.bound, policy.fairPricePermille)) {
        return refuse(Reason::PriceTooHigh, host + " asks " + dollars(ask.usd) +
                                                " for a request that should cost " +
                                                dollars(*ask.bound) + " at most.");
    }
    if (auto wait = holdOf(policy, ask, sums))
        return std::move(*wait);
    return {};
}

SpendingVerdict decideApproved(const SpendingPolicy& policy, const PaymentAsk& ask,
                               const ledger::SpendingSums& sums) {
    if (auto no = refusal(policy, ask, sums))
        return std::move(*no);
    return {};
}

}  // namespace gr::payment
