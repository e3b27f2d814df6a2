// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "dialogs/dialog.h"
#include "models/payment_text.h"

class QCheckBox;
class QLineEdit;
class QTimer;

namespace gr::ui {

class PaymentWatch;

// Asks a person about payments that wait, one after the other. Each answer is for the payment that
// was shown when the button went down. Denying is the default; approving takes a button that is
// armed a second after the last change of content, of the keyboard's place, or of the window's, so
// that a click or key that was meant for something else approves nothing. Not modal; goes when no
// payment waits any more.
class ApprovalDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ApprovalDialog)

  public:
    static constexpr int kArmAfterMs = 1000;

    // Shows the payment `first`, or the oldest. Both outlive the dialog.
    ApprovalDialog(Backend& backend, PaymentWatch& watch, const std::string& first,
                   QWidget* parent);

    const std::string& shownId() const { return m_id; }
    bool armed() const { return m_armed; }

  protected:
    void commit() override;  // denies
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    enum Row { Client, Request, Payee, Address, Seen, Amount, Bound, Left, Why, Wait, RowCount };

    void makeRows();
    void makeAlways();
    void follow();                            // what waits has changed
    void showPayment(const std::string& id);  // a new one
    void showText();                          // of the one that is shown
    void showTime();
    void askSight();
    void disarm();
    void arm();
    void approve();
    void answered(const std::string& id, const Result<void>& result);

    Backend& m_backend;
    PaymentWatch& m_watch;
    std::array<QLabel*, RowCount> m_rows{};
    QLabel* m_warning;
    QLabel* m_more;
    QCheckBox* m_always;
    QLineEdit* m_upTo;
    QPushButton* m_approve;
    QTimer* m_arming;
    QTimer* m_second;
    ApprovalSight m_sight;
    std::string m_id;
    std::string m_answered;    // it may be told as waiting for a moment longer
    std::string m_pressedFor;  // the payment that was shown, and armed, when the button went down
    bool m_armed = false;
};

}  // namespace gr::ui
