// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>
#include <vector>

#include "models/sale_model.h"
#include "payment/balances.h"
#include "payment/network.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace gr::ui {

class EmptyState;

// What Permit2 may move of each token of the wallet, as the chains say, and the way to change it.
class AllowanceList final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AllowanceList)

  public:
    explicit AllowanceList(QWidget* parent = nullptr);
    void show(const std::vector<payment::ChainBalance>& balances,
              const payment::NetworkList& networks);  // which outlive it
    // Once more what is known, as amounts are shown by now.
    void showAgain();
    // Why the wallet can change none; empty: it can.
    void setObstacle(const QString& sentence);

  signals:
    void allowWanted(const gr::payment::Token& token);
    void takeBackWanted(const gr::payment::Token& token);

  private:
    void showButtons();
    const payment::TokenBalance* current() const;

    WordsModel* m_model;
    QTableView* m_table;
    QStackedWidget* m_stack;
    EmptyState* m_nothing;
    QLabel* m_words;
    QPushButton* m_allow;
    QPushButton* m_takeBack;
    QString m_obstacle;
    std::vector<payment::ChainBalance> m_balances;
    std::vector<payment::TokenBalance> m_rows;
    const payment::NetworkList* m_networks = nullptr;
};

}  // namespace gr::ui
