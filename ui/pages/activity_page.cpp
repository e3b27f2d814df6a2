// SPDX-License-Identifier: MIT
#include "pages/activity_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "format.h"
#include "payments.h"
#include "widgets/controls.h"
#include "widgets/export_bar.h"
#include "widgets/fields.h"
#include "widgets/inspector.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kBelowWidth = 900;   // the inspector goes under the table
constexpr int kRoomForAll = 1360;  // all columns beside the inspector
// Choices of the outcome box, beside single outcomes.
constexpr int kAnyOutcome = -1;
constexpr int kFailures = 100;
constexpr int kSold = 101;
constexpr int kBought = 102;

enum Period { AllTime, Today, Yesterday, LastWeek, LastMonth };

QComboBox* makeBox(const QString& name, QWidget* parent) {
    auto* box = new QComboBox(parent);
    box->setAccessibleName(name);
    box->setToolTip(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return box;
}

}  // namespace

ActivityPage::ActivityPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Activity, parent),
      m_model(new RequestModel(
          backend().clock(),
          [this](const ledger::Filter& filter, std::optional<std::int64_t> before, int limit,
                 RequestModel::PageReply reply) {
              backend().queryHistory(this, filter, before, limit, std::move(reply));
          },
          this)),
      m_typing(new QTimer(this)),
      m_settle(new QTimer(this)) {
    body()->setSpacing(space::kM);
    makeFilterBar();
    makeExport();
    makeTable();
    makeShortcuts();
    m_typing->setSingleShot(true);
    m_typing->setInterval(200);
    connect(m_typing, &QTimer::timeout, this, &ActivityPage::applyFilter);
    m_settle->setSingleShot(true);
    m_settle->setInterval(1000);
    connect(m_settle, &QTimer::timeout, this, &ActivityPage::askSums);
    connect(&backend(), &Backend::exchangesArrived, this, &ActivityPage::take);
    connect(&backend(), &Backend::exchangesMissed, m_model, &RequestModel::startOver);
    connect(&backend(), &Backend::providersChanged, this, &ActivityPage::offerNames);
    connect(&backend(), &Backend::clientKeysChanged, this, &ActivityPage::offerNames);
    connect(m_model, &RequestModel::loadingChanged, this, &ActivityPage::showEmptiness);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &ActivityPage::showEmptiness);
    connect(m_model, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex& from, const QModelIndex& to) {
                const int chosen = m_table->currentIndex().row();
                if (chosen >= from.row() && chosen <= to.row()) {
                    inspectCurrent();
                }
            });
    connect(m_model, &RequestModel::failed, this, [this](const QString& sentence) {
        notices()->showError(u"books"_s, tr("The books could not be read"), sentence);
    });
}

void ActivityPage::makeFilterBar() {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    m_text = new QLineEdit(this);
    m_text->setPlaceholderText(tr("Find a model, client or request id"));
    m_text->setAccessibleName(tr("Find"));
    m_text->setClearButtonEnabled(true);
    m_text->setMinimumWidth(150);
    m_text->addAction(themedIcon(u"search"_s, Tint::Muted), QLineEdit::LeadingPosition);
    m_period = makeBox(tr("Period"), this);
    m_period->addItems(
        {tr("All time"), tr("Today"), tr("Yesterday"), tr("Last 7 days"), tr("Last 30 days")});
    m_outcome = makeBox(tr("Outcome"), this);
    m_outcome->addItem(tr("Any outcome"));
    m_outcome->addItem(tr("Failures"), kFailures);
    m_outcome->addItem(tr("Sold"), kSold);
    m_outcome->addItem(tr("Paid to a seller"), kBought);
    for (int i = 0; i <= static_cast<int>(ledger::Outcome::Stopped); ++i) {
        m_outcome->addItem(outcomeLook(static_cast<ledger::Outcome>(i)).word, i);
    }
    m_provider = makeBox(tr("Provider"), this);
    m_client = makeBox(tr("Client"), this);
    offerNames();
    row->addWidget(m_text, 1);
    for (QComboBox* box : {m_period, m_outcome, m_provider, m_client}) {
        row->addWidget(box);
        connect(box, &QComboBox::activated, this, &ActivityPage::applyFilter);
    }
    body()->addLayout(row);
    connect(m_text, &QLineEdit::textChanged, this, [this] { m_typing->start(); });
}

