// SPDX-License-Identifier: MIT
#include "models/policy_words.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>

#include "format.h"
#include "models/payment_text.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using payment::PayeeRule;
using payment::SpendingCaps;
using payment::SpendingPolicy;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(PolicyWords)
};

QString capText(const std::optional<Money>& cap) {
    return cap ? moneyExact(*cap) : Say::tr("no cap");
}

// One of the four caps by its name in the configuration; nothing: it is another field.
std::optional<PolicyLine> capLine(std::string_view field, const SpendingCaps& before,
                                  const SpendingCaps& after) {
    const auto line = [&](const QString& rule, std::optional<Money> SpendingCaps::*cap) {
        return PolicyLine{rule, capText(before.*cap), capText(after.*cap)};
    };
    if (field == "per_payment") {
        return line(Say::tr("A payment"), &SpendingCaps::perPayment);
    }
    if (field == "per_hour") {
        return line(Say::tr("An hour"), &SpendingCaps::perHour);
    }
    if (field == "per_day") {
        return line(Say::tr("A day"), &SpendingCaps::perDay);
    }
    if (field == "total") {
        return line(Say::tr("In all"), &SpendingCaps::total);
    }
    return std::nullopt;
}

const PayeeRule* ruleOf(const SpendingPolicy& policy, std::string_view host) {
    if (!policy.payees) {
        return nullptr;
    }
    const auto found = std::ranges::find(*policy.payees, host, &PayeeRule::host);
    return found == policy.payees->end() ? nullptr : &*found;
}

QString payeesText(const SpendingPolicy& policy) {
    return policy.payees ? Say::tr("%n hosts", nullptr, static_cast<int>(policy.payees->size()))
                         : Say::tr("anybody");
}

QString factorText(std::int64_t permille) {
    return QLocale().toString(static_cast<double>(permille) / 1000.0, 'g', 6);
}

QString newPayeeText(payment::NewPayee choice) {
    return choice == payment::NewPayee::Ask ? Say::tr("a person is asked")
                                            : Say::tr("paid without a question");
}

// "payees[HOST]" and "payees[HOST].CAP".
PolicyLine payeeLine(std::string_view field, const payment::PolicyChange& change) {
    const std::size_t begin = field.find('[') + 1;
    const std::size_t end = field.find(']', begin);
    const std::string_view host = field.substr(begin, end - begin);
    const QString name = plainLine(host, 80);
    const PayeeRule* before = ruleOf(change.approved, host);
    const PayeeRule* after = ruleOf(change.asked, host);
    if (end + 2 < field.size() && before != nullptr && after != nullptr) {
        if (auto line = capLine(field.substr(end + 2), before->caps, after->caps)) {
            line->rule = Say::tr("%1: %2").arg(name, line->rule);
            return *line;
        }
    }
    return {name, Say::tr("not on the list"), Say::tr("paid without a question")};
}

PolicyLine lineOf(std::string_view field, const payment::PolicyChange& change) {
    const SpendingPolicy& before = change.approved;
    const SpendingPolicy& after = change.asked;
    if (const auto cap = capLine(field, before.caps, after.caps)) {
        return *cap;
    }
    if (field == "ask_above") {
        return {Say::tr("A person is asked above"), moneyExact(before.askAbove),
                moneyExact(after.askAbove)};
    }
    if (field == "fair_price_factor") {
        return {Say::tr("A price may be our estimate times"), factorText(before.fairPricePermille),
                factorText(after.fairPricePermille)};
    }
    if (field == "approve_new") {
        return {Say::tr("The first payment to each payee"), newPayeeText(before.newPayee),
                newPayeeText(after.newPayee)};
    }
    if (field == "payees") {
        return {Say::tr("Who may be paid"), payeesText(before), payeesText(after)};
    }
    return payeeLine(field, change);
}

}  // namespace

std::vector<PolicyLine> policyLines(const payment::PolicyChange& change) {
    std::vector<PolicyLine> lines;
    for (const std::string& field : change.loosened) {
        lines.push_back(lineOf(field, change));
    }
    return lines;
}

}  // namespace gr::ui
