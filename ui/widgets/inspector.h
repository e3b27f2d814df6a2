// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "gateway/bill.h"
#include "models/payment_details.h"
#include "models/request_model.h"

class QFormLayout;
class QLabel;
class QLayout;
class QPushButton;
class QVBoxLayout;

namespace gr::ui {

class StateLabel;
class Timeline;

// Everything known of one request, for reading: outcome, attempts on a line of time, tokens, cost.
class Inspector final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Inspector)

  public:
    explicit Inspector(QWidget* parent = nullptr);
    // `bills`: how the costs of its attempts came to be, one for each; none while it runs.
    void show(const RequestRow& row, const std::vector<gateway::AttemptBill>& bills = {});
    // What was paid to sellers for the request with this id, where it is the one that is shown.
    void showPayments(const std::string& requestId, const std::vector<PaymentDetails>& payments);
    // What it was sold for; as above.
    void showSales(const std::string& requestId, const std::vector<PaymentDetails>& sales);

  signals:
    void closeWanted();
    void cancelWanted(const std::string& requestId);
    void tryWanted();  // of the request that is shown, in the test bench of routing

  private:
    QLayout* makeHead();
    QLayout* makeForm();
    QLabel* addRow(QFormLayout* form, const QString& label);
    static void clear(QVBoxLayout* list);
    QWidget* makePayment(const PaymentDetails& payment, bool facts);
    void showRecord(const RequestRow& row);
    void showBills(const ledger::RequestRecord& record,
                   const std::vector<gateway::AttemptBill>& bills);

    StateLabel* m_state;
    QLabel* m_model;
    QLabel* m_simulated;
    QFrame* m_error;
    QLabel* m_errorText;
    QLabel* m_attemptsTitle;
    Timeline* m_timeline;
    QLabel* m_asked = nullptr;
    QLabel* m_client = nullptr;
    QLabel* m_endpoint = nullptr;
    QLabel* m_time = nullptr;
    QLabel* m_input = nullptr;
    QLabel* m_output = nullptr;
    QLabel* m_cost = nullptr;
    QLabel* m_firstToken = nullptr;
    QLabel* m_total = nullptr;
    QLabel* m_id = nullptr;
    QLabel* m_billsTitle;
    QVBoxLayout* m_bills;
    QLabel* m_paymentsTitle;
    QVBoxLayout* m_payments;
    QLabel* m_salesTitle;
    QVBoxLayout* m_sales;
    QPushButton* m_cancel;
    QPushButton* m_try;
    QPushButton* m_copyId;
    std::string m_shown;
};

}  // namespace gr::ui
