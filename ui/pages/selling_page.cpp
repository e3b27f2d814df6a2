// SPDX-License-Identifier: MIT
#include "pages/selling_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "models/payment_details.h"
#include "models/payment_text.h"
#include "widgets/controls.h"
#include "widgets/export_dialog.h"
#include "widgets/fields.h"
#include "widgets/notice.h"
#include "widgets/parts.h"
#include "widgets/payment_view.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using ledger::SaleState;

namespace {

constexpr int kBelowWidth = 900;  // details go under the table

enum Period { AllTime, Today, LastWeek, LastMonth };
enum Kind { AnyState, Good, UnderWay, Owed, Bad };

// Groups of states that a person asks for, in the order of Kind.
struct Choice {
    const char* text;
    std::vector<SaleState> states;
};
std::vector<Choice> choices() {
    using enum SaleState;
    return {{QT_TRANSLATE_NOOP("gr::ui::SellingPage", "Any state"), {}},
            {QT_TRANSLATE_NOOP("gr::ui::SellingPage", "Answered"), {Served}},
            {QT_TRANSLATE_NOOP("gr::ui::SellingPage", "Under way"),
             {Reserved, Settling, Settled, Serving, Unknown}},
            {QT_TRANSLATE_NOOP("gr::ui::SellingPage", "Owed an answer"), {Credit}},
            {QT_TRANSLATE_NOOP("gr::ui::SellingPage", "Failed or taken back"), {Failed, Reorged}}};
}

QComboBox* makeBox(const QString& name, QWidget* parent) {
    auto* box = new QComboBox(parent);
    box->setAccessibleName(name);
    box->setToolTip(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return box;
}

// "20 %", "12.5 %"
QString percentOf(std::int64_t permyriad) {
    return QLocale().toString(static_cast<double>(permyriad) / 100.0, 'g', 6) + u" %"_s;
}

}  // namespace

SellingPage::SellingPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Selling, parent),
      m_model(new SaleModel(
          backend().clock(),
          [this](std::int64_t before, int limit, SaleModel::Reply reply) {
              backend().payments().querySales(this, currentFilter(), before, limit,
                                              std::move(reply));
          },
          this)),
      m_prices(new WordsModel({tr("Model"), tr("Provider"), tr("1,000 tokens in and 1,000 out")},
                              {2}, this)),
      m_payers(new WordsModel({tr("Payer"), tr("Sales"), tr("Paid"), tr("Last")}, {1, 2}, this)),
      m_stack(new QStackedWidget(this)),
      m_settle(new QTimer(this)) {
    auto* full = new QWidget(this);
    auto* column = new QVBoxLayout(full);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    column->addWidget(makeCards());
    column->addWidget(makeTerms());
    column->addWidget(makeLists(), 1);
    m_stack->addWidget(full);
    m_stack->addWidget(new EmptyState(
        u"store"_s, tr("Nothing is sold"),
        tr("GateRouter can answer strangers for payment by the request, in dollars on a chain "
           "(x402): they get a price, pay, and are answered, without an account. To switch it on, "
           "set “sell” in the configuration file: “enabled”, the address to be paid to "
           "(“pay_to”), and the networks."),
        this));
    body()->addWidget(m_stack, 1);
    makeExport();
    m_settle->setSingleShot(true);
    m_settle->setInterval(1000);
    connect(m_settle, &QTimer::timeout, this, [this] {
        m_model->refresh();
        askIncome();
        askPayers();
    });
    connect(&backend(), &Backend::exchangesArrived, this, [this] {
        if (isVisible() && !m_settle->isActive()) {
            m_settle->start();
        }
    });
    connect(&backend().payments(), &Payments::changed, this, &SellingPage::showTerms);
    connect(m_model, &SaleModel::loadingChanged, this, &SellingPage::showEmptiness);
    connect(m_model, &SaleModel::failed, this, [this](const QString& sentence) {
        notices()->showError(u"books"_s, tr("The books could not be read"), sentence);
    });
    connect(m_model, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex& from, const QModelIndex& to) {
                const int row = m_table->currentIndex().row();
                if (row >= from.row() && row <= to.row()) {
                    inspectCurrent();
                }
            });
}