void ActivityPage::offerNames() {
    const auto fill = [](QComboBox* box, const QString& any, const QStringList& names) {
        const QString chosen = box->currentData().toString();
        box->clear();
        box->addItem(any);
        for (const QString& name : names) {
            box->addItem(name, name);
        }
        box->setCurrentIndex(qMax(0, box->findData(chosen)));
    };
    QStringList providers;
    for (const ProviderInfo& provider : backend().providers()) {
        providers << text(provider.id);
    }
    QStringList clients;
    for (const ClientKeyInfo& key : backend().clientKeys()) {
        clients << text(key.id);
    }
    fill(m_provider, tr("Any provider"), providers);
    fill(m_client, tr("Any client"), clients);
}

void ActivityPage::makeTable() {
    m_table = new QTableView(this);
    m_table->setModel(m_model);
    setUpTable(m_table);
    m_table->setAccessibleName(tr("Requests"));
    QHeaderView* header = m_table->horizontalHeader();
    const std::array<int, RequestModel::ColumnCount> widths{84, 92, 150, 150, 84, 100, 92, 76, 130};
    for (int column = 0; column < RequestModel::ColumnCount; ++column) {
        // Made for 14 pixels of line height; larger text gets more.
        const int width = widths[static_cast<std::size_t>(column)];
        m_table->setColumnWidth(column, qMax(width, width * m_table->fontMetrics().height() / 14));
    }
    header->setSectionsMovable(true);
    header->setStretchLastSection(true);
    m_empty = new EmptyState(u"receipt-text"_s, {}, {}, this);
    QPushButton* clear = makeButton(tr("Clear filter"), ButtonKind::Normal, {}, m_empty);
    connect(clear, &QPushButton::clicked, this, &ActivityPage::clearFilter);
    m_empty->addButton(clear);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    m_inspector = new Inspector(this);
    m_splitter = new QSplitter(this);
    m_splitter->setHandleWidth(space::kL);
    m_splitter->addWidget(m_stack);
    m_splitter->addWidget(m_inspector);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setSizes({600, 340});
    m_inspector->setMinimumWidth(300);
    m_inspector->setMinimumHeight(220);
    m_inspector->hide();
    m_splitter->setChildrenCollapsible(false);
    body()->addWidget(m_splitter, 1);
    m_sums = makeLabel({}, "muted", this);
    body()->addWidget(m_sums);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ActivityPage::inspectCurrent);
    connect(m_inspector, &Inspector::closeWanted, this, &ActivityPage::closeInspector);
    connect(m_inspector, &Inspector::tryWanted, this, &ActivityPage::tryCurrent);
    connect(m_inspector, &Inspector::cancelWanted, this,
            [this](const std::string& id) { backend().cancelRequest(id); });
}

void ActivityPage::makeShortcuts() {
    const auto onKeys = [this](const QKeySequence& keys, auto&& run) {
        auto* shortcut = new QShortcut(keys, m_table);
        shortcut->setContext(Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, run);
    };
    auto* escape = new QShortcut(QKeySequence(Qt::Key_Escape), this);
    escape->setContext(Qt::WidgetWithChildrenShortcut);
    connect(escape, &QShortcut::activated, this, &ActivityPage::closeInspector);
    onKey(
        this, Qt::CTRL | Qt::Key_T, this, [this] { tryCurrent(); }, Qt::WidgetWithChildrenShortcut);
    onKeys(QKeySequence::Copy, [this] { copyText(m_model->asText(selectedRows())); });
    QPushButton* copyCsv = makeButton(tr("Copy as CSV"), ButtonKind::Normal, u"copy"_s, this);
    copyCsv->setToolTip(tr("Copy the chosen rows; without a choice, all that are loaded"));
    connect(copyCsv, &QPushButton::clicked, this, [this] {
        QList<int> rows = selectedRows();
        if (rows.size() < 2) {
            rows.clear();
            for (int row = 0; row < m_model->rowCount(); ++row) {
                rows << row;
            }
        }
        copyText(m_model->asCsv(rows));
    });
    actions()->addWidget(copyCsv);
}

