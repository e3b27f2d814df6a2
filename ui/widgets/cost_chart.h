// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

#include "models/cost_series.h"

class QChart;
class QChartView;
class QStackedLayout;
class QStandardItemModel;
class QTableView;

namespace gr::ui {

// Stacked bars over time, and the same figures as a table for those who read better than they see.
// Qt Charts does not mirror: time runs left to right in every language, on purpose.
class CostChart final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CostChart)

  public:
    explicit CostChart(QWidget* parent = nullptr);
    void setData(const ChartData& fresh);
    void setTableShown(bool shown);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void rebuild();
    void addSeries();
    void addAxes();
    void fillTable();

    ChartData m_data;
    QChart* m_chart;
    QChartView* m_view;
    QTableView* m_table;
    QStandardItemModel* m_rows;
    QStackedLayout* m_stack;
};

}  // namespace gr::ui