QWidget* SellingPage::makeCards() {
    auto* cards = new QWidget(this);
    auto* row = new QHBoxLayout(cards);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kL);
    m_today = new MetricCard(tr("Income today"), cards);
    m_month = new MetricCard(tr("Income in 30 days"), cards);
    m_unfinal = new MetricCard(tr("Not final"), cards);
    m_credits = new MetricCard(tr("Owed in credits"), cards);
    connect(m_today, &MetricCard::activated, this, [this] { choose(AnyState, Today); });
    connect(m_month, &MetricCard::activated, this, [this] { choose(AnyState, LastMonth); });
    connect(m_unfinal, &MetricCard::activated, this, [this] { choose(UnderWay, AllTime); });
    connect(m_credits, &MetricCard::activated, this, [this] { choose(Owed, AllTime); });
    for (MetricCard* card : {m_today, m_month, m_unfinal, m_credits}) {
        row->addWidget(card, 1);
    }
    return cards;
}

QWidget* SellingPage::makeTerms() {
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kM);
    m_play = makeLabel(tr("no real money"), "pill", box);
    m_terms = makeParagraph({}, "muted", box);
    row->addWidget(m_play, 0, Qt::AlignTop);
    row->addWidget(m_terms, 1);
    return box;
}

QTableView* SellingPage::makeTable(QAbstractItemModel* model, const QString& name) {
    auto* table = new QTableView(this);
    table->setModel(model);
    setUpTable(table);
    table->setAccessibleName(name);
    table->horizontalHeader()->setStretchLastSection(true);
    return table;
}

QWidget* SellingPage::makeSales() {
    m_table = makeTable(m_model, tr("Sales"));
    const std::array<int, SaleModel::ColumnCount> widths{110, 130, 200, 96, 170, 120};
    for (int at = 0; at < SaleModel::ColumnCount; ++at) {
        const int width = widths[static_cast<std::size_t>(at)];
        m_table->setColumnWidth(at, qMax(width, width * m_table->fontMetrics().height() / 14));
    }
    m_nothing = new EmptyState(u"receipt-text"_s, {}, {}, this);
    QPushButton* clear = makeButton(tr("Clear filter"), ButtonKind::Normal, {}, m_nothing);
    connect(clear, &QPushButton::clicked, this, [this] { choose(AnyState, AllTime); });
    m_nothing->addButton(clear);
    m_tableOrEmpty = new QStackedWidget(this);
    m_tableOrEmpty->addWidget(m_table);
    m_tableOrEmpty->addWidget(m_nothing);
    m_view = new PaymentView(this);
    m_view->setMinimumWidth(300);
    m_view->setMinimumHeight(160);
    m_view->hide();
    m_splitter = new QSplitter(this);
    m_splitter->setHandleWidth(space::kL);
    m_splitter->addWidget(m_tableOrEmpty);
    m_splitter->addWidget(m_view);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setSizes({600, 340});
    m_splitter->setChildrenCollapsible(false);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &SellingPage::inspectCurrent);
    connect(m_view, &PaymentView::closeWanted, this, &SellingPage::closeView);
    connect(m_view, &PaymentView::requestWanted, this, &SellingPage::requestWanted);
    onKey(
        this, QKeyCombination(Qt::Key_Escape), this, [this] { closeView(); },
        Qt::WidgetWithChildrenShortcut);
    return m_splitter;
}

