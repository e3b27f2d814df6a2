// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "models/payment_details.h"

class QFormLayout;
class QLabel;
class QPushButton;

namespace gr::ui {

class StateLabel;

// Everything known of one payment or sale, for reading: its state, what that means and what happens
// next.
class PaymentView final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PaymentView)

  public:
    explicit PaymentView(QWidget* parent = nullptr);
    void show(const PaymentDetails& details);

  signals:
    void closeWanted();
    void requestWanted(const std::string& requestId);

  private:
    void showFacts(const PaymentDetails& details);

    StateLabel* m_state;
    QLabel* m_play;
    QLabel* m_title;
    QLabel* m_meaning;
    QFormLayout* m_facts;
    QPushButton* m_copyHash;
    QPushButton* m_request;
    std::string m_transaction;
    std::string m_requestId;
};

}  // namespace gr::ui
