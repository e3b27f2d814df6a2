// SPDX-License-Identifier: MIT
#include "widgets/inspector.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <utility>

#include "format.h"
#include "gateway/attempt_cost.h"
#include "ledger/attempt_sums.h"
#include "models/payment_text.h"
#include "widgets/bill_view.h"
#include "widgets/parts.h"
#include "widgets/timeline.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QString tokensText(const std::optional<std::int64_t>& all, const std::optional<std::int64_t>& part,
                   const QString& partName) {
    const QString whole = countOrUnknown(all);
    return part && *part > 0 ? Inspector::tr("%1 (%2 %3)").arg(whole, count(*part), partName)
                             : whole;
}

// The cost, and how it is known where that is worth a word.
QString costText(const ledger::RequestRecord& record) {
    if (!record.cost) {
        const Money known = ledger::knownCostOf(record.attempts);
        return known.isZero() ? moneyOrUnknown(record.cost)
                              : Inspector::tr("unknown, at least %1").arg(moneyExact(known));
    }
    const QString cost = moneyExact(*record.cost);
    for (const ledger::Attempt& attempt : record.attempts) {
        if (gateway::disagrees(attempt))
            return Inspector::tr("%1, as the provider says; by our prices its answer cost %2")
                .arg(cost, moneyExact(*attempt.computed));
    }
    for (const ledger::Attempt& attempt : record.attempts) {
        if (attempt.basis == ledger::CostBasis::Estimated)
            return Inspector::tr("about %1").arg(cost);
    }
    return cost;
}

// What is known, but for the transaction, which can be copied below, and what is not known.
void addFacts(QVBoxLayout* column, const PaymentDetails& payment, QWidget* box) {
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(space::kL);
    form->setVerticalSpacing(space::kXs);
    form->setLabelAlignment(Qt::AlignLeft);
    for (const auto& [name, value] : payment.facts) {
        if (value == u"–"_s || value == text(payment.transaction)) {
            continue;
        }
        const bool hex = value.startsWith(u"0x"_s) && value.size() > 20;
        QLabel* label =
            makeParagraph(hex ? value.left(10) + u"…"_s + value.right(8) : value, "", box);
        label->setAccessibleName(u"%1: %2"_s.arg(name, value));
        label->setToolTip(hex ? value.toHtmlEscaped() : QString());
        form->addRow(makeLabel(name, "muted", box), label);
    }
    column->addLayout(form);
}

}  // namespace

