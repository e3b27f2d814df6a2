// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "format.h"
#include "payments.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace gr::ui {

class CopyField;
class QrView;
class StateLabel;

// The wallet itself: its address to receive at, whether it can sign, and whether its words are
// written down.
class WalletCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WalletCard)

  public:
    explicit WalletCard(QWidget* parent = nullptr);
    // `play`: nothing that it can hold is worth anything.
    void show(const gateway::WalletFacts& wallet, bool play);

  signals:
    void lockWanted(bool locked);  // else unlocked
    void backupWanted();

  private:
    QrView* m_code;
    StateLabel* m_state;
    QLabel* m_play;
    StateLabel* m_backup;
    QLabel* m_words;
    CopyField* m_address;
    QPushButton* m_lock;
    QPushButton* m_check;
    bool m_locked = false;
};

// What the wallet holds on each of its chains.
class BalanceCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BalanceCard)

  public:
    explicit BalanceCard(QWidget* parent = nullptr);
    // While a question is out, what was known before stays.
    void showAsking();
    void show(const std::vector<payment::ChainBalance>& balances,
              const payment::NetworkList& networks, UnixMs at);  // which outlive it
    // Once more what is known, as amounts are shown by now.
    void showAgain();
    // Instead of balances.
    void showProblem(const QString& sentence);

  signals:
    void refreshWanted();

  private:
    void clear();
    void fill();
    void addLine(const QString& name, const QString& value, const char* role);

    QVBoxLayout* m_lines;
    QLabel* m_foot;
    QPushButton* m_refresh;
    bool m_known = false;
    std::vector<payment::ChainBalance> m_balances;
    const payment::NetworkList* m_networks = nullptr;
    UnixMs m_at;
};

}  // namespace gr::ui
