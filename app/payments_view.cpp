// SPDX-License-Identifier: MIT
#include "app/payments_view.h"

#include <QJsonArray>

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

std::string textOf(const QJsonValue& value) {
    return value.toString().toStdString();
}

Result<gateway::HeldPayment> readHeld(const QJsonObject& one) {
    const auto wrong = [](const std::string& member, const QJsonValue& value) {
        return fail(ErrorCode::BadRequest, "The running gateway tells of a payment whose \"" +
                                               member + "\" this window does not understand: \"" +
                                               textOf(value) + "\".");
    };
    gateway::HeldPayment held;
    ledger::Purchase& purchase = held.purchase;
    purchase.state = ledger::PurchaseState::Held;
    purchase.id = textOf(one["id"_L1]);
    if (purchase.id.empty()) {
        return wrong("id", one["id"_L1]);
    }
    const auto usd = Money::parse(textOf(one["usd"_L1]));
    const auto bound = Money::parse(textOf(one["bound"_L1]));
    if (!usd || *usd < Money()) {
        return wrong("usd", one["usd"_L1]);
    }
    if (!bound || *bound < Money()) {
        return wrong("bound", one["bound"_L1]);
    }
    purchase.usd = purchase.quote = *usd;
    purchase.bound = *bound;
    purchase.client = textOf(one["client"_L1]);
    purchase.requestId = textOf(one["request"_L1]);
    purchase.scheme = textOf(one["scheme"_L1]);
    purchase.createdAt = {one["asked"_L1].toInteger()};
    purchase.origin = textOf(one["origin"_L1]);
    purchase.payee = textOf(one["payee"_L1]);
    purchase.amount = textOf(one["amount"_L1]);
    purchase.token = textOf(one["token"_L1]);
    purchase.chainId = one["chain"_L1].toInteger();
    purchase.note = textOf(one["why"_L1]);
    held.until = {one["until"_L1].toInteger()};
    return held;
}

}  // namespace

Result<ui::PaymentsView> readPayments(const QJsonObject& answer) {
    ui::PaymentsView view;
    view.paused = answer["paused"_L1].toBool();
    view.locked = answer["locked"_L1].toBool();
    view.doubted = answer["doubted"_L1].toBool();
    for (const QJsonValue& one : answer["held"_L1].toArray()) {
        auto held = readHeld(one.toObject());
        if (!held) {
            return fail(held.error());
        }
        view.held.push_back(std::move(*held));
    }
    return view;
}

}  // namespace gr::app
