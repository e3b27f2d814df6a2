// SPDX-License-Identifier: MIT
#pragma once

#include <set>

#include "models/purchase_model.h"
#include "pages/page.h"

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTableView;
class QTimer;

namespace gr::ui {

class AllowanceList;
class BalanceCard;
class EmptyState;
class PaymentView;
class Segments;
class WalletCard;

// The wallet that pays sellers: what it holds and where it receives, payments that wait for a
// person, and every payment with what its state means. Asks for balances once a minute while it is
// seen.
class WalletPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WalletPage)

  public:
    explicit WalletPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    void focusFilter() override;
    QWidget* firstFocus() override;
    void showAmounts();  // or hides them, as is set by now
    // A notice for each payment that waits; it goes when somebody answered, here or elsewhere; and
    // one where the books are in doubt.
    void takeHeld(const PaymentsView& view);

  signals:
    void reviewWanted(const std::string& id);  // a payment that waits
    void requestWanted(const std::string& requestId);
    void lockWanted(bool locked);  // else unlocked

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* makeHead();
    QWidget* makeEmpty();
    void makeFilterBar(QVBoxLayout* column);
    QWidget* makePayments();
    QWidget* makeAllowances();
    void chooseList(int which);
    ledger::PurchaseFilter currentFilter() const;
    void applyFilter();
    void clearFilter();
    void askWallet();
    void askBalances();
    void askSums();
    void askHeld();
    void showDoubt(bool doubted);
    void showPolicy();
    void inspectCurrent();
    void makeExport();
    void fitColumns();
    void closeView();
    void showEmptiness();
    bool isPlay() const;

    PurchaseModel* m_model;
    QStackedWidget* m_stack;
    WalletCard* m_card = nullptr;
    BalanceCard* m_balances = nullptr;
    Segments* m_which = nullptr;
    QStackedWidget* m_lists = nullptr;  // payments, and allowances
    AllowanceList* m_allowances = nullptr;
    QComboBox* m_state = nullptr;
    QComboBox* m_period = nullptr;
    QSplitter* m_splitter = nullptr;
    QStackedWidget* m_tableOrEmpty = nullptr;
    QTableView* m_table = nullptr;
    EmptyState* m_nothing = nullptr;
    PaymentView* m_view = nullptr;
    QLabel* m_sums = nullptr;
    QTimer* m_minute;
    QTimer* m_settle;
    gateway::WalletFacts m_wallet;
    std::set<std::string> m_held;  // whose notice is shown
    bool m_asking = false;         // for balances
    bool m_locked = false;         // as was told last
};

}  // namespace gr::ui
