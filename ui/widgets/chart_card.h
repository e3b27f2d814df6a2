// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "backend.h"
#include "models/cost_series.h"

class QHBoxLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace gr::ui {

class CostChart;
class Segments;

// What was spent, asked and earned over time, split as a person wants it, as bars or as a table.
// Asks the books when told to. What nobody can do here (sell, pay sellers) is not offered.
class ChartCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChartCard)

  public:
    explicit ChartCard(Backend& backend, QWidget* parent = nullptr);  // which outlives it
    void ask();
    // The last answer had no bar to show.
    bool nothing() const { return m_nothing; }

  signals:
    void answered();

  private:
    enum Group { Model, Provider, Client, Rail, Payer };
    struct Span;  // of time, as is asked

    void fillRow();
    void offer();
    Span span() const;
    void askSpent(const Span& span);
    void askEarned(const Span& span);
    void show(const ChartMoney& money, const Span& span);
    Metric metric() const;

    Backend& m_backend;
    QVBoxLayout* m_column;
    QHBoxLayout* m_row;
    Segments* m_metric;
    Segments* m_span;
    Segments* m_group;
    QPushButton* m_asTable;
    CostChart* m_chart;
    QLabel* m_play;
    QLabel* m_uncharted;
    bool m_groupBelow = false;  // how bars are split stands in a row of its own
    bool m_metricChosen = false;
    bool m_nothing = false;
};

}  // namespace gr::ui
