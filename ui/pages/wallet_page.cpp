// SPDX-License-Identifier: MIT
#include "pages/wallet_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <utility>

#include "dialogs/allow_dialog.h"
#include "dialogs/policy_dialog.h"
#include "dialogs/wallet_dialogs.h"
#include "models/payment_details.h"
#include "models/payment_text.h"
#include "models/policy_words.h"
#include "widgets/allowance_list.h"
#include "widgets/controls.h"
#include "widgets/export_dialog.h"
#include "widgets/fields.h"
#include "widgets/notice.h"
#include "widgets/parts.h"
#include "widgets/payment_view.h"
#include "widgets/wallet_card.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using ledger::PurchaseState;

namespace {

constexpr int kBelowWidth = 900;  // details go under the table

enum Period { AllTime, Today, LastWeek, LastMonth };

// Groups of states that a person asks for.
struct Choice {
    const char* text;
    std::vector<PurchaseState> states;
};
std::vector<Choice> choices() {
    using enum PurchaseState;
    return {{QT_TRANSLATE_NOOP("gr::ui::WalletPage", "Any state"), {}},
            {QT_TRANSLATE_NOOP("gr::ui::WalletPage", "Paid"), {Settled}},
            {QT_TRANSLATE_NOOP("gr::ui::WalletPage", "Not settled"),
             {Intended, Signed, Sent, Refused, Expired, Unknown}},
            {QT_TRANSLATE_NOOP("gr::ui::WalletPage", "Waits for you"), {Held}},
            {QT_TRANSLATE_NOOP("gr::ui::WalletPage", "Not paid"), {Denied, Released}}};
}

QComboBox* makeBox(const QString& name, QWidget* parent) {
    auto* box = new QComboBox(parent);
    box->setAccessibleName(name);
    box->setToolTip(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return box;
}

}  // namespace

WalletPage::WalletPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Wallet, parent),
      m_model(new PurchaseModel(
          backend().clock(),
          [this](std::int64_t before, int limit, PurchaseModel::Reply reply) {
              backend().payments().queryPurchases(this, currentFilter(), before, limit,
                                                  std::move(reply));
          },
          this)),
      m_stack(new QStackedWidget(this)),
      m_minute(new QTimer(this)),
      m_settle(new QTimer(this)) {
    auto* full = new QWidget(this);
    auto* column = new QVBoxLayout(full);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    column->addWidget(makeHead());
    makeFilterBar(column);
    m_lists->addWidget(makePayments());
    m_lists->addWidget(makeAllowances());
    column->addWidget(m_lists, 1);
    m_stack->addWidget(full);
    m_stack->addWidget(makeEmpty());
    body()->addWidget(m_stack, 1);
    makeExport();
    m_minute->setInterval(60'000);
    connect(m_minute, &QTimer::timeout, this, &WalletPage::askBalances);
    m_settle->setSingleShot(true);
    m_settle->setInterval(1000);
    connect(m_settle, &QTimer::timeout, this, [this] {
        m_model->refresh();
        askSums();
    });
    const auto later = [this] {
        if (isVisible() && !m_settle->isActive()) {
            m_settle->start();
        }
    };
    connect(&backend(), &Backend::exchangesArrived, this, later);
    connect(&backend(), &Backend::vaultStateChanged, this, &WalletPage::askWallet);
    connect(&backend().payments(), &Payments::changed, this, &WalletPage::askWallet);
    connect(m_model, &PurchaseModel::loadingChanged, this, &WalletPage::showEmptiness);
    connect(m_model, &PurchaseModel::failed, this, [this](const QString& sentence) {
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

QWidget* WalletPage::makeHead() {
    auto* head = new QWidget(this);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kL);
    m_card = new WalletCard(head);
    m_balances = new BalanceCard(head);
    row->addWidget(m_card, 2);
    row->addWidget(m_balances, 1);
    connect(m_card, &WalletCard::lockWanted, this, &WalletPage::lockWanted);
    connect(m_card, &WalletCard::backupWanted, this,
            [this] { (new BackupDialog(backend(), m_wallet.words, window()))->open(); });
    connect(m_balances, &BalanceCard::refreshWanted, this, &WalletPage::askBalances);
    return head;
}

QWidget* WalletPage::makeEmpty() {
    auto* empty = new EmptyState(
        u"wallet"_s, tr("No wallet"),
        tr("With a wallet, GateRouter pays providers that ask for payment by the request, in "
           "dollars on a chain (x402), within caps of yours. Without one it uses your provider "
           "keys alone."),
        this);
    QPushButton* create = makeButton(tr("Create…"), ButtonKind::Primary, {}, empty);
    QPushButton* import = makeButton(tr("Import…"), ButtonKind::Normal, {}, empty);
    connect(create, &QPushButton::clicked, this,
            [this] { (new NewWalletDialog(backend(), window()))->open(); });
    connect(import, &QPushButton::clicked, this,
            [this] { (new ImportWalletDialog(backend(), window()))->open(); });
    empty->addButton(create);
    empty->addButton(import);
    QPushButton* keys = makeButton(tr("Use only provider keys"), ButtonKind::Normal, {}, empty);
    connect(keys, &QPushButton::clicked, context().commands.showPage(PageId::Providers),
            &QAction::trigger);
    empty->addButton(keys);
    return empty;
}

void WalletPage::makeFilterBar(QVBoxLayout* column) {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    m_which = new Segments(tr("What is listed"), {tr("Payments"), tr("Allowances")}, this);
    m_lists = new QStackedWidget(this);
    connect(m_which, &Segments::chosen, this, &WalletPage::chooseList);
    row->addWidget(m_which);
    row->addStretch();
    m_state = makeBox(tr("State"), this);
    for (const Choice& choice : choices()) {
        m_state->addItem(tr(choice.text));
    }
    m_period = makeBox(tr("Period"), this);
    m_period->addItems({tr("All time"), tr("Today"), tr("Last 7 days"), tr("Last 30 days")});
    for (QComboBox* box : {m_state, m_period}) {
        row->addWidget(box);
        connect(box, &QComboBox::activated, this, &WalletPage::applyFilter);
    }
    column->addLayout(row);
}

void WalletPage::chooseList(int which) {
    m_lists->setCurrentIndex(which);
    m_state->setVisible(which == 0);
    m_period->setVisible(which == 0);
}

QWidget* WalletPage::makeAllowances() {
    m_allowances = new AllowanceList(this);
    const auto open = [this](const payment::Token& token, AllowDialog::Purpose purpose) {
        const QString network =
            networkLine(backend().payments().networks(), static_cast<std::int64_t>(token.chain));
        auto* dialog = new AllowDialog(backend(), token, network, purpose, window());
        connect(dialog, &QDialog::finished, this, &WalletPage::askBalances);
        dialog->open();
    };
    connect(m_allowances, &AllowanceList::allowWanted, this,
            [open](const payment::Token& token) { open(token, AllowDialog::Purpose::Allow); });
    connect(m_allowances, &AllowanceList::takeBackWanted, this,
            [open](const payment::Token& token) { open(token, AllowDialog::Purpose::TakeBack); });
    return m_allowances;
}

QWidget* WalletPage::makePayments() {
    auto* list = new QWidget(this);
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    m_table = new QTableView(this);
    m_table->setModel(m_model);
    setUpTable(m_table);
    m_table->setAccessibleName(tr("Payments"));
    const std::array<int, PurchaseModel::ColumnCount> widths{96, 170, 110, 96, 110, 140, 120};
    for (int at = 0; at < PurchaseModel::ColumnCount; ++at) {
        const int width = widths[static_cast<std::size_t>(at)];
        m_table->setColumnWidth(at, qMax(width, width * m_table->fontMetrics().height() / 14));
    }
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_nothing = new EmptyState(u"receipt-text"_s, {}, {}, this);
    QPushButton* clear = makeButton(tr("Clear filter"), ButtonKind::Normal, {}, m_nothing);
    connect(clear, &QPushButton::clicked, this, &WalletPage::clearFilter);
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
    column->addWidget(m_splitter, 1);
    m_sums = makeLabel({}, "muted", this);
    column->addWidget(m_sums);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &WalletPage::inspectCurrent);
    connect(m_view, &PaymentView::closeWanted, this, &WalletPage::closeView);
    connect(m_view, &PaymentView::requestWanted, this, &WalletPage::requestWanted);
    onKey(
        this, QKeyCombination(Qt::Key_Escape), this, [this] { closeView(); },
        Qt::WidgetWithChildrenShortcut);
    onKey(m_table, QKeyCombination(Qt::ControlModifier, Qt::Key_C), this, [this] {
        QList<int> rows;
        for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
            rows << index.row();
        }
        std::ranges::sort(rows);
        copyText(m_model->asText(rows));
    });
    return list;
}

// Everything that fits the filter, not only what is loaded.
void WalletPage::makeExport() {
    QPushButton* button = makeButton(tr("Export…"), ButtonKind::Normal, u"download"_s, this);
    button->setToolTip(tr("Write the payments that fit the filter to a file (Ctrl+E)"));
    button->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    connect(button, &QPushButton::clicked, this, [this] {
        openExportDialog(
            this, tr("Export payments"), u"payments"_s,
            [this](const QString& path, ledger::ExportFormat format) {
                backend().payments().exportPurchases(
                    this, currentFilter(), format, path,
                    [this, path](const auto& done) { tellExported(*notices(), path, done); });
            });
    });
    actions()->addWidget(button);
}

QWidget* WalletPage::firstFocus() {
    return m_table;
}

void WalletPage::focusFilter() {
    m_which->setCurrent(0);
    chooseList(0);
    m_state->setFocus(Qt::ShortcutFocusReason);
}

void WalletPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_minute->start();
    refresh();
}

