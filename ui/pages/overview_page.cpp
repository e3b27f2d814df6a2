// SPDX-License-Identifier: MIT
#include "pages/overview_page.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include "format.h"
#include "models/cost_series.h"
#include "payments.h"
#include "widgets/chart_card.h"
#include "widgets/controls.h"
#include "widgets/gateway_notice.h"
#include "widgets/parts.h"
#include "widgets/running_list.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kRecentRows = 8;
constexpr std::int64_t kHourMs = 3'600'000;
}  // namespace

OverviewPage::OverviewPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Overview, parent),
      m_recent(new RequestModel(
          backend().clock(),
          [this](const ledger::Filter& filter, std::optional<std::int64_t> before, int limit,
                 RequestModel::PageReply reply) {
              backend().queryHistory(this, filter, before, limit, std::move(reply));
          },
          this)),
      m_stack(new QStackedWidget(this)),
      m_tick(new QTimer(this)),
      m_settle(new QTimer(this)) {
    m_recent->setLimit(kRecentRows);
    actions()->addWidget(
        makeActionButton(this->context().commands.action(CommandId::ToggleGateway)));
    actions()->addWidget(makeActionButton(this->context().commands.action(CommandId::CopyBaseUrl)));
    auto* full = new QWidget;
    auto* column = new QVBoxLayout(full);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kL);
    column->addWidget(makeCards());
    column->addWidget(m_chart = new ChartCard(backend(), full));
    column->addWidget(m_runningList = new RunningList(full));
    column->addWidget(makeRecent());
    column->addStretch();
    m_stack->addWidget(makeScroll(full));
    makeEmpty();
    body()->addWidget(m_stack);
    m_tick->setInterval(1000);
    connect(m_tick, &QTimer::timeout, this, &OverviewPage::showRunning);
    m_settle->setSingleShot(true);
    m_settle->setInterval(1000);
    connect(m_settle, &QTimer::timeout, this, &OverviewPage::refresh);
    connect(m_recent, &RequestModel::loadingChanged, this, &OverviewPage::showEmptiness);
    connect(&backend(), &Backend::exchangesArrived, this, &OverviewPage::take);
    connect(&backend(), &Backend::exchangesMissed, this, [this] {
        m_recent->startOver();
        showRunning();
        refresh();
    });
    connect(m_chart, &ChartCard::answered, this, &OverviewPage::showEmptiness);
    connect(&backend(), &Backend::gatewayStatusChanged, this, &OverviewPage::showGatewayState);
    connect(&backend().payments(), &Payments::changed, this, &OverviewPage::refresh);
    connect(m_runningList, &RunningList::cancelled, this,
            [this](const std::string& id) { backend().cancelRequest(id); });
    connect(m_runningList, &RunningList::restClicked, this,
            [this] { emit activityWanted(todayFilter()); });
    showGatewayState();
}

QWidget* OverviewPage::makeCards() {
    auto* cards = new QWidget(this);
    m_cards = new QGridLayout(cards);
    m_cards->setContentsMargins(0, 0, 0, 0);
    m_cards->setSpacing(space::kM);
    m_spent = new MetricCard(tr("Spent today"), cards);
    m_earned = new MetricCard(tr("Earned today"), cards);
    m_earned->hide();
    m_saved = new MetricCard(tr("Saved by caches"), cards);
    m_requests = new MetricCard(tr("Requests today"), cards);
    m_firstToken = new MetricCard(tr("Median first token"), cards);
    m_failures = new MetricCard(tr("Failures today"), cards);
    fitCards();
    connect(m_earned, &MetricCard::activated, context().commands.showPage(PageId::Selling),
            &QAction::trigger);
    for (MetricCard* card : {m_spent, m_saved, m_requests, m_firstToken}) {
        connect(card, &MetricCard::activated, this, [this] { emit activityWanted(todayFilter()); });
    }
    connect(m_failures, &MetricCard::activated, this, [this] {
        ledger::Filter filter = todayFilter();
        filter.failuresOnly = true;
        emit activityWanted(filter);
    });
    return cards;
}

std::vector<MetricCard*> OverviewPage::cards() const {
    std::vector<MetricCard*> shown{m_spent, m_saved, m_requests, m_firstToken, m_failures};
    if (!m_earned->isHidden()) {
        shown.insert(shown.begin() + 1, m_earned);
    }
    return shown;
}

void OverviewPage::arrangeCards(int columns) {
    m_columns = columns;
    const std::vector<MetricCard*> shown = cards();
    for (MetricCard* card : shown) {
        m_cards->removeWidget(card);
    }
    int at = 0;
    for (MetricCard* card : shown) {
        m_cards->addWidget(card, at / columns, at % columns);
        ++at;
    }
    for (int column = 0; column < m_cards->columnCount(); ++column) {
        m_cards->setColumnStretch(column, column < columns ? 1 : 0);
    }
    QWidget* before = shown.front();
    for (MetricCard* card : shown) {
        if (card != before) {
            setTabOrder(before, card);
        }
        before = card;
    }
}

