// SPDX-License-Identifier: MIT
#pragma once

#include <QStringList>
#include <optional>

#include "base/clock.h"
#include "payments.h"

namespace gr::ui {

// Payments with a voice, as FakeBackend: answers from values that a test sets, later.
class FakePayments final : public Payments {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FakePayments)

  public:
    explicit FakePayments(QStringList& said, const Clock& clock) : m_said(said), m_clock(clock) {}

    // A payment that waits for five minutes from now; `number` tells them apart.
    gateway::HeldPayment& hold(int number);
    void emitChanged() { emit changed(); }

    bool pays = false;
    PaymentsView view;
    payment::NetworkList list = payment::NetworkList::embedded();
    payment::SpendingPolicy rules;
    ledger::SpendingSums sums;
    std::optional<Error> nextError;  // the next command fails with it
    int asked = 0;                   // how often how payments stand

    bool canPay() const override { return pays; }
    const payment::NetworkList& networks() const override { return list; }
    const payment::SpendingPolicy& policy() const override { return rules; }
    void query(QObject* context, Reply<PaymentsView> reply) override;
    void approve(QObject* context, const std::string& id, Money alwaysUpTo,
                 Reply<void> reply) override;
    void deny(QObject* context, const std::string& id, Reply<void> reply) override;
    void setPaused(QObject* context, bool paused, Reply<void> reply) override;
    void querySpending(QObject* context, const std::string& origin,
                       Reply<ledger::SpendingSums> reply) override;

  private:
    void answer(QObject* context, Reply<void> reply, const std::function<void()>& done);
    void drop(const std::string& id);

    QStringList& m_said;
    const Clock& m_clock;
};

}  // namespace gr::ui
