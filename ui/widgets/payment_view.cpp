// SPDX-License-Identifier: MIT
#include "widgets/payment_view.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

PaymentView::PaymentView(QWidget* parent)
    : QFrame(parent),
      m_state(new StateLabel(this)),
      m_play(makeLabel(tr("no real money"), "pill", this)),
      m_title(makeParagraph({}, "section", this)),
      m_meaning(makeParagraph({}, "", this)),
      m_facts(new QFormLayout),
      m_copyHash(makeButton(tr("Copy transaction"), ButtonKind::Normal, u"copy"_s, this)),
      m_request(makeButton(tr("Show request"), ButtonKind::Normal, u"receipt-text"_s, this)) {
    setProperty("card", true);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(1, 1, 1, 1);
    auto* ground = new QWidget;
    ground->setProperty("ground", true);
    auto* column = new QVBoxLayout(ground);
    column->setContentsMargins(space::kL, space::kS, space::kS, space::kL);
    column->setSpacing(space::kM);
    auto* head = new QHBoxLayout;
    head->addWidget(m_state);
    head->addStretch();
    head->addWidget(m_play);
    QPushButton* close = makeIconButton(u"x"_s, tr("Close (Esc)"), this);
    head->addWidget(close);
    column->addLayout(head);
    column->addWidget(m_title);
    column->addWidget(m_meaning);
    column->addWidget(makeRule(this));
    m_facts->setHorizontalSpacing(space::kL);
    m_facts->setVerticalSpacing(space::kS);
    m_facts->setLabelAlignment(Qt::AlignLeft);
    column->addLayout(m_facts);
    column->addWidget(m_request, 0, Qt::AlignLeft);
    column->addWidget(m_copyHash, 0, Qt::AlignLeft);
    column->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(ground);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(scroll);
    connect(close, &QPushButton::clicked, this, &PaymentView::closeWanted);
    connect(m_copyHash, &QPushButton::clicked, this, [this] { copyText(text(m_transaction)); });
    connect(m_request, &QPushButton::clicked, this, [this] { emit requestWanted(m_requestId); });
}

// Long hexadecimal texts have no place to break: they are cut, and whole in the tooltip.
void PaymentView::showFacts(const PaymentDetails& details) {
    while (m_facts->rowCount() > 0) {
        m_facts->removeRow(0);
    }
    for (const auto& [name, value] : details.facts) {
        const bool hex = value.startsWith(u"0x"_s) && value.size() > 20;
        const QString shown = hex ? value.left(10) + u"…"_s + value.right(8) : value;
        QLabel* label = makeParagraph(shown, "", this);
        if (hex) {
            label->setToolTip(value.toHtmlEscaped());
        }
        label->setAccessibleName(u"%1: %2"_s.arg(name, value));
        m_facts->addRow(makeLabel(name, "muted", this), label);
    }
}

void PaymentView::show(const PaymentDetails& details) {
    m_transaction = details.transaction;
    m_requestId = details.requestId;
    m_state->set(details.state.icon, details.state.word, details.state.tone);
    m_play->setVisible(details.worthless);
    m_title->setText(details.title);
    m_meaning->setText(details.meaning);
    showFacts(details);
    m_copyHash->setVisible(!m_transaction.empty());
    m_request->setVisible(!m_requestId.empty());
}

}  // namespace gr::ui
