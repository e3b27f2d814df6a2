// SPDX-License-Identifier: MIT
#include "app/window_payments.h"

#include "app/guarded.h"
#include "ledger/payment_reader.h"

namespace gr::app {

WindowPayments::WindowPayments(Configuration& configuration, std::function<GatewayDoor&()> door,
                               BooksReader& books, const Clock& clock)
    : m_configuration(configuration), m_door(std::move(door)), m_books(books), m_clock(clock) {}

bool WindowPayments::canPay() const {
    return !wallet().networks.empty() && !wallet().watchOnly;
}

const payment::NetworkList& WindowPayments::networks() const {
    return wallet().known;
}

const payment::SpendingPolicy& WindowPayments::policy() const {
    return wallet().policy;
}

void WindowPayments::query(QObject* context, Reply<ui::PaymentsView> reply) {
    m_door().payments(guarded(context, std::move(reply)));
}

void WindowPayments::approve(QObject* context, const std::string& id, Money alwaysUpTo,
                             Reply<void> reply) {
    m_door().answerPayment(id, alwaysUpTo, guarded(context, std::move(reply)));
}

void WindowPayments::deny(QObject* context, const std::string& id, Reply<void> reply) {
    m_door().answerPayment(id, std::nullopt, guarded(context, std::move(reply)));
}

void WindowPayments::setPaused(QObject* context, bool paused, Reply<void> reply) {
    m_door().pausePayments(paused, guarded(context, std::move(reply)));
}

void WindowPayments::querySpending(QObject* context, const std::string& origin,
                                   Reply<ledger::SpendingSums> reply) {
    m_books.ask<ledger::SpendingSums>(
        context,
        [origin, now = m_clock.now()](ledger::Reader& reader) {
            return reader.payments().spending(now, origin);
        },
        std::move(reply));
}

}  // namespace gr::app
