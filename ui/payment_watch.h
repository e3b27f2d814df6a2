// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

#include "backend.h"
#include "payments.h"

class QTimer;

namespace gr::ui {

// Knows whether payments are paused and which wait for a person, whatever page is shown. A payment
// waits within a request, so it asks once a second while one runs and the wallet may pay, and else
// when that may have changed, and every five seconds whether the wallet locked itself. Main thread.
class PaymentWatch final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PaymentWatch)

  public:
    explicit PaymentWatch(Backend& backend, QObject* parent = nullptr);

    const PaymentsView& view() const { return m_view; }
    const gateway::HeldPayment* find(const std::string& id) const;  // null: it does not wait
    void ask();

  signals:
    void changed();

  private:
    void start();
    void take(PaymentsView view);

    Backend& m_backend;
    QTimer* m_tick;
    PaymentsView m_view;
    bool m_asking = false;
};

}  // namespace gr::ui
