// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"
#include "payments.h"

class QLabel;
class QLineEdit;
class QStackedWidget;
class QVBoxLayout;

namespace gr::ui {

class SecretEdit;

// Lets Permit2 move some of a token of the wallet, or nothing any more: how much, what that means
// and costs as the chain says it, and how the transaction goes on.
class AllowDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AllowDialog)

  public:
    enum class Purpose : quint8 { Allow, TakeBack };
    // `network`: its name, for people.
    AllowDialog(Backend& backend, const payment::Token& token, const QString& network,
                Purpose purpose, QWidget* parent);

  public slots:
    void reject() override;

  protected:
    void commit() override;

  private:
    enum Step { Choose, Agree, Dearer, Sending, Done };

    void makeChoice(const QString& network);
    void ask();
    void start();
    void show(const AllowanceOffer& offer);
    void showDearer(const payment::Uint256& wei);
    void send(bool yes);
    void finish(const Result<void>& done);
    QString amount(const payment::Uint256& units) const;
    QString coins(const payment::Uint256& wei) const;

    Backend& m_backend;
    const payment::Token m_token;
    const Purpose m_purpose;
    Step m_step = Choose;
    payment::Uint256 m_units;
    QString m_coin;
    QStackedWidget* m_steps;
    QLineEdit* m_amount = nullptr;
    SecretEdit* m_passphrase = nullptr;
    QVBoxLayout* m_offer;
    QLabel* m_said;
    QLabel* m_waits;
    QPushButton* m_keepFees;
};

}  // namespace gr::ui
