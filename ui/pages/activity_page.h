// SPDX-License-Identifier: MIT
#pragma once

#include "models/request_model.h"
#include "pages/page.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QSplitter;
class QStackedWidget;
class QTableView;
class QTimer;

namespace gr::ui {

class EmptyState;
class ExportBar;
class Inspector;

// Every request: live ones at the top, older ones from the books as one scrolls; filters, sums of
// what the filter leaves, and an inspector for the chosen one.
class ActivityPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ActivityPage)

  public:
    explicit ActivityPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    void focusFilter() override;
    QWidget* firstFocus() override;
    // Shows what `filter` leaves, with the filter bar saying so.
    void showFilter(const ledger::Filter& filter);

  signals:
    // This finished request, in the test bench of routing.
    void tryWanted(const gr::ledger::RequestRecord& record);

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void makeFilterBar();
    void makeTable();
    void makeShortcuts();
    void makeExport();
    void applyFilter();
    void clearFilter();
    ledger::Filter currentFilter() const;
    void take(const std::vector<gateway::ExchangeEvent>& events);
    void offerNames();
    void inspectCurrent();
    void askPayments(const std::string& requestId);
    void closeInspector();
    void tryCurrent();
    void fitColumns();
    void askSums();
    void askGaps();
    void showEmptiness();
    QList<int> selectedRows() const;

    RequestModel* m_model;
    QLineEdit* m_text = nullptr;
    QComboBox* m_period = nullptr;
    QComboBox* m_outcome = nullptr;
    QComboBox* m_provider = nullptr;
    QComboBox* m_client = nullptr;
    QSplitter* m_splitter = nullptr;
    QStackedWidget* m_stack = nullptr;
    QTableView* m_table = nullptr;
    EmptyState* m_empty = nullptr;
    ExportBar* m_export = nullptr;
    Inspector* m_inspector = nullptr;
    QLabel* m_sums = nullptr;
    QTimer* m_typing = nullptr;
    QTimer* m_settle = nullptr;
    bool m_loaded = false;
};

}  // namespace gr::ui