QWidget* SellingPage::makeLists() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    m_which = new Segments(tr("What is listed"), {tr("Sales"), tr("Prices"), tr("Payers")}, box);
    row->addWidget(m_which);
    row->addStretch();
    m_state = makeBox(tr("State"), box);
    for (const Choice& choice : choices()) {
        m_state->addItem(tr(choice.text));
    }
    m_period = makeBox(tr("Period"), box);
    m_period->addItems({tr("All time"), tr("Today"), tr("Last 7 days"), tr("Last 30 days")});
    for (QComboBox* filter : {m_state, m_period}) {
        row->addWidget(filter);
        connect(filter, &QComboBox::activated, this, &SellingPage::applyFilter);
    }
    column->addLayout(row);
    m_lists = new QStackedWidget(box);
    m_lists->addWidget(makeSales());
    QTableView* prices = makeTable(m_prices, tr("Prices"));
    prices->setColumnWidth(0, 320);
    prices->setColumnWidth(1, 180);
    m_lists->addWidget(prices);
    QTableView* payers = makeTable(m_payers, tr("Payers"));
    payers->setColumnWidth(0, 400);
    m_lists->addWidget(payers);
    column->addWidget(m_lists, 1);
    connect(m_which, &Segments::chosen, this, [this](int which) {
        m_lists->setCurrentIndex(which);
        m_state->setVisible(which == 0);
        m_period->setVisible(which == 0);
    });
    return box;
}

// Everything that fits the filter, not only what is loaded.
void SellingPage::makeExport() {
    QPushButton* button = makeButton(tr("Export…"), ButtonKind::Normal, u"download"_s, this);
    button->setToolTip(tr("Write the sales that fit the filter to a file (Ctrl+E)"));
    button->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    connect(button, &QPushButton::clicked, this, [this] {
        openExportDialog(
            this, tr("Export sales"), u"sales"_s,
            [this](const QString& path, ledger::ExportFormat format) {
                backend().payments().exportSales(
                    this, currentFilter(), format, path,
                    [this, path](const auto& done) { tellExported(*notices(), path, done); });
            });
    });
    actions()->addWidget(button);
}

QWidget* SellingPage::firstFocus() {
    return m_table;
}

void SellingPage::focusFilter() {
    m_state->setFocus(Qt::ShortcutFocusReason);
}

void SellingPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    refresh();
}

void SellingPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    m_splitter->setOrientation(width() < kBelowWidth ? Qt::Vertical : Qt::Horizontal);
    fitColumns();
}

void SellingPage::refresh() {
    showTerms();
    m_model->refresh();
    askIncome();
    askPayers();
}

