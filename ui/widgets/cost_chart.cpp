// SPDX-License-Identifier: MIT
#include "widgets/cost_chart.h"

#include <QBarCategoryAxis>
#include <QBarSet>
#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QGraphicsLayout>
#include <QHeaderView>
#include <QLegend>
#include <QLegendMarker>
#include <QStackedBarSeries>
#include <QStackedLayout>
#include <QStandardItemModel>
#include <QTableView>
#include <QToolTip>
#include <QValueAxis>
#include <cmath>

#include "theme/tokens.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kTicks = 5;

// The top of the axis: the next of 1, 2, 2.5, 4, 5 or 10 times a power of ten, so that the four
// steps below it are round.
double roundTop(double most, bool whole) {
    if (most <= 0) {
        return whole ? 4 : 0.04;
    }
    const double power = std::pow(10.0, std::floor(std::log10(most)));
    for (double step : {1.0, 2.0, 4.0, 6.0, 8.0, 10.0}) {
        if (step * power >= most && (!whole || step * power >= 4)) {
            return step * power;
        }
    }
    return 10 * power;
}

QString axisFormat(Metric metric, double top) {
    if (metric == Metric::Requests) {
        return u"%.0f"_s;
    }
    // As many decimals as the steps of the axis need.
    int decimals = top >= 8 ? 0 : 2;
    const double step = top / (kTicks - 1);
    const auto rest = [&](int places) {
        const double scaled = step * std::pow(10.0, places);
        return std::abs(scaled - std::round(scaled));
    };
    while (decimals < 9 && rest(decimals) > 1e-6) {
        ++decimals;
    }
    return u"$%.%1f"_s.arg(decimals);
}

}  // namespace

CostChart::CostChart(QWidget* parent)
    : QWidget(parent),
      m_chart(new QChart),
      m_view(new QChartView(m_chart, this)),
      m_table(new QTableView(this)),
      m_rows(new QStandardItemModel(this)),
      m_stack(new QStackedLayout(this)) {
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setMargins(QMargins(0, 0, 0, 0));
    m_chart->setBackgroundVisible(false);
    m_chart->legend()->setAlignment(Qt::AlignTop);
    m_chart->legend()->setMarkerShape(QLegend::MarkerShapeRectangle);
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->setBackgroundBrush(Qt::NoBrush);
    m_view->viewport()->setAutoFillBackground(false);
    m_view->setStyleSheet(u"background: transparent"_s);
    m_table->setModel(m_rows);
    setUpTable(m_table);
    m_table->setProperty("bare", true);
    m_table->setAccessibleName(tr("Figures of the chart"));
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_table);
    setMinimumHeight(210);  // below about 200 Qt Charts writes "…" for labels
}

void CostChart::setTableShown(bool shown) {
    m_stack->setCurrentIndex(shown ? 1 : 0);
}

void CostChart::setData(const ChartData& fresh) {
    m_data = fresh;
    const QString name = fresh.metric == Metric::Cost       ? tr("Cost over time")
                         : fresh.metric == Metric::Requests ? tr("Requests over time")
                                                            : tr("Income over time");
    m_view->setAccessibleName(name);
    m_view->setAccessibleDescription(fresh.sentence());
    setAccessibleName(name);
    setAccessibleDescription(fresh.sentence());
    rebuild();
    fillTable();
}

void CostChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        rebuild();
    }
}

void CostChart::rebuild() {
    m_chart->removeAllSeries();
    for (QAbstractAxis* axis : m_chart->axes()) {
        m_chart->removeAxis(axis);
        delete axis;
    }
    if (m_data.times.empty()) {
        return;
    }
    addSeries();
    addAxes();
    const Tokens& tokens = tokensOf(palette());
    m_chart->legend()->setLabelColor(tokens.textMuted);
    m_chart->legend()->setFont(font());
    m_chart->legend()->setVisible(!m_data.series.empty());
}

void CostChart::addSeries() {
    const Tokens& tokens = tokensOf(palette());
    auto* bars = new QStackedBarSeries;
    bars->setBarWidth(0.6);
    for (std::size_t at = 0; at < m_data.series.size(); ++at) {
        auto* set = new QBarSet(m_data.series[at].name, bars);
        set->setColor(tokens.series[at]);
        set->setBorderColor(tokens.surface);
        for (std::size_t slot = 0; slot < m_data.times.size(); ++slot) {
            set->append(m_data.value(at, slot));
        }
        bars->append(set);
        connect(set, &QBarSet::hovered, this, [this, at](bool inside, int slot) {
            if (!inside) {
                QToolTip::hideText();
                return;
            }
            const auto place = static_cast<std::size_t>(slot);
            QToolTip::showText(QCursor::pos(),
                               u"%1 · %2 · %3"_s.arg(m_data.slotText(place), m_data.series[at].name,
                                                     m_data.valueText(at, place)),
                               m_view);
        });
    }
    m_chart->addSeries(bars);
}

void CostChart::addAxes() {
    const Tokens& tokens = tokensOf(palette());
    double most = 0;
    auto* across = new QBarCategoryAxis;
    for (std::size_t slot = 0; slot < m_data.times.size(); ++slot) {
        double here = 0;
        for (std::size_t at = 0; at < m_data.series.size(); ++at) {
            here += m_data.value(at, slot);
        }
        most = std::max(most, here);
        across->append(m_data.slotText(slot));
    }
    auto* up = new QValueAxis;
    const double top = roundTop(most, m_data.metric == Metric::Requests);
    up->setRange(0, top);
    up->setTickCount(kTicks);
    up->setLabelFormat(axisFormat(m_data.metric, top));
    for (QAbstractAxis* axis :
         {static_cast<QAbstractAxis*>(across), static_cast<QAbstractAxis*>(up)}) {
        axis->setLabelsColor(tokens.textMuted);
        axis->setLabelsFont(font());
        axis->setGridLineColor(tokens.border);
        axis->setLinePenColor(tokens.border);
    }
    across->setGridLineVisible(false);
    up->setLineVisible(false);
    m_chart->addAxis(across, Qt::AlignBottom);
    m_chart->addAxis(up, Qt::AlignLeft);
    for (QAbstractSeries* series : m_chart->series()) {
        series->attachAxis(across);
        series->attachAxis(up);
    }
}

void CostChart::fillTable() {
    m_rows->clear();
    QStringList heads{m_data.step == ledger::Step::Hour ? tr("Hour") : tr("Day")};
    for (const ChartSeries& series : m_data.series) {
        heads << series.name;
    }
    m_rows->setHorizontalHeaderLabels(heads);
    for (std::size_t slot = m_data.times.size(); slot-- > 0;) {
        QList<QStandardItem*> cells{new QStandardItem(m_data.slotText(slot))};
        for (std::size_t at = 0; at < m_data.series.size(); ++at) {
            auto* cell = new QStandardItem(m_data.valueText(at, slot));
            cell->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            cells << cell;
        }
        m_rows->appendRow(cells);
    }
    for (int column = 1; column < heads.size(); ++column) {
        m_rows->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        m_table->setColumnWidth(column, 150);
    }
}

}  // namespace gr::ui
