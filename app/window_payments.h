// SPDX-License-Identifier: MIT
#pragma once

#include "app/books_reader.h"
#include "app/configuration.h"
#include "app/gateway_door.h"
#include "ui/payments.h"

namespace gr::app {

// The part of the window's backend that has to do with payments. What it is made of outlives it.
// Main thread.
class WindowPayments final : public ui::Payments {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WindowPayments)

  public:
    // `door`: the gateway of the moment.
    WindowPayments(Configuration& configuration, std::function<GatewayDoor&()> door,
                   BooksReader& books, const Clock& clock);

    bool canPay() const override;
    const payment::NetworkList& networks() const override;
    const payment::SpendingPolicy& policy() const override;
    void query(QObject* context, Reply<ui::PaymentsView> reply) override;
    void approve(QObject* context, const std::string& id, Money alwaysUpTo,
                 Reply<void> reply) override;
    void deny(QObject* context, const std::string& id, Reply<void> reply) override;
    void setPaused(QObject* context, bool paused, Reply<void> reply) override;
    void querySpending(QObject* context, const std::string& origin,
                       Reply<ledger::SpendingSums> reply) override;

  private:
    const settings::Wallet& wallet() const { return m_configuration.settings().wallet; }

    Configuration& m_configuration;
    std::function<GatewayDoor&()> m_door;
    BooksReader& m_books;
    const Clock& m_clock;
};

}  // namespace gr::app