// Everything that fits the filter, not only what is loaded.
void ActivityPage::makeExport() {
    m_export = new ExportBar(backend(), notices(), this);
    body()->addWidget(m_export);
    QPushButton* button = makeButton(tr("Export…"), ButtonKind::Normal, u"download"_s, this);
    button->setToolTip(tr("Write all requests that fit the filter to a file (Ctrl+E)"));
    button->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    connect(button, &QPushButton::clicked, this, [this] { m_export->ask(currentFilter()); });
    connect(m_export, &ExportBar::runningChanged, button,
            [this, button] { button->setEnabled(!m_export->running()); });
    actions()->addWidget(button);
}

QWidget* ActivityPage::firstFocus() {
    return m_table;
}

void ActivityPage::focusFilter() {
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

void ActivityPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (!m_loaded) {
        refresh();
    }
}

void ActivityPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    m_splitter->setOrientation(width() < kBelowWidth ? Qt::Vertical : Qt::Horizontal);
    fitColumns();
}

ledger::Filter ActivityPage::currentFilter() const {
    ledger::Filter filter;
    filter.text = utf8(m_text->text().trimmed());
    filter.provider = utf8(m_provider->currentData().toString());
    filter.client = utf8(m_client->currentData().toString());
    switch (m_period->currentIndex()) {
        case Today:
            filter.from = startOfDay(now());
            break;
        case Yesterday:
            filter.from = startOfDay(now(), 1);
            filter.to = startOfDay(now());
            break;
        case LastWeek:
            filter.from = startOfDay(now(), 6);
            break;
        case LastMonth:
            filter.from = startOfDay(now(), 29);
            break;
        default:
            break;
    }
    const QVariant outcome = m_outcome->currentData();
    if (outcome.isValid() && outcome.toInt() == kFailures) {
        filter.failuresOnly = true;
    } else if (outcome.isValid() && outcome.toInt() == kSold) {
        filter.trade = ledger::Trade::Sold;
    } else if (outcome.isValid() && outcome.toInt() == kBought) {
        filter.trade = ledger::Trade::Bought;
    } else if (outcome.isValid()) {
        filter.outcome = static_cast<ledger::Outcome>(outcome.toInt());
    }
    return filter;
}

void ActivityPage::showFilter(const ledger::Filter& filter) {
    const QSignalBlocker quiet(m_text);
    m_text->setText(text(filter.text));
    m_period->setCurrentIndex(filter.from ? Today : AllTime);
    const int chosen = filter.failuresOnly                     ? kFailures
                       : filter.trade == ledger::Trade::Sold   ? kSold
                       : filter.trade == ledger::Trade::Bought ? kBought
                                                               : kAnyOutcome;
    m_outcome->setCurrentIndex(qMax(0, m_outcome->findData(chosen)));
    m_provider->setCurrentIndex(qMax(0, m_provider->findData(text(filter.provider))));
    m_client->setCurrentIndex(qMax(0, m_client->findData(text(filter.client))));
    applyFilter();
}

void ActivityPage::clearFilter() {
    showFilter({});
    m_table->setFocus();
}

void ActivityPage::applyFilter() {
    m_loaded = true;
    m_inspector->hide();
    fitColumns();
    m_model->setFilter(currentFilter());
    std::vector<gateway::ExchangeEvent> running;
    for (const gateway::RunningExchange& one : backend().runningRequests()) {
        running.push_back(
            {.kind = gateway::ExchangeEvent::Kind::Started, .running = one, .finished = {}});
    }
    m_model->applyEvents(running);
    askSums();
}

void ActivityPage::refresh() {
    applyFilter();
    askGaps();
}

void ActivityPage::take(const std::vector<gateway::ExchangeEvent>& events) {
    if (!m_loaded) {
        return;
    }
    const bool atTop = m_table->verticalScrollBar()->value() == 0;
    m_model->applyEvents(events);
    if (atTop) {
        m_table->scrollToTop();
    }
    if (isVisible() && !m_settle->isActive()) {
        m_settle->start();
    }
}

void ActivityPage::inspectCurrent() {
    const RequestRow* row = m_model->rowAt(m_table->currentIndex().row());
    m_inspector->setVisible(row != nullptr);
    if (row != nullptr) {
        m_inspector->show(*row, row->running ? std::vector<gateway::AttemptBill>()
                                             : backend().bills(row->record));
        askPayments(row->record.id);
    }
    fitColumns();
}

