// SPDX-License-Identifier: MIT
#include "app/limits_view.h"

#include <QJsonArray>
#include <algorithm>
#include <array>

namespace gr::app {

using namespace Qt::StringLiterals;
using ledger::LimitUnit;
using ledger::ScopeKind;

namespace {

constexpr std::array kUnits{LimitUnit::Usd, LimitUnit::Tokens, LimitUnit::Requests};
constexpr std::array kScopes{ScopeKind::All, ScopeKind::Client, ScopeKind::Provider,
                             ScopeKind::Model, ScopeKind::Payee};

// In the order of AtLimit.
constexpr std::array<std::string_view, 3> kActions{"refuse", "cheaper", "ask"};

std::string textOf(const QJsonValue& value) {
    return value.toString().toStdString();
}

template <class Kinds>
auto kindOf(const Kinds& kinds, const std::string& name)
    -> std::optional<typename Kinds::value_type> {
    for (const auto kind : kinds) {
        if (nameOf(kind) == name) {
            return kind;
        }
    }
    return std::nullopt;
}

// Sums in USD come as decimal strings, the rest as numbers.
std::int64_t amountOf(LimitUnit unit, const QJsonValue& value) {
    return unit == LimitUnit::Usd ? Money::parse(textOf(value)).value_or(Money()).pico()
                                  : value.toInteger();
}

Result<ui::LimitInfo> readLimit(const QJsonObject& one) {
    const auto unknown = [&](const char* member) {
        return fail(ErrorCode::BadRequest, std::string("The running gateway tells of a limit "
                                                       "whose \"") +
                                               member + "\" this window does not know: \"" +
                                               textOf(one[QLatin1StringView(member)]) + "\".");
    };
    ui::LimitInfo info;
    ledger::Limit& limit = info.limit;
    const auto scope = kindOf(kScopes, textOf(one["scope"_L1]));
    const auto unit = kindOf(kUnits, textOf(one["unit"_L1]));
    const auto window = ledger::windowKind(textOf(one["window"_L1]));
    if (!scope) {
        return unknown("scope");
    }
    if (!unit) {
        return unknown("unit");
    }
    if (!window) {
        return unknown("window");
    }
    const std::string atLimit = textOf(one["at_limit"_L1]);
    const auto action = std::ranges::find(kActions, atLimit);
    if (action == kActions.end()) {
        return unknown("at_limit");
    }
    limit.atLimit = static_cast<ledger::AtLimit>(action - kActions.begin());
    const std::string guarantee = textOf(one["guarantee"_L1]);
    if (guarantee != "hard" && guarantee != "estimate") {
        return unknown("guarantee");
    }
    limit.guarantee = guarantee == "hard" ? ledger::Guarantee::Hard : ledger::Guarantee::Estimate;
    limit.scope = *scope;
    limit.unit = *unit;
    limit.window = *window;
    limit.name = textOf(one["name"_L1]);
    limit.client = textOf(one["client"_L1]);
    limit.standard = one["standard"_L1].toBool();
    limit.amount = amountOf(*unit, one["amount"_L1]);
    info.allowed = amountOf(*unit, one["allowed"_L1]);
    info.stranded = amountOf(*unit, one["stranded"_L1]);
    info.spent = amountOf(*unit, one["spent"_L1]);
    info.reserved = amountOf(*unit, one["reserved"_L1]);
    info.elsewhere = amountOf(*unit, one["elsewhere"_L1]);
    info.known = one["known"_L1].toBool();
    info.window.start = one["begins"_L1].toInteger();
    info.window.end = one["ends"_L1].toInteger(ledger::kEndOfTime);
    return info;
}

}  // namespace

ui::LimitsView limitsView(const gateway::LimitsStatus& status) {
    ui::LimitsView view;
    view.clockLeapMs = status.clockLeapMs;
    for (const ledger::LimitState& state : status.limits) {
        ui::LimitInfo& info = view.limits.emplace_back();
        info.limit = state.limit;
        info.limit.zone.reset();
        info.window = state.window;
        info.allowed = state.allowed;
        info.spent = state.spent;
        info.stranded = state.stranded;
        info.reserved = state.reserved;
        info.elsewhere = state.elsewhere;
        info.known = state.told;
    }
    for (const gateway::LimitQuestion& one : status.questions) {
        view.questions.push_back({.id = one.id,
                                  .client = one.client,
                                  .model = one.provider + "/" + one.model,
                                  .unit = one.refusal.limit.unit,
                                  .needed = one.refusal.needed,
                                  .lacking = one.lacking(),
                                  .until = one.until});
    }
    return view;
}

Result<ui::LimitsView> readLimits(const QJsonObject& answer) {
    ui::LimitsView view;
    if (const QJsonValue leap = answer["clock_leap_ms"_L1]; leap.isDouble()) {
        view.clockLeapMs = leap.toInteger();
    }
    for (const QJsonValue& one : answer["limits"_L1].toArray()) {
        auto info = readLimit(one.toObject());
        if (!info) {
            return fail(info.error());
        }
        view.limits.push_back(std::move(*info));
    }
    for (const QJsonValue& one : answer["questions"_L1].toArray()) {
        const auto unit = kindOf(kUnits, textOf(one["unit"_L1]));
        if (!unit) {
            continue;
        }
        view.questions.push_back(
            {.id = textOf(one["id"_L1]),
             .client = textOf(one["client"_L1]),
             .model = textOf(one["provider"_L1]) + "/" + textOf(one["model"_L1]),
             .unit = *unit,
             .needed = amountOf(*unit, one["needed"_L1]),
             .lacking = amountOf(*unit, one["lacking"_L1]),
             .until = UnixMs{one["until"_L1].toInteger()}});
    }
    return view;
}

}  // namespace gr::app