// In one row, or, where their words need more room than there is, in two.
void OverviewPage::fitCards() {
    const std::vector<MetricCard*> shown = cards();
    const int all = static_cast<int>(shown.size());
    int needed = (all - 1) * space::kM;
    for (const MetricCard* card : shown) {
        needed += card->minimumSizeHint().width();
    }
    const int columns = needed > width() - 2 * space::kXl ? (all + 1) / 2 : all;
    if (columns != m_columns) {
        arrangeCards(columns);
    }
}

void OverviewPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    fitCards();
}

QWidget* OverviewPage::makeRecent() {
    QFrame* card = makeCard(this);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(1, space::kM, 1, space::kS);
    column->setSpacing(space::kXs);
    QLabel* title = makeLabel(tr("Last requests"), "strong", card);
    title->setContentsMargins(space::kL - 1, 0, 0, 0);
    column->addWidget(title);
    m_table = new QTableView(card);
    m_table->setModel(m_recent);
    setUpTable(m_table);
    m_table->setProperty("bare", true);
    m_table->setAccessibleName(tr("Last requests"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    for (int hidden : {RequestModel::Client, RequestModel::FirstToken}) {
        m_table->setColumnHidden(hidden, true);
    }
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    for (int wide : {RequestModel::Asked, RequestModel::Answered}) {
        header->setSectionResizeMode(wide, QHeaderView::Stretch);
    }
    m_table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    const auto fit = [this] {
        // As tall as what it shows: the page scrolls, not the list.
        m_table->setFixedHeight((m_recent->rowCount() + 1) * size::kRow + space::kXs);
    };
    connect(m_recent, &QAbstractItemModel::rowsInserted, m_table, fit);
    connect(m_recent, &QAbstractItemModel::rowsRemoved, m_table, fit);
    connect(m_recent, &QAbstractItemModel::modelReset, m_table, fit);
    fit();
    column->addWidget(m_table);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        if (const RequestRow* row = m_recent->rowAt(index.row())) {
            ledger::Filter filter;
            filter.text = row->record.id;
            emit activityWanted(filter);
        }
    });
    return card;
}

void OverviewPage::makeEmpty() {
    m_empty = new EmptyState(u"inbox"_s, tr("No requests yet"), {}, this);
    const Commands& commands = context().commands;
    m_connectTool = makeButton(tr("Connect a tool"), ButtonKind::Normal, {}, m_empty);
    m_addProvider = makeButton(tr("Add a provider"), ButtonKind::Normal, {}, m_empty);
    auto* playground = makeButton(tr("Open playground"), ButtonKind::Normal, {}, m_empty);
    connect(m_connectTool, &QPushButton::clicked, commands.action(CommandId::ShowConnect),
            &QAction::trigger);
    connect(m_addProvider, &QPushButton::clicked, commands.action(CommandId::AddProvider),
            &QAction::trigger);
    connect(playground, &QPushButton::clicked, commands.action(CommandId::ShowPlayground),
            &QAction::trigger);
    for (QPushButton* button : {m_connectTool, m_addProvider, playground}) {
        m_empty->addButton(button);
    }
    m_stack->addWidget(m_empty);
    connect(&backend(), &Backend::providersChanged, this, &OverviewPage::suggest);
    suggest();
}

// The next thing to do depends on whether anything could answer at all.
void OverviewPage::suggest() {
    const bool answerable = !backend().providers().empty();
    setKind(m_connectTool, answerable ? ButtonKind::Primary : ButtonKind::Normal);
    setKind(m_addProvider, answerable ? ButtonKind::Normal : ButtonKind::Primary);
    m_empty->setText(
        tr("No requests yet"),
        backend().sandbox() ? tr("Point a tool at GateRouter, or talk to a simulated model in the "
                                 "playground: it needs no key and costs nothing.")
        : answerable        ? tr("Point a tool at GateRouter, or try a model in the playground.")
                            : tr("Add a provider first, then point your tools at GateRouter."));
}

QWidget* OverviewPage::firstFocus() {
    return m_spent;
}

void OverviewPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    refresh();
}

ledger::Filter OverviewPage::todayFilter() const {
    ledger::Filter filter;
    filter.from = startOfDay(now());
    return filter;
}

void OverviewPage::refresh() {
    if (!isVisible()) {
        return;
    }
    askFigures();
    askIncome();
    m_chart->ask();
    // While requests run the list is kept by their events.
    if (m_recent->rowCount() == 0) {
        m_recent->reload();
    }
}

void OverviewPage::take(const std::vector<gateway::ExchangeEvent>& events) {
    std::vector<gateway::ExchangeEvent> finished;
    for (const gateway::ExchangeEvent& event : events) {
        if (event.finished) {
            finished.push_back(event);
        }
    }
    m_recent->applyEvents(finished);
    showRunning();
    showEmptiness();
    if (isVisible() && !m_settle->isActive()) {
        m_settle->start();
    }
}