void ActivityPage::tryCurrent() {
    const RequestRow* row = m_model->rowAt(m_table->currentIndex().row());
    if (row != nullptr && !row->running) {
        emit tryWanted(row->record);
    }
}

void ActivityPage::askPayments(const std::string& requestId) {
    backend().payments().queryPurchasesOf(
        this, requestId, [this, requestId](const Result<std::vector<ledger::Purchase>>& found) {
            std::vector<PaymentDetails> shown;
            for (const ledger::Purchase& one : found.value_or(std::vector<ledger::Purchase>())) {
                shown.push_back(purchaseDetails(one, backend().payments().networks(), now()));
            }
            m_inspector->showPayments(requestId, shown);
        });
    backend().payments().querySalesOf(
        this, requestId, [this, requestId](const Result<std::vector<ledger::SoldAnswer>>& found) {
            std::vector<PaymentDetails> shown;
            for (const ledger::SoldAnswer& one :
                 found.value_or(std::vector<ledger::SoldAnswer>())) {
                shown.push_back(
                    saleDetails(one.sale, backend().payments().networks(), now(), one.credit));
            }
            m_inspector->showSales(requestId, shown);
        });
}

// Beside the inspector there is room for what tells rows apart; the rest stands in it anyway.
void ActivityPage::fitColumns() {
    const bool beside = !m_inspector->isHidden() && m_splitter->orientation() == Qt::Horizontal &&
                        width() < kRoomForAll;
    for (int column : {RequestModel::Client, RequestModel::Asked, RequestModel::FirstToken,
                       RequestModel::Total}) {
        m_table->setColumnHidden(column, beside);
    }
}

void ActivityPage::closeInspector() {
    m_table->clearSelection();
    m_table->setCurrentIndex({});
    m_inspector->hide();
    fitColumns();
    m_table->setFocus();
}

void ActivityPage::askSums() {
    backend().queryTotals(this, currentFilter(), [this](const Result<ledger::Totals>& totals) {
        if (!totals) {
            m_sums->setText(text(totals.error().message.text));
            return;
        }
        QStringList parts{
            tr("%n requests", nullptr, static_cast<int>(totals->requests)),
            tr("%1 tokens in, %2 out").arg(count(totals->inputTokens), count(totals->outputTokens)),
            moneyUnlessHidden(totals->knownCost)};
        if (totals->unknownCost > 0) {
            parts << tr("%n of unknown cost", nullptr, static_cast<int>(totals->unknownCost));
        }
        if (totals->failures > 0) {
            parts << tr("%n failed", nullptr, static_cast<int>(totals->failures));
        }
        m_sums->setText(parts.join(u"  ·  "_s));
    });
}

void ActivityPage::askGaps() {
    const UnixMs week{now().value - 7LL * 24 * 3'600'000};
    backend().queryGaps(this, week, now(), [this](const Result<std::vector<ledger::Gap>>& gaps) {
        if (!gaps || gaps->empty()) {
            notices()->hide(u"gaps"_s);
            return;
        }
        const ledger::Gap& last = gaps->back();
        notices()->show(
            u"gaps"_s,
            {.tone = NoticeTone::Warning,
             .title = tr("Part of the history is missing"),
             .body = tr("%n requests before %1 were not recorded: the disk took no more rows.",
                        nullptr, static_cast<int>(last.requests))
                         .arg(shortTime(last.to, now()))
                         .toHtmlEscaped(),
             .actions = {}});
    });
}

void ActivityPage::showEmptiness() {
    const bool empty = m_model->rowCount() == 0 && !m_model->loading();
    if (empty) {
        const bool filtered = !m_text->text().isEmpty() || m_period->currentIndex() != AllTime ||
                              m_outcome->currentIndex() > 0 || m_provider->currentIndex() > 0 ||
                              m_client->currentIndex() > 0;
        m_empty->setText(filtered ? tr("Nothing matches") : tr("Nothing yet"),
                         filtered ? tr("No request fits this filter.")
                                  : tr("Requests appear here the moment they arrive."));
        m_empty->setButtonsVisible(filtered);
    }
    m_stack->setCurrentIndex(empty ? 1 : 0);
    if (empty) {
        m_inspector->hide();
    }
}

QList<int> ActivityPage::selectedRows() const {
    QList<int> rows;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
        rows << index.row();
    }
    std::ranges::sort(rows);
    return rows;
}

}  // namespace gr::ui