void WalletPage::hideEvent(QHideEvent* event) {
    m_minute->stop();
    Page::hideEvent(event);
}

void WalletPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    m_splitter->setOrientation(width() < kBelowWidth ? Qt::Vertical : Qt::Horizontal);
    fitColumns();
}

void WalletPage::showAmounts() {
    m_balances->showAgain();
    m_allowances->showAgain();
    m_table->viewport()->update();
    askSums();
    inspectCurrent();
}

void WalletPage::refresh() {
    askWallet();
    askHeld();
    m_model->refresh();
    askSums();
}

ledger::PurchaseFilter WalletPage::currentFilter() const {
    ledger::PurchaseFilter filter;
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

void WalletPage::applyFilter() {
    m_view->hide();
    m_model->reload();
    fitColumns();
}

void WalletPage::clearFilter() {
    m_state->setCurrentIndex(0);
    m_period->setCurrentIndex(AllTime);
    applyFilter();
    m_table->setFocus();
}

bool WalletPage::isPlay() const {
    const Payments& payments = backend().payments();
    const std::vector<payment::ChainId> chains = payments.chains();
    return backend().sandbox() ||
           (!chains.empty() && std::ranges::all_of(chains, [&](payment::ChainId chain) {
               return isWorthless(payments.networks(), static_cast<std::int64_t>(chain));
           }));
}

void WalletPage::askWallet() {
    if (!isVisible()) {
        return;
    }
    backend().payments().queryWallet(this, [this](const Result<gateway::WalletFacts>& wallet) {
        if (!wallet) {
            notices()->showError(u"wallet"_s, tr("How the wallet stands is not known"),
                                 text(wallet.error().message.text));
            return;
        }
        notices()->hide(u"wallet"_s);
        m_wallet = *wallet;
        showPolicy();
        m_card->show(m_wallet, isPlay());
        using State = gateway::WalletFacts::State;
        m_allowances->setObstacle(
            m_wallet.state == State::WatchOnly
                ? tr("This wallet only watches; its key is elsewhere, and must allow this there.")
            : m_wallet.state == State::Broken ? tr("The wallet cannot be used.")
                                              : QString());
        showEmptiness();
        askBalances();
    });
}

void WalletPage::askBalances() {
    if (!isVisible() || m_asking) {
        return;
    }
    if (m_wallet.address.empty()) {
        m_balances->showProblem(tr("The balance is shown once the address is known."));
        return;
    }
    if (backend().payments().chains().empty()) {
        m_balances->showProblem(
            tr("No network is set up. List those to pay on under “wallet.networks” in the "
               "configuration file, each with the address of an RPC server."));
        return;
    }
    m_asking = true;
    m_balances->showAsking();
    backend().payments().queryBalances(
        this, m_wallet.address, [this](const Result<std::vector<payment::ChainBalance>>& all) {
            m_asking = false;
            if (all) {
                m_balances->show(*all, backend().payments().networks(), now());
                m_allowances->show(*all, backend().payments().networks());
            } else {
                m_balances->showProblem(text(all.error().message.text));
            }
        });
}

void WalletPage::askSums() {
    backend().payments().querySpending(this, {}, [this](const Result<ledger::SpendingSums>& sums) {
        if (!sums) {
            m_sums->setText(text(sums.error().message.text));
            return;
        }
        QStringList parts{tr("%1 counts today (UTC)").arg(moneyUnlessHidden(sums->day)),
                          tr("%1 in all").arg(moneyUnlessHidden(sums->total))};
        if (!sums->outstanding.isZero()) {
            parts << tr("%1 of it not confirmed").arg(moneyUnlessHidden(sums->outstanding));
        }
        m_sums->setText(parts.join(u"  ·  "_s));
    });
}

void WalletPage::askHeld() {
    backend().payments().query(this, [this](const Result<PaymentsView>& view) {
        takeHeld(view.value_or(PaymentsView()));
    });
}

// Approving takes the dialog, where a hasty click does nothing; here one can look, or refuse.
void WalletPage::takeHeld(const PaymentsView& view) {
    std::set<std::string> open;
    for (const gateway::HeldPayment& held : view.held) {
        const std::string& id = held.purchase.id;
        open.insert(id);
        if (m_held.contains(id)) {
            continue;
        }
        notices()->show(
            u"held "_s + text(id),
            {.tone = NoticeTone::Warning,
             .title = tr("%1 to %2 waits for you")
                          .arg(moneyExact(held.purchase.usd), hostLine(held.purchase.origin)),
             .body = tr("For “%1”. %2 The caller gives up at %3.")
                         .arg(plainLine(held.purchase.client, 80),
                              plainLine(held.purchase.note, 300), timeOfDay(held.until))
                         .toHtmlEscaped(),
             .actions = {{tr("Deny"),
                          [this, id] {
                              m_held.erase(id);
                              backend().payments().deny(this, id,
                                                        reporting(tr("The payment was not denied"),
                                                                  [this] { refresh(); }));
                          }},
                         {tr("Review…"),
                          [this, id] {
                              m_held.erase(id);  // shown again if it still waits
                              emit reviewWanted(id);
                          }}},
             .closable = false});
    }
    for (const std::string& id : m_held) {
        if (!open.contains(id)) {
            notices()->hide(u"held "_s + text(id));
        }
    }
    m_held = std::move(open);
    showDoubt(view.doubted);
    if (std::exchange(m_locked, view.locked) != view.locked) {
        askWallet();
    }
}

void WalletPage::showDoubt(bool doubted) {
    if (!doubted) {
        notices()->hide(u"doubt"_s);
        return;
    }
    notices()->show(
        u"doubt"_s,
        {.tone = NoticeTone::Warning,
         .title = tr("Nothing is paid: the vault remembers other books of payments"),
         .body = tr("These are empty, were put back to an older state, or are another ledger's. "
                    "What was paid since is not in them, so your caps would begin anew. Put the "
                    "right ledger back; or, if it is gone for good, let these count."),
         .actions = {{tr("Let these books count"),
                      [this] {
                          backend().payments().believeBooks(
                              this,
                              reporting(tr("The books still do not count"), [this] { refresh(); }));
                      }}},
         .closable = false});
}

// The file may tighten at once; what it loosens takes a person with the passphrase.
void WalletPage::showPolicy() {
    const auto lines = policyLines(backend().payments().policyChange());
    if (lines.empty()) {
        notices()->hide(u"policy"_s);
        return;
    }
    QStringList rules;
    for (const PolicyLine& line : lines) {
        rules << tr("%1: %2").arg(line.rule, line.after);
    }
    notices()->show(u"policy"_s,
                    {.tone = NoticeTone::Warning,
                     .title = tr("The configuration lets the wallet pay more than was approved"),
                     .body = tr("Until you approve it, the stricter of each rule counts. Asked for "
                                "is: %1.")
                                 .arg(rules.join(u"; "_s))
                                 .toHtmlEscaped(),
                     .actions = {{tr("Review…"), [this] {
                                      auto* dialog = new PolicyDialog(backend(), window());
                                      connect(dialog, &QDialog::finished, this,
                                              &WalletPage::showPolicy);
                                      dialog->open();
                                  }}}});
}

void WalletPage::inspectCurrent() {
    const ledger::Purchase* purchase = m_model->rowAt(m_table->currentIndex().row());
    m_view->setVisible(purchase != nullptr);
    if (purchase != nullptr) {
        m_view->show(purchaseDetails(*purchase, backend().payments().networks(), now()));
    }
    fitColumns();
}

// Beside the details there is room for what tells rows apart; the rest stands in them anyway.
void WalletPage::fitColumns() {
    const bool beside = !m_view->isHidden() && m_splitter->orientation() == Qt::Horizontal;
    for (const int column : {PurchaseModel::Client, PurchaseModel::Bound, PurchaseModel::Hash}) {
        m_table->setColumnHidden(column, beside);
    }
}

void WalletPage::closeView() {
    m_table->clearSelection();
    m_table->setCurrentIndex({});
    m_view->hide();
    fitColumns();
    m_table->setFocus();
}

void WalletPage::showEmptiness() {
    const bool rows = m_model->rowCount() > 0;
    const bool filtered = m_state->currentIndex() > 0 || m_period->currentIndex() > 0;
    const bool wallet = m_wallet.state != gateway::WalletFacts::State::None;
    m_stack->setCurrentIndex(wallet || rows || filtered ? 0 : 1);
    const bool empty = !rows && !m_model->loading();
    if (empty) {
        m_nothing->setText(filtered ? tr("Nothing matches") : tr("Nothing is paid yet"),
                           filtered ? tr("No payment fits this filter.")
                                    : tr("Payments appear here when a provider asks for one."));
        m_nothing->setButtonsVisible(filtered);
    }
    m_tableOrEmpty->setCurrentIndex(empty ? 1 : 0);
    if (empty) {
        m_view->hide();
    }
    fitColumns();
}

}  // namespace gr::ui