void OverviewPage::showRunning() {
    const std::vector<gateway::RunningExchange> running = backend().runningRequests();
    m_runningList->setRunning(running, now());
    if (running.empty()) {
        m_tick->stop();
    } else if (!m_tick->isActive()) {
        m_tick->start();
    }
}

void OverviewPage::askFigures() {
    backend().queryTotals(this, todayFilter(), [this](const Result<ledger::Totals>& today) {
        if (today) {
            showFigures(*today);
        }
    });
    backend().querySavings(this, startOfDay(now()),
                           [this](const Result<gateway::CacheSavings>& today) {
                               if (today) {
                                   showSavings(*today);
                               }
                           });
    ledger::Filter hour;
    hour.from = UnixMs{now().value - kHourMs};
    backend().queryTotals(this, hour, [this](const Result<ledger::Totals>& last) {
        if (last) {
            m_firstToken->set(
                last->medianFirstTokenMs ? duration(*last->medianFirstTokenMs) : u"–"_s,
                tr("last hour"), tr("Half of the answers began sooner than this"));
        }
    });
}

void OverviewPage::showFigures(const ledger::Totals& today) {
    const bool nothingKnown = today.knownCost.isZero() && today.unknownCost > 0;
    m_spent->set(nothingKnown ? tr("unknown") : moneyShort(today.knownCost),
                 today.unknownCost > 0
                     ? tr("+ %n of unknown cost", nullptr, static_cast<int>(today.unknownCost))
                     : tr("all costs known"),
                 tr("Exactly %1 known").arg(moneyUnlessHidden(today.knownCost)));
    m_requests->set(count(today.requests),
                    tr("%1 tokens").arg(count(today.inputTokens + today.outputTokens)));
    m_failures->set(count(today.failures),
                    today.failures == 0
                        ? tr("none")
                        : tr("%1 % of requests")
                              .arg(QLocale().toString(100.0 * static_cast<double>(today.failures) /
                                                          static_cast<double>(today.requests),
                                                      'f', 1)));
    fitCards();
}

void OverviewPage::showSavings(const gateway::CacheSavings& today) {
    const bool nothingKnown = today.unknown > 0 && today.unknown == today.requests;
    const QString saved =
        today.estimated ? u"≈ "_s + moneyShort(today.saved) : moneyShort(today.saved);
    const int requests = static_cast<int>(today.requests);
    const int unknown = static_cast<int>(today.unknown);
    m_saved->set(nothingKnown ? tr("unknown") : saved,
                 today.requests == 0 ? tr("none read from one")
                 : unknown > 0       ? tr("%n unknown", nullptr, unknown)
                                     : tr("today, %n requests", nullptr, requests),
                 tr("What input from the providers' caches would have cost as fresh input, minus "
                    "what it cost. Exactly %1 known today.")
                     .arg(moneyUnlessHidden(today.saved)));
    fitCards();
}

// Real money, or, where there is none, what is worth nothing, and said to be.
void OverviewPage::askIncome() {
    const bool sells = backend().payments().selling().enabled;
    if (m_earned->isHidden() == sells) {
        m_earned->setVisible(sells);
        m_columns = 0;
        fitCards();
    }
    if (!sells) {
        return;
    }
    backend().payments().queryIncomeSeries(
        this, startOfDay(now()), UnixMs{now().value + 1}, ledger::Step::Day,
        ledger::IncomeBy::Model, [this](const Result<std::vector<ledger::IncomeBucket>>& income) {
            if (!income) {
                m_earned->set(tr("unknown"), text(income.error().message.text));
                return;
            }
            const ChartMoney money = incomeMoney(*income, backend().payments().networks());
            Money sum;
            int sales = 0;
            for (const ledger::Bucket& bucket : money.buckets) {
                sum = sum.plus(bucket.knownCost).value_or(sum);
                sales += static_cast<int>(bucket.requests);
            }
            m_earned->set(
                moneyShort(sum),
                money.worthless ? tr("%n sales, no real money", nullptr, sales)
                                : tr("%n sales", nullptr, sales),
                QStringList{moneyUnlessHidden(sum), asideText(money)}.join(u' ').trimmed());
            fitCards();
        });
}

void OverviewPage::showEmptiness() {
    const bool nothing = m_chart->nothing() && m_recent->rowCount() == 0 && !m_recent->loading() &&
                         backend().runningRequests().empty();
    m_stack->setCurrentIndex(nothing ? 1 : 0);
}

void OverviewPage::showGatewayState() {
    if (const auto notice = gatewayNotice(backend())) {
        notices()->show(u"gateway"_s, *notice);
    } else {
        notices()->hide(u"gateway"_s);
    }
    showRunning();
}

}  // namespace gr::ui
