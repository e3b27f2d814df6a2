// SPDX-License-Identifier: MIT
#pragma once

#include "models/sale_model.h"
#include "pages/page.h"

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTableView;
class QTimer;

namespace gr::ui {

class CopyField;
class EmptyState;
class MetricCard;
class PaymentView;
class Segments;

// What strangers can buy here (x402) and what came in: terms, prices, sales with what their states
// mean, and payers. Changes nothing: what is sold stands in the configuration.
class SellingPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SellingPage)

  public:
    explicit SellingPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    void focusFilter() override;
    QWidget* firstFocus() override;

  signals:
    void requestWanted(const std::string& requestId);

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* makeCards();
    QWidget* makeTerms();
    QWidget* makeSales();
    QWidget* makeLists();
    QTableView* makeTable(QAbstractItemModel* model, const QString& name);
    ledger::SaleFilter currentFilter() const;
    void choose(int state, int period);
    void applyFilter();
    void showTerms();
    void showPrices();
    void showEmptiness();
    void askIncome();
    void askPayers();
    void inspectCurrent();
    void makeExport();
    void fitColumns();
    void closeView();

    SaleModel* m_model;
    WordsModel* m_prices;
    WordsModel* m_payers;
    QStackedWidget* m_stack;
    MetricCard* m_today = nullptr;
    MetricCard* m_month = nullptr;
    MetricCard* m_unfinal = nullptr;
    MetricCard* m_credits = nullptr;
    QLabel* m_terms = nullptr;
    QLabel* m_play = nullptr;
    Segments* m_which = nullptr;
    QStackedWidget* m_lists = nullptr;
    QComboBox* m_state = nullptr;
    QComboBox* m_period = nullptr;
    QSplitter* m_splitter = nullptr;
    QStackedWidget* m_tableOrEmpty = nullptr;
    EmptyState* m_nothing = nullptr;
    QTableView* m_table = nullptr;
    PaymentView* m_view = nullptr;
    QTimer* m_settle;
};

}  // namespace gr::ui