Inspector::Inspector(QWidget* parent)
    : QFrame(parent),
      m_state(new StateLabel(this)),
      m_model(makeParagraph({}, "section", this)),
      m_simulated(makeLabel(tr("simulated"), "pill", this)),
      m_error(new QFrame(this)),
      m_errorText(makeParagraph({}, "", m_error)),
      m_attemptsTitle(makeLabel(tr("Attempts"), "strong", this)),
      m_timeline(new Timeline(this)),
      m_billsTitle(makeLabel(tr("Tokens × price"), "strong", this)),
      m_bills(new QVBoxLayout),
      m_paymentsTitle(makeLabel(tr("Paid to sellers"), "strong", this)),
      m_payments(new QVBoxLayout),
      m_salesTitle(makeLabel(tr("Sold"), "strong", this)),
      m_sales(new QVBoxLayout),
      m_cancel(makeButton(tr("Cancel request"), ButtonKind::Danger, u"x"_s, this)),
      m_try(makeButton(tr("Try in the test bench"), ButtonKind::Normal, u"route"_s, this)),
      m_copyId(makeButton(tr("Copy request id"), ButtonKind::Normal, u"copy"_s, this)) {
    setProperty("card", true);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(1, 1, 1, 1);
    auto* ground = new QWidget;
    ground->setProperty("ground", true);
    auto* column = new QVBoxLayout(ground);
    column->setContentsMargins(space::kL, space::kS, space::kS, space::kL);
    column->setSpacing(space::kM);
    column->addLayout(makeHead());
    column->addWidget(m_model);
    m_error->setProperty("notice", u"danger"_s);
    auto* errorRow = new QVBoxLayout(m_error);
    errorRow->setContentsMargins(space::kM, space::kS, space::kM, space::kS);
    errorRow->addWidget(m_errorText);
    column->addWidget(m_error);
    column->addWidget(m_attemptsTitle);
    column->addWidget(m_timeline);
    column->addWidget(makeRule(this));
    column->addLayout(makeForm());
    column->addWidget(m_billsTitle);
    m_bills->setSpacing(space::kM);
    column->addLayout(m_bills);
    column->addWidget(m_paymentsTitle);
    m_payments->setSpacing(space::kM);
    column->addLayout(m_payments);
    column->addWidget(m_salesTitle);
    m_sales->setSpacing(space::kM);
    column->addLayout(m_sales);
    auto* buttons = new QHBoxLayout;
    m_try->setToolTip(
        tr("Who would answer it by the rules as they stand on the page Routing (Ctrl+T)"));
    column->addWidget(m_try, 0, Qt::AlignLeading);
    buttons->addWidget(m_copyId);
    buttons->addWidget(m_cancel);
    buttons->addStretch();
    column->addLayout(buttons);
    column->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(ground);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(scroll);
    connect(m_copyId, &QPushButton::clicked, this, [this] { copyText(text(m_shown)); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { emit cancelWanted(m_shown); });
    connect(m_try, &QPushButton::clicked, this, &Inspector::tryWanted);
}

QLayout* Inspector::makeHead() {
    auto* head = new QHBoxLayout;
    head->addWidget(m_state);
    head->addStretch();
    head->addWidget(m_simulated);
    QPushButton* close = makeIconButton(u"x"_s, tr("Close (Esc)"), this);
    head->addWidget(close);
    connect(close, &QPushButton::clicked, this, &Inspector::closeWanted);
    return head;
}

QLayout* Inspector::makeForm() {
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(space::kL);
    form->setVerticalSpacing(space::kS);
    form->setLabelAlignment(Qt::AlignLeft);
    m_asked = addRow(form, tr("Asked"));
    m_client = addRow(form, tr("Client"));
    m_endpoint = addRow(form, tr("Endpoint"));
    m_time = addRow(form, tr("Began"));
    m_input = addRow(form, tr("Input tokens"));
    m_output = addRow(form, tr("Output tokens"));
    m_cost = addRow(form, tr("Cost"));
    m_firstToken = addRow(form, tr("First token"));
    m_total = addRow(form, tr("Total time"));
    m_id = addRow(form, tr("Request id"));
    return form;
}

QLabel* Inspector::addRow(QFormLayout* form, const QString& label) {
    QLabel* value = makeParagraph({}, "", this);
    form->addRow(makeLabel(label, "muted", this), value);
    return value;
}

void Inspector::show(const RequestRow& row, const std::vector<gateway::AttemptBill>& bills) {
    if (std::exchange(m_shown, row.record.id) != row.record.id) {
        showPayments(m_shown, {});
        showSales(m_shown, {});
    }
    showRecord(row);
    showBills(row.record, bills);
}

void Inspector::showPayments(const std::string& requestId,
                             const std::vector<PaymentDetails>& payments) {
    if (requestId != m_shown) {
        return;
    }
    clear(m_payments);
    m_paymentsTitle->setVisible(!payments.empty());
    for (const PaymentDetails& one : payments) {
        m_payments->addWidget(makePayment(one, false));
    }
}

void Inspector::showSales(const std::string& requestId, const std::vector<PaymentDetails>& sales) {
    if (requestId != m_shown) {
        return;
    }
    clear(m_sales);
    m_salesTitle->setVisible(!sales.empty());
    for (const PaymentDetails& one : sales) {
        m_sales->addWidget(makePayment(one, true));
    }
}

QWidget* Inspector::makePayment(const PaymentDetails& one, bool facts) {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kXs);
    auto* state = new StateLabel(box);
    state->set(one.state.icon, u"%1, %2"_s.arg(one.title, one.state.word), one.state.tone);
    column->addWidget(state, 0, Qt::AlignLeading);
    if (one.worthless) {
        column->addWidget(makeLabel(tr("no real money"), "pill", box), 0, Qt::AlignLeading);
    }
    column->addWidget(makeParagraph(one.meaning, "muted", box));
    if (facts) {
        addFacts(column, one, box);
    }
    if (!one.transaction.empty()) {
        auto* row = new QHBoxLayout;
        const QString hash = plainLine(one.transaction);
        row->addWidget(makeLabel(tr("Transaction %1").arg(shortHex(one.transaction)), "", box));
        QPushButton* copy = makeIconButton(u"copy"_s, tr("Copy transaction"), box);
        connect(copy, &QPushButton::clicked, this, [hash] { copyText(hash); });
        row->addWidget(copy);
        row->addStretch();
        column->addLayout(row);
    }
    return box;
}

