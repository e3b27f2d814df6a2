// SPDX-License-Identifier: MIT
#include "widgets/allowance_list.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "format.h"
#include "models/payment_text.h"
#include "payment/token_amount.h"
#include "widgets/controls.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QString amountOf(const std::optional<payment::Uint256>& units, const payment::Token& token) {
    if (!units) {
        return AllowanceList::tr("unknown");
    }
    if (amountsHidden()) {
        return hiddenAmount();
    }
    return text(payment::decimalOf(*units, token.decimals));
}

}  // namespace

AllowanceList::AllowanceList(QWidget* parent)
    : QWidget(parent),
      m_model(new WordsModel({tr("Token"), tr("Network"), tr("Needed for"), tr("Permit2 may move"),
                              tr("The wallet has")},
                             {3, 4}, this)),
      m_table(new QTableView(this)),
      m_stack(new QStackedWidget(this)),
      m_nothing(new EmptyState(
          u"shield-check"_s, tr("Nothing is known of allowances"),
          tr("They are asked of the chains together with the balances, once the wallet's address "
             "and a network are known."),
          this)),
      m_words(makeParagraph(tr("Tokens that cannot be sent on a signature, and sellers that charge "
                               "by use, are paid through Permit2. It moves no more than you allow "
                               "it, once for each token."),
                            "muted", this)),
      m_allow(makeButton(tr("Allow…"), ButtonKind::Normal, u"shield-check"_s, this)),
      m_takeBack(makeButton(tr("Take back…"), ButtonKind::Normal, u"undo-2"_s, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    column->addWidget(m_words);
    m_table->setModel(m_model);
    setUpTable(m_table);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setAccessibleName(tr("Allowances of Permit2"));
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->setColumnWidth(1, 170);
    m_table->setColumnWidth(2, 200);
    m_table->setColumnWidth(3, 150);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_nothing);
    m_stack->setCurrentIndex(1);
    column->addWidget(m_stack, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    row->addWidget(m_allow);
    row->addWidget(m_takeBack);
    row->addStretch();
    column->addLayout(row);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &AllowanceList::showButtons);
    connect(m_table, &QTableView::activated, m_allow, &QPushButton::click);
    connect(m_allow, &QPushButton::clicked, this, [this] {
        if (const payment::TokenBalance* one = current()) {
            emit allowWanted(one->token);
        }
    });
    connect(m_takeBack, &QPushButton::clicked, this, [this] {
        if (const payment::TokenBalance* one = current()) {
            emit takeBackWanted(one->token);
        }
    });
    showButtons();
}

const payment::TokenBalance* AllowanceList::current() const {
    const auto row = static_cast<std::size_t>(m_table->currentIndex().row());
    return m_table->currentIndex().isValid() && row < m_rows.size() ? &m_rows[row] : nullptr;
}

void AllowanceList::show(const std::vector<payment::ChainBalance>& balances,
                         const payment::NetworkList& networks) {
    m_balances = balances;
    m_networks = &networks;
    const int before = m_table->currentIndex().row();
    m_rows.clear();
    QList<QStringList> rows;
    for (const payment::ChainBalance& chain : m_balances) {
        for (const payment::TokenBalance& one : chain.tokens) {
            m_rows.push_back(one);
            rows << QStringList{
                plainLine(one.token.symbol),
                networkLine(networks, static_cast<std::int64_t>(chain.chain)),
                one.token.method() == payment::TransferMethod::Permit2 ? tr("every payment")
                                                                       : tr("payments by use"),
                one.allowance && one.allowance->isZero() ? tr("nothing")
                                                         : amountOf(one.allowance, one.token),
                amountOf(one.units, one.token)};
        }
    }
    m_model->set(std::move(rows));
    m_stack->setCurrentIndex(m_rows.empty() ? 1 : 0);
    if (!m_rows.empty()) {
        m_table->selectRow(qBound(0, before, static_cast<int>(m_rows.size()) - 1));
    }
    showButtons();
}

void AllowanceList::showAgain() {
    if (m_networks != nullptr) {
        show(std::vector(m_balances), *m_networks);
    }
}

void AllowanceList::setObstacle(const QString& sentence) {
    m_obstacle = sentence;
    showButtons();
}

void AllowanceList::showButtons() {
    const payment::TokenBalance* one = current();
    m_allow->setEnabled(one != nullptr && m_obstacle.isEmpty());
    m_takeBack->setEnabled(m_allow->isEnabled() && (!one->allowance || !one->allowance->isZero()));
    for (QPushButton* button : {m_allow, m_takeBack}) {
        button->setToolTip(m_obstacle);
    }
}

}  // namespace gr::ui