ledger::SaleFilter SellingPage::currentFilter() const {
    ledger::SaleFilter filter;
    filter.states = choices()[static_cast<std::size_t>(m_state->currentIndex())].states;
    switch (m_period->currentIndex()) {
        case Today:
            filter.from = startOfDay(now());
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
    return filter;
}

void SellingPage::choose(int state, int period) {
    m_state->setCurrentIndex(state);
    m_period->setCurrentIndex(period);
    m_which->setCurrent(0);
    emit m_which->chosen(0);
    applyFilter();
    m_table->setFocus();
}

void SellingPage::applyFilter() {
    m_view->hide();
    m_model->reload();
    fitColumns();
}

void SellingPage::showTerms() {
    const Payments& payments = backend().payments();
    const settings::Sell& sell = payments.selling();
    QStringList places;
    bool play = !sell.networks.empty();
    for (const std::string& name : sell.networks) {
        const auto chain = static_cast<std::int64_t>(payment::chainOf(name).value_or(0));
        places << networkLine(payments.networks(), chain);
        play = play && isWorthless(payments.networks(), chain);
    }
    QStringList lines{tr("Sold on %1, for what a request costs here and %2 more, at least %3.")
                          .arg(places.isEmpty() ? tr("no network") : places.join(u", "_s),
                               percentOf(sell.markupPermyriad), moneyExact(sell.minimum))};
    if (sell.payTo) {
        lines << tr("Paid to %1.").arg(addressLine(sell.payTo->toHex()));
    }
    lines << (sell.settlement.facilitator.empty()
                  ? tr("This gateway brings payments to the chain itself.")
                  : tr("Payments are brought to the chain by %1.")
                        .arg(hostLine(sell.settlement.facilitator)));
    m_terms->setText(lines.join(u' '));
    m_play->setVisible(play || backend().sandbox());
    const std::string problem = payments.sellingProblem();
    if (problem.empty()) {
        notices()->hide(u"selling"_s);
    } else {
        notices()->show(u"selling"_s, {.tone = NoticeTone::Warning,
                                       .title = tr("Nothing is sold, although it is switched on"),
                                       .body = plainLine(problem, 400).toHtmlEscaped(),
                                       .actions = {}});
    }
    showPrices();
    showEmptiness();
}

void SellingPage::showPrices() {
    QList<QStringList> rows;
    if (backend().payments().selling().enabled) {
        for (const SoldModel& sold : backend().payments().soldModels()) {
            rows << QStringList{plainLine(sold.model, 120), plainLine(sold.provider, 80),
                                moneyColumn(sold.price)};
        }
    }
    m_prices->set(std::move(rows));
}

void SellingPage::askIncome() {
    const auto show = [this](MetricCard* card, UnixMs from, bool all) {
        backend().payments().queryIncome(
            this, from, [this, card, all](const Result<ledger::IncomeSums>& sums) {
                if (!sums) {
                    card->set(tr("unknown"), text(sums.error().message.text));
                    return;
                }
                card->set(moneyShort(sums->income),
                          tr("%n sales", nullptr, static_cast<int>(sums->sales)),
                          moneyUnlessHidden(sums->income));
                if (all) {
                    m_unfinal->set(moneyShort(sums->unfinal), tr("may still be taken back"),
                                   moneyUnlessHidden(sums->unfinal));
                    m_credits->set(moneyShort(sums->credits), tr("answers that are owed"),
                                   moneyUnlessHidden(sums->credits));
                }
            });
    };
    show(m_today, startOfDay(now()), true);
    show(m_month, startOfDay(now(), 29), false);
}

void SellingPage::askPayers() {
    backend().payments().queryPayers(
        this, UnixMs{0}, [this](const Result<std::vector<ledger::PayerSum>>& payers) {
            QList<QStringList> rows;
            for (const ledger::PayerSum& one : payers.value_or(std::vector<ledger::PayerSum>())) {
                rows << QStringList{addressLine(one.payer), count(one.sales),
                                    moneyColumn(one.income), shortTime(one.last, now())};
            }
            m_payers->set(std::move(rows));
        });
}

void SellingPage::inspectCurrent() {
    const ledger::Sale* sale = m_model->rowAt(m_table->currentIndex().row());
    m_view->setVisible(sale != nullptr);
    if (sale != nullptr) {
        m_view->show(saleDetails(*sale, backend().payments().networks(), now()));
    }
    fitColumns();
}

// Beside the details there is room for what tells rows apart; the rest stands in them anyway.
void SellingPage::fitColumns() {
    const bool beside = !m_view->isHidden() && m_splitter->orientation() == Qt::Horizontal;
    for (const int column : {SaleModel::Payer, SaleModel::Hash}) {
        m_table->setColumnHidden(column, beside);
    }
}

void SellingPage::closeView() {
    m_table->clearSelection();
    m_table->setCurrentIndex({});
    m_view->hide();
    fitColumns();
    m_table->setFocus();
}

void SellingPage::showEmptiness() {
    const bool rows = m_model->rowCount() > 0;
    const bool filtered = m_state->currentIndex() > 0 || m_period->currentIndex() > 0;
    const bool sells = backend().payments().selling().enabled;
    m_stack->setCurrentIndex(sells || rows || filtered ? 0 : 1);
    const bool empty = !rows && !m_model->loading();
    if (empty) {
        m_nothing->setText(filtered ? tr("Nothing matches") : tr("Nothing is sold yet"),
                           filtered ? tr("No sale fits this filter.")
                                    : tr("Sales appear here when somebody pays for a request."));
        m_nothing->setButtonsVisible(filtered);
        m_view->hide();
    }
    m_tableOrEmpty->setCurrentIndex(empty ? 1 : 0);
    fitColumns();
}

}  // namespace gr::ui
