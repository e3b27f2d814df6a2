// SPDX-License-Identifier: MIT
#include "settings/policy_text.h"

#include "json/writer.h"
#include "settings/json_take.h"

namespace gr::settings {
namespace {

using payment::SpendingCaps;
using payment::SpendingPolicy;

constexpr std::string_view kVersion = "1";

void write(json::Writer& out, std::string_view name, const std::optional<Money>& cap) {
    out.key(name);
    if (cap)
        out.string(cap->toDecimal());
    else
        out.null();
}

void write(json::Writer& out, const SpendingCaps& caps) {
    write(out, "per_payment", caps.perPayment);
    write(out, "per_hour", caps.perHour);
    write(out, "per_day", caps.perDay);
    write(out, "total", caps.total);
}

// Each member must be there: what is missing would be no cap.
bool read(const JsonNode& node, std::string_view name, std::optional<Money>& cap) {
    const JsonNode* const member = node.find(name);
    if (member == nullptr || (!member->isNull() && !member->isString()))
        return false;
    cap = member->isNull() ? std::nullopt : Money::parse(member->text);
    return member->isNull() || (cap && *cap >= Money());
}

bool read(const JsonNode& node, SpendingCaps& caps) {
    return read(node, "per_payment", caps.perPayment) && read(node, "per_hour", caps.perHour) &&
           read(node, "per_day", caps.perDay) && read(node, "total", caps.total);
}

bool readPayees(const JsonNode& node, SpendingPolicy& policy) {
    const JsonNode* const list = node.find("payees");
    if (list == nullptr || (!list->isNull() && !list->isArray()))
        return false;
    if (list->isNull())
        return true;
    policy.payees.emplace();
    for (const JsonNode& item : list->items) {
        payment::PayeeRule& rule = policy.payees->emplace_back();
        take(item, "host", rule.host);
        if (rule.host.empty() || !read(item, rule.caps))
            return false;
    }
    return true;
}

}  // namespace

std::string policyText(const SpendingPolicy& policy) {
    json::Writer out;
    out.object().key("version").string(kVersion);
    write(out, policy.caps);
    out.key("ask_above").string(policy.askAbove.toDecimal());
    out.key("fair_permille").number(policy.fairPricePermille);
    out.key("ask_new").boolean(policy.newPayee == payment::NewPayee::Ask);
    out.key("payees");
    if (!policy.payees)
        return out.null().end().take();
    out.array();
    for (const payment::PayeeRule& rule : *policy.payees) {
        out.object().key("host").string(rule.host);
        write(out, rule.caps);
        out.end();
    }
    return out.end().end().take();
}

Result<SpendingPolicy> readPolicyText(std::string_view text) {
    const auto node = parseJson(text);
    SpendingPolicy policy;
    std::optional<Money> askAbove;
    std::string version;
    if (node)
        take(*node, "version", version);
    const JsonNode* const fair = node ? node->find("fair_permille") : nullptr;
    const JsonNode* const askNew = node ? node->find("ask_new") : nullptr;
    const std::int64_t permille = fair != nullptr ? fair->integer().value_or(-1) : -1;
    if (version != kVersion || !read(*node, policy.caps) || !read(*node, "ask_above", askAbove) ||
        !askAbove || permille < 0 || askNew == nullptr || !askNew->isBool() ||
        !readPayees(*node, policy))
        return fail(ErrorCode::InvalidField, "The approved policy in the vault cannot be read.");
    policy.askAbove = *askAbove;
    policy.fairPricePermille = permille;
    policy.newPayee = askNew->boolean ? payment::NewPayee::Ask : payment::NewPayee::WithinLimits;
    return policy;
}

}  // namespace gr::settings
