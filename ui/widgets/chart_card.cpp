// SPDX-License-Identifier: MIT
#include "widgets/chart_card.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "payments.h"
#include "theme/icons.h"
#include "widgets/controls.h"
#include "widgets/cost_chart.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

struct ChartCard::Span {
    UnixMs end;
    ledger::Step step = ledger::Step::Hour;
    int times = 24;
    Metric metric = Metric::Cost;
    int group = Model;

    UnixMs start() const { return chartStart(end, step, times); }
};

ChartCard::ChartCard(Backend& backend, QWidget* parent)
    : QFrame(parent),
      m_backend(backend),
      m_column(new QVBoxLayout(this)),
      m_row(new QHBoxLayout),
      m_metric(new Segments(tr("What the chart shows"), {tr("Cost"), tr("Requests"), tr("Earned")},
                            this)),
      m_span(new Segments(tr("How far back"), {tr("24 hours"), tr("30 days")}, this)),
      m_group(new Segments(
          tr("How bars are split"),
          {tr("Model"), tr("Provider"), tr("Client"), tr("Paid with"), tr("Payer")}, this)),
      m_asTable(makeButton(tr("Show as table"), ButtonKind::Flat, u"table-2"_s, this)),
      m_chart(new CostChart(this)),
      m_play(makeLabel(tr("no real money"), "pill", this)),
      m_uncharted(makeLabel({}, "muted", this)) {
    setProperty("card", true);
    m_column->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    m_column->setSpacing(space::kS);
    m_column->addLayout(m_row);
    fillRow();
    m_column->addWidget(m_chart, 1);
    m_column->addWidget(m_play, 0, Qt::AlignLeading);
    m_column->addWidget(m_uncharted);
    m_play->hide();
    m_uncharted->hide();
    connect(m_metric, &Segments::chosen, this, [this] {
        m_metricChosen = true;
        offer();
        ask();
    });
    connect(m_span, &Segments::chosen, this, &ChartCard::ask);
    connect(m_group, &Segments::chosen, this, &ChartCard::ask);
    connect(m_asTable, &QPushButton::toggled, this, [this](bool shown) {
        m_chart->setTableShown(shown);
        m_asTable->setText(shown ? tr("Show as chart") : tr("Show as table"));
        m_asTable->setIcon(themedIcon(shown ? u"chart-column"_s : u"table-2"_s, Tint::Muted));
    });
    offer();
}

void ChartCard::fillRow() {
    m_asTable->setCheckable(true);
    m_row->setSpacing(space::kS);
    m_row->addWidget(m_metric);
    m_row->addWidget(m_group);
    m_row->addWidget(m_span);
    m_row->addStretch();
    m_row->addWidget(m_asTable);
}

Metric ChartCard::metric() const {
    return static_cast<Metric>(m_metric->current());
}

// What is earned has no provider of ours, and what is spent no payer.
void ChartCard::offer() {
    const Payments& payments = m_backend.payments();
    m_metric->setOffered(static_cast<int>(Metric::Earned), payments.selling().enabled);
    const bool earned = metric() == Metric::Earned;
    m_group->setOffered(Provider, !earned);
    m_group->setOffered(Client, !earned);
    m_group->setOffered(Rail, !earned && payments.canPay());
    m_group->setOffered(Payer, earned);
    // With more to choose from, a row of its own: large text must fit, too.
    const bool below = payments.selling().enabled || payments.canPay();
    if (m_groupBelow == below) {
        return;
    }
    m_groupBelow = below;
    if (below) {
        m_row->removeWidget(m_group);
        m_column->insertWidget(1, m_group, 0, Qt::AlignLeading);
    } else {
        m_column->removeWidget(m_group);
        m_row->insertWidget(1, m_group);
    }
}

ChartCard::Span ChartCard::span() const {
    const bool hours = m_span->current() == 0;
    return {.end = m_backend.clock().now(),
            .step = hours ? ledger::Step::Hour : ledger::Step::Day,
            .times = hours ? 24 : 30,
            .metric = metric(),
            .group = m_group->current()};
}

void ChartCard::ask() {
    offer();
    const Span now = span();
    if (now.metric == Metric::Earned) {
        askEarned(now);
    } else {
        askSpent(now);
    }
}

void ChartCard::askSpent(const Span& asked) {
    m_backend.querySeries(
        this, asked.start(), UnixMs{asked.end.value + 1}, asked.step,
        static_cast<ledger::GroupBy>(asked.group),
        [this, asked](const Result<std::vector<ledger::Bucket>>& buckets) {
            if (!buckets || asked.group != m_group->current()) {
                return;
            }
            // Where nothing has a price, the number of requests says more than a flat line.
            const bool priced = std::ranges::any_of(
                *buckets, [](const ledger::Bucket& b) { return !b.knownCost.isZero(); });
            Span shown = asked;
            if (!m_metricChosen) {
                shown.metric = priced || buckets->empty() ? Metric::Cost : Metric::Requests;
                m_metric->setCurrent(static_cast<int>(shown.metric));
            }
            m_nothing = buckets->empty();
            ChartMoney money;
            if (asked.group == Rail) {
                money = railMoney(*buckets, m_backend.payments().networks(), shown.metric);
            } else {
                money.buckets = *buckets;
            }
            show(money, shown);
        });
}

void ChartCard::askEarned(const Span& asked) {
    m_backend.payments().queryIncomeSeries(
        this, asked.start(), UnixMs{asked.end.value + 1}, asked.step,
        asked.group == Payer ? ledger::IncomeBy::Payer : ledger::IncomeBy::Model,
        [this, asked](const Result<std::vector<ledger::IncomeBucket>>& income) {
            if (income && asked.group == m_group->current()) {
                m_nothing = false;
                show(incomeMoney(*income, m_backend.payments().networks()), asked);
            }
        });
}

void ChartCard::show(const ChartMoney& money, const Span& asked) {
    if (asked.metric != metric()) {
        return;  // another answer comes
    }
    const ChartData bars =
        chartData(money.buckets, asked.end, asked.step, asked.times, asked.metric);
    m_chart->setData(bars);
    QStringList lines{bars.unknownText(), asideText(money)};
    lines.removeAll(QString());
    m_uncharted->setText(lines.join(u"  ·  "_s));
    m_uncharted->setVisible(!lines.isEmpty());
    m_play->setVisible(money.worthless);
    emit answered();
}

}  // namespace gr::ui
