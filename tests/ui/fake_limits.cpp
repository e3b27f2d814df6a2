// SPDX-License-Identifier: MIT
#include "fake_backend.h"
#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

// Limits in every state: with room, nearly reached, reached, all reserved, and not known yet.
void FakeBackend::fillLimits() {
    using ledger::LimitUnit;
    using ledger::ScopeKind;
    using ledger::WindowKind;
    const std::int64_t dollar = Money::kPicoPerDollar;
    const auto add = [&](ScopeKind scope, const char* name, WindowKind window, LimitUnit unit,
                         std::int64_t amount, std::int64_t spent, std::int64_t reserved) {
        LimitInfo& info = limits.limits.emplace_back();
        info.limit.scope = scope;
        info.limit.name = name;
        info.limit.window = window;
        info.limit.unit = unit;
        info.limit.amount = amount;
        info.window = ledger::windowAt(window, fixedClock.time, {});
        info.spent = spent;
        info.reserved = reserved;
    };
    add(ScopeKind::All, "", WindowKind::Day, LimitUnit::Usd, 5 * dollar, 12 * dollar / 10,
        dollar * 3 / 10);
    limits.limits[0].elsewhere = dollar / 4;
    add(ScopeKind::All, "", WindowKind::Month, LimitUnit::Usd, 60 * dollar, 56 * dollar, 0);
    limits.limits[1].limit.guarantee = ledger::Guarantee::Estimate;
    add(ScopeKind::Client, "editor", WindowKind::Hour, LimitUnit::Requests, 100, 100, 0);
    add(ScopeKind::Model, "gpt-*", WindowKind::Week, LimitUnit::Tokens, 2'000'000, 1'200'000,
        800'000);
    add(ScopeKind::Provider, "deepseek", WindowKind::Total, LimitUnit::Usd, 10 * dollar,
        dollar * 3 / 100, 0);
    limits.limits[4].limit.client = "notebook";
    add(ScopeKind::Client, "my-tools", WindowKind::Day, LimitUnit::Usd, 2 * dollar, 0, 0);
    limits.limits[5].known = false;
}

void FakeBackend::answerQuestion(QObject* context, const std::string& id, bool goesOn,
                                 Reply<void> reply) {
    command((goesOn ? u"allow "_s : u"refuse "_s) + text(id));
    answer(context, std::move(reply), [&] {
        std::erase_if(limits.questions, [&](const LimitQuestion& one) { return one.id == id; });
    });
}

}  // namespace gr::ui
