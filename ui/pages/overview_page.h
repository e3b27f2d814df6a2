// SPDX-License-Identifier: MIT
#pragma once

#include "models/request_model.h"
#include "pages/page.h"

class QGridLayout;
class QPushButton;
class QStackedWidget;
class QTableView;
class QTimer;

namespace gr::ui {

class ChartCard;
class EmptyState;
class MetricCard;
class RunningList;

// The day's figures, cost and income, what runs now and what ran last: is it running, where do my
// tools point, what did it cost today.
class OverviewPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OverviewPage)

  public:
    explicit OverviewPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    QWidget* firstFocus() override;

  signals:
    // A card was activated: show Activity with this filter.
    void activityWanted(const gr::ledger::Filter& filter);

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* makeCards();
    std::vector<MetricCard*> cards() const;  // that are shown
    void arrangeCards(int columns);
    void fitCards();
    QWidget* makeRecent();
    void makeEmpty();
    void suggest();
    void take(const std::vector<gateway::ExchangeEvent>& events);
    void askFigures();
    void askIncome();
    void showFigures(const ledger::Totals& today);
    void showSavings(const gateway::CacheSavings& today);
    void showGatewayState();
    void showRunning();
    void showEmptiness();
    ledger::Filter todayFilter() const;

    RequestModel* m_recent;
    QGridLayout* m_cards = nullptr;
    MetricCard* m_spent = nullptr;
    MetricCard* m_earned = nullptr;  // where something is sold
    MetricCard* m_saved = nullptr;
    MetricCard* m_requests = nullptr;
    MetricCard* m_firstToken = nullptr;
    MetricCard* m_failures = nullptr;
    ChartCard* m_chart = nullptr;
    RunningList* m_runningList = nullptr;
    QTableView* m_table = nullptr;
    QStackedWidget* m_stack = nullptr;
    EmptyState* m_empty = nullptr;
    QPushButton* m_connectTool = nullptr;
    QPushButton* m_addProvider = nullptr;
    int m_columns = 0;           // that the cards stand in
    QTimer* m_tick = nullptr;    // seconds of running requests
    QTimer* m_settle = nullptr;  // asks the books once after a burst
};

}  // namespace gr::ui
