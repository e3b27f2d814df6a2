// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/held_payment.h"
#include "ledger/purchase.h"
#include "payment/network.h"
#include "payment/spending_policy.h"

namespace gr::ui {

// How the gateway's payments stand.
struct PaymentsView {
    bool paused = false;
    std::vector<gateway::HeldPayment> held;  // that wait for a person, oldest first
};

// What the window knows of payments and asks of them: the second half of the door that Backend is,
// for the few places that have to do with money that leaves. Main thread; replies as Backend's.
class Payments : public QObject {
    Q_OBJECT

  public:
    template <class T>
    using Reply = std::function<void(Result<T>)>;

    using QObject::QObject;

    // The configuration has a wallet that may pay sellers.
    virtual bool canPay() const = 0;
    // The chains and tokens that are known.
    virtual const payment::NetworkList& networks() const = 0;
    // What may be paid, as the configuration says.
    virtual const payment::SpendingPolicy& policy() const = 0;

    // Unreachable while no gateway runs.
    virtual void query(QObject* context, Reply<PaymentsView> reply) = 0;
    // Lets a held payment go on if the caps allow it by now; payments to this payee up to
    // `alwaysUpTo` wait for nobody any more (0: every one goes on as before). RecordNotFound: it
    // does not wait any more.
    virtual void approve(QObject* context, const std::string& id, Money alwaysUpTo,
                         Reply<void> reply) = 0;
    virtual void deny(QObject* context, const std::string& id, Reply<void> reply) = 0;
    // Nothing is paid until told otherwise, also after a restart.
    virtual void setPaused(QObject* context, bool paused, Reply<void> reply) = 0;

    // From the books: what is spent by now, and what is known of the seller at this origin.
    virtual void querySpending(QObject* context, const std::string& origin,
                               Reply<ledger::SpendingSums> reply) = 0;

  signals:
    void changed();  // what canPay(), networks() and policy() say
};

}  // namespace gr::ui