void Inspector::clear(QVBoxLayout* list) {
    while (QLayoutItem* old = list->takeAt(0)) {
        old->widget()->hide();
        old->widget()->deleteLater();
        delete old;
    }
}

void Inspector::showBills(const ledger::RequestRecord& record,
                          const std::vector<gateway::AttemptBill>& bills) {
    clear(m_bills);
    const std::vector<BillText> texts = billTexts(record, bills);
    m_billsTitle->setVisible(!texts.empty());
    for (const BillText& one : texts) {
        m_bills->addWidget(new BillView(one, texts.size() > 1, this));
    }
}

void Inspector::showRecord(const RequestRow& row) {
    const ledger::RequestRecord& r = row.record;
    if (row.running) {
        m_state->set(row.answering ? u"activity"_s : u"clock"_s,
                     row.answering ? tr("answering") : tr("waiting"), Tone::Accent);
    } else {
        const StateLook look = outcomeLook(r.outcome);
        m_state->set(look.icon, look.word, look.tone);
    }
    m_simulated->setVisible(r.simulated);
    const std::string& model = r.model.empty() ? r.askedModel : r.model;
    m_model->setText(r.provider.empty() ? text(model) : text(r.provider) + u'/' + text(model));
    const bool failed = !r.error.empty();
    m_error->setVisible(failed);
    if (failed) {
        m_errorText->setText(
            r.status > 0 ? tr("%1. The client was told %2.").arg(errorTitle(r.error)).arg(r.status)
                         : errorTitle(r.error) + u'.');
    }
    const bool attempts = !r.attempts.empty();
    m_attemptsTitle->setVisible(attempts);
    m_timeline->setVisible(attempts);
    m_timeline->setRecord(r);
    const QString none = u"–"_s;
    m_asked->setText(text(r.askedModel));
    m_client->setText(r.client.empty() ? none : text(r.client));
    m_endpoint->setText(
        r.endpoint.empty() ? none : text(r.endpoint) + (r.streamed ? tr(", streamed") : QString()));
    m_time->setText(dateAndTime(r.startedAt));
    m_input->setText(
        row.running ? none : tokensText(r.tokens.inputTotal(), r.tokens.cacheRead, tr("cached")));
    m_output->setText(
        row.running ? none
                    : tokensText(r.tokens.outputTotal(), r.tokens.reasoning, tr("reasoning")));
    m_cost->setText(row.running ? none : costText(r));
    m_firstToken->setText(r.firstTokenMs ? duration(*r.firstTokenMs) : none);
    m_total->setText(row.running ? none : duration(r.totalMs));
    m_id->setText(r.id.size() > 20 ? text(r.id).left(10) + u"…"_s + text(r.id).right(6)
                                   : text(r.id));
    m_id->setToolTip(text(r.id));
    m_cancel->setVisible(row.running);
    m_try->setVisible(!row.running);
}

}  // namespace gr::ui
