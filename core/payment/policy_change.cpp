// SPDX-License-Identifier: MIT
#include "payment/policy_change.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gr::payment {
namespace {

constexpr std::array<std::pair<const char*, std::optional<Money> SpendingCaps::*>, 4> kCaps{{
    {"per_payment", &SpendingCaps::perPayment},
    {"per_hour", &SpendingCaps::perHour},
    {"per_day", &SpendingCaps::perDay},
    {"total", &SpendingCaps::total},
}};

using Names = std::vector<std::string>;

// No cap is looser than any.
bool looser(const std::optional<Money>& asked, const std::optional<Money>& approved) {
    return approved && (!asked || *asked > *approved);
}

SpendingCaps tightestCaps(const SpendingCaps& approved, const SpendingCaps& asked,
                          const std::string& path, Names& loosened) {
    SpendingCaps caps = asked;
    for (const auto& [name, cap] : kCaps) {
        if (!looser(asked.*cap, approved.*cap))
            continue;
        caps.*cap = approved.*cap;
        loosened.push_back(path + name);
    }
    return caps;
}

const PayeeRule* find(const std::vector<PayeeRule>& rules, const std::string& host) {
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&host](const PayeeRule& rule) { return rule.host == host; });
    return found != rules.end() ? &*found : nullptr;
}

// A list is stricter than none; a host on it is paid without a question, though.
std::optional<std::vector<PayeeRule>> tightestPayees(const SpendingPolicy& approved,
                                                     const SpendingPolicy& asked, Names& loosened) {
    if (!asked.payees) {
        if (approved.payees)
            loosened.emplace_back("payees");
        return approved.payees;
    }
    const bool anybody = !approved.payees && approved.newPayee == NewPayee::WithinLimits;
    std::vector<PayeeRule> rules;
    for (const PayeeRule& rule : *asked.payees) {
        const std::string path = "payees[" + rule.host + "]";
        const PayeeRule* const known =
            approved.payees ? find(*approved.payees, rule.host) : nullptr;
        if (known != nullptr)
            rules.push_back(
                {rule.host, tightestCaps(known->caps, rule.caps, path + ".", loosened)});
        else if (anybody)
            rules.push_back(rule);
        else
            loosened.push_back(path);
    }
    return rules;
}

}  // namespace

EffectivePolicy tightest(const SpendingPolicy& approved, const SpendingPolicy& asked) {
    EffectivePolicy effective;
    Names& loosened = effective.loosened;
    SpendingPolicy& policy = effective.policy;
    policy.caps = tightestCaps(approved.caps, asked.caps, "", loosened);
    policy.askAbove = std::min(approved.askAbove, asked.askAbove);
    if (asked.askAbove > approved.askAbove)
        loosened.emplace_back("ask_above");
    policy.fairPricePermille = std::min(approved.fairPricePermille, asked.fairPricePermille);
    if (asked.fairPricePermille > approved.fairPricePermille)
        loosened.emplace_back("fair_price_factor");
    policy.newPayee = asked.newPayee;
    if (asked.newPayee == NewPayee::WithinLimits && approved.newPayee == NewPayee::Ask) {
        policy.newPayee = NewPayee::Ask;
        loosened.emplace_back("approve_new");
    }
    policy.payees = tightestPayees(approved, asked, loosened);
    return effective;
}

}  // namespace gr::payment
