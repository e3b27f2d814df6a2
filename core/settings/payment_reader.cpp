// SPDX-License-Identifier: MIT
#include "settings/payment_reader.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "settings/json_take.h"

namespace gr::settings {
namespace {

payment::SpendingCaps capsOf(const JsonNode& node, payment::SpendingCaps caps) {
    take(node, "per_payment", caps.perPayment);
    take(node, "per_hour", caps.perHour);
    take(node, "per_day", caps.perDay);
    take(node, "total", caps.total);
    return caps;
}

std::vector<payment::PayeeRule> payeesOf(const JsonNode& list) {
    std::vector<payment::PayeeRule> rules;
    for (const JsonNode& item : list.items) {
        payment::PayeeRule rule;
        if (item.isString())
            rule.host = item.text;
        take(item, "host", rule.host);
        rule.host = toLower(rule.host);
        rule.caps = capsOf(item, {});
        rules.push_back(std::move(rule));
    }
    return rules;
}

// The policy's own member, else the one beside it.
const JsonNode& inPolicyOrBeside(const JsonNode& wallet, std::string_view name) {
    const JsonNode* const own = section(wallet, "policy").find(name);
    return own != nullptr ? *own : section(wallet, name);
}

// A share of `whole`, rounded down: 20.5 of 100 % are 2,050 hundredths of one.
std::int64_t scaled(double value, double scale) {
    return static_cast<std::int64_t>(std::floor(value * scale + 1e-6));
}

Settlement settlementOf(const JsonNode& node) {
    Settlement settlement;
    take(node, "facilitator", settlement.facilitator);
    settlement.bearer = secretOf(section(node, "bearer"));
    take(node, "cdp_key_id", settlement.cdpKeyId);
    settlement.cdpKey = secretOf(section(node, "cdp_key"));
    const JsonNode& self = section(node, "self");
    settlement.relayerKey = secretOf(section(self, "relayer_key"));
    take(self, "rpc", settlement.rpc);
    take(self, "coin_usd", settlement.coinUsd);
    take(self, "gas_per_settlement_usd", settlement.gasPerSettlement);
    take(self, "gas_per_day_usd", settlement.gasPerDay);
    return settlement;
}

}  // namespace

payment::SpendingPolicy spendingPolicyOf(const JsonNode& wallet) {
    payment::SpendingPolicy policy;
    const JsonNode& node = section(wallet, "policy");
    policy.caps = capsOf(node, policy.caps);
    std::optional<Money> askAbove;
    take(node, "ask_above", askAbove);
    // The standard one must not hinder a smaller cap.
    policy.askAbove = askAbove.value_or(
        std::min(policy.askAbove, policy.caps.perPayment.value_or(policy.askAbove)));
    double factor = static_cast<double>(policy.fairPricePermille) / 1'000;
    take(node, "fair_price_factor", factor);
    policy.fairPricePermille = scaled(factor, 1'000);
    if (const JsonNode& payees = inPolicyOrBeside(wallet, "payees"); payees.isArray())
        policy.payees = payeesOf(payees);
    if (inPolicyOrBeside(wallet, "approve_new").text == "within_limits")
        policy.newPayee = payment::NewPayee::WithinLimits;
    return policy;
}

void takeWalletKey(const JsonNode& wallet, Wallet& out) {
    if (auto key = secretOf(section(wallet, "key")))
        out.key = std::move(*key);
    out.watchOnly = payment::Address::parse(section(wallet, "address").text);
    takeNumber(wallet, "lock_after_minutes", out.lockAfterMinutes);
}

Sell sellOf(const JsonNode& node) {
    Sell sell;
    take(node, "enabled", sell.enabled);
    sell.payTo = payment::Address::parse(section(node, "pay_to").text);
    take(node, "networks", sell.networks);
    if (const JsonNode& schemes = section(node, "schemes"); schemes.isArray()) {
        const std::vector<std::string> names = textsOf(schemes);
        const auto offers = [&names](std::string_view name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        sell.exact = offers("exact");
        sell.upto = offers("upto");
    }
    take(node, "models", sell.models);
    const JsonNode& price = section(node, "price");
    double markup = static_cast<double>(sell.markupPermyriad) / 100;
    take(price, "markup_percent", markup);
    sell.markupPermyriad = scaled(markup, 100);
    take(price, "minimum_usd", sell.minimum);
    takeNumber(price, "default_output_tokens", sell.defaultOutput);
    sell.settlement = settlementOf(section(node, "settle"));
    take(node, "accept_test_money", sell.acceptTestMoney);
    take(node, "public_url", sell.publicUrl);
    take(node, "large_usd", sell.large);
    take(node, "unfinal_usd", sell.unfinal);
    return sell;
}

}  // namespace gr::settings
