// SPDX-License-Identifier: MIT
#include "fake_payments.h"

#include <QTimer>
#include <utility>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

gateway::HeldPayment& FakePayments::hold(int number) {
    gateway::HeldPayment& held = view.held.emplace_back();
    ledger::Purchase& purchase = held.purchase;
    const std::string digits = std::to_string(number);
    purchase.id = "pay_01K" + std::string(23 - digits.size(), '0') + digits;
    purchase.state = ledger::PurchaseState::Held;
    purchase.client = "editor";
    purchase.requestId = "req_live1";
    purchase.origin = "https://api.example.com:443";
    purchase.payee = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
    purchase.chainId = 8453;
    purchase.token = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913";
    purchase.amount = std::to_string(50'000 + number);
    purchase.usd = Money::fromPico(50'000'000'000 + number * 1'000'000LL);
    purchase.quote = purchase.usd;
    purchase.bound = Money::fromPico(40'000'000'000);
    purchase.scheme = "exact-eip3009";
    purchase.note = "It is the first payment to api.example.com.";
    purchase.createdAt = m_clock.now();
    held.until = UnixMs{m_clock.now().value + 300'000};
    return held;
}

void FakePayments::query(QObject* context, Reply<PaymentsView> reply) {
    ++asked;
    QTimer::singleShot(0, context, [this, reply = std::move(reply)] { reply(view); });
}

void FakePayments::answer(QObject* context, Reply<void> reply, const std::function<void()>& done) {
    Result<void> result;
    if (nextError) {
        result = fail(*std::exchange(nextError, {}));
    } else {
        done();
    }
    QTimer::singleShot(0, context, [reply = std::move(reply), result] { reply(result); });
}

void FakePayments::drop(const std::string& id) {
    std::erase_if(view.held, [&](const auto& held) { return held.purchase.id == id; });
}

void FakePayments::approve(QObject* context, const std::string& id, Money alwaysUpTo,
                           Reply<void> reply) {
    m_said << u"approve %1 %2"_s.arg(text(id), text(alwaysUpTo.toDecimal()));
    answer(context, std::move(reply), [&] { drop(id); });
}

void FakePayments::deny(QObject* context, const std::string& id, Reply<void> reply) {
    m_said << u"deny "_s + text(id);
    answer(context, std::move(reply), [&] { drop(id); });
}

void FakePayments::setPaused(QObject* context, bool paused, Reply<void> reply) {
    m_said << (paused ? u"pause"_s : u"resume"_s);
    answer(context, std::move(reply), [&] { view.paused = paused; });
}

void FakePayments::querySpending(QObject* context, const std::string&,
                                 Reply<ledger::SpendingSums> reply) {
    QTimer::singleShot(0, context, [this, reply = std::move(reply)] { reply(sums); });
}

}  // namespace gr::ui
