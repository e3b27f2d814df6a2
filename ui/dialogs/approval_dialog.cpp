// SPDX-License-Identifier: MIT
#include "dialogs/approval_dialog.h"

#include <QApplication>
#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <algorithm>

#include "format.h"
#include "payment_watch.h"
#include "theme/theme.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

ApprovalDialog::ApprovalDialog(Backend& backend, PaymentWatch& watch, const std::string& first,
                               QWidget* parent)
    : Dialog(tr("A payment waits for you"), tr("Deny"), parent),
      m_backend(backend),
      m_watch(watch),
      m_warning(makeParagraph({}, "danger", this)),
      m_more(makeLabel({}, "muted", this)),
      m_always(new QCheckBox(tr("For this payee, ask no more up to"), this)),
      m_upTo(new QLineEdit(this)),
      m_approve(makeButton(tr("Approve"), ButtonKind::Normal, {}, this)),
      m_arming(new QTimer(this)),
      m_second(new QTimer(this)) {
    setModal(false);
    setAttribute(Qt::WA_ShowWithoutActivating);
    makeRows();
    content()->addWidget(m_warning);
    makeAlways();
    content()->addWidget(m_more);
    secondary()->setText(tr("Not now"));
    secondary()->setAutoDefault(true);
    secondary()->setToolTip(tr("Close this; the payment goes on waiting"));
    // A click leaves the keyboard where it is: only moving it on purpose disarms.
    m_approve->setFocusPolicy(Qt::TabFocus);
    m_approve->setAutoDefault(true);
    m_approve->installEventFilter(this);
    addButton(m_approve);
    connect(m_approve, &QPushButton::pressed, this,
            [this] { m_pressedFor = m_armed ? m_id : std::string(); });
    connect(m_approve, &QPushButton::clicked, this, &ApprovalDialog::approve);
    m_arming->setSingleShot(true);
    m_arming->setInterval(kArmAfterMs);
    connect(m_arming, &QTimer::timeout, this, &ApprovalDialog::arm);
    m_second->start(1000);
    connect(m_second, &QTimer::timeout, this, &ApprovalDialog::showTime);
    connect(qApp, &QApplication::focusChanged, this, &ApprovalDialog::disarm);
    connect(&m_watch, &PaymentWatch::changed, this, &ApprovalDialog::follow);
    primary()->setFocus();
    const auto& held = m_watch.view().held;
    showPayment(m_watch.find(first) != nullptr ? first
                : held.empty()                 ? std::string()
                                               : held.front().purchase.id);
}

void ApprovalDialog::makeRows() {
    const std::array<QString, RowCount> names{
        tr("Asked by"),     tr("For"),        tr("To"),
        tr("Address"),      tr("Payee"),      tr("Amount"),
        tr("Our estimate"), tr("Left today"), tr("Why you are asked"),
        tr("Time left")};
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(space::kL);
    form->setVerticalSpacing(space::kS);
    form->setLabelAlignment(Qt::AlignLeft);
    for (std::size_t row = 0; row < names.size(); ++row) {
        m_rows[row] = makeParagraph({}, row == Amount || row == Payee ? "strong" : "", this);
        m_rows[row]->setAccessibleName(names[row]);
        form->addRow(makeLabel(names[row], "muted", this), m_rows[row]);
    }
    for (const Row row : {Payee, Address}) {
        m_rows[row]->setLayoutDirection(Qt::LeftToRight);
    }
    m_rows[Address]->setFont(monospaceFont());
    content()->addLayout(form);
}

void ApprovalDialog::makeAlways() {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    row->addWidget(m_always);
    m_upTo->setAccessibleName(tr("Ask no more up to, in US dollars"));
    m_upTo->setMaximumWidth(110);
    m_upTo->setEnabled(false);
    row->addWidget(m_upTo);
    row->addWidget(makeLabel(tr("US dollars"), "muted", this));
    row->addStretch();
    content()->addLayout(row);
    connect(m_always, &QCheckBox::toggled, m_upTo, &QLineEdit::setEnabled);
    connect(m_always, &QCheckBox::toggled, this, &ApprovalDialog::disarm);
    connect(m_upTo, &QLineEdit::textChanged, this, &ApprovalDialog::disarm);
}

void ApprovalDialog::follow() {
    if (m_watch.find(m_id) == nullptr || m_id == m_answered) {
        const auto& held = m_watch.view().held;
        const auto next = std::ranges::find_if(held, [this](const gateway::HeldPayment& one) {
            return one.purchase.id != m_answered;
        });
        if (next == held.end()) {
            accept();  // answered, here or elsewhere, or given up
            return;
        }
        showPayment(next->purchase.id);
    }
    const auto others = static_cast<int>(m_watch.view().held.size()) - 1;
    const QString more =
        others > 0 ? tr("%n more wait behind this one.", nullptr, others) : QString();
    m_more->setText(more);
    m_more->setVisible(others > 0);
}

void ApprovalDialog::showPayment(const std::string& id) {
    m_id = id;
    m_sight = {};
    const gateway::HeldPayment* held = m_watch.find(id);
    if (held == nullptr) {
        return;
    }
    for (const gateway::RunningExchange& running : m_backend.runningRequests()) {
        if (running.id == held->purchase.requestId) {
            m_sight.model =
                running.model.empty() ? running.askedModel : running.provider + '/' + running.model;
        }
    }
    for (const ClientKeyInfo& key : m_backend.clientKeys()) {
        if (key.id == held->purchase.client && !key.programs.empty()) {
            m_sight.program = key.programs.front().program;
        }
    }
    m_always->setChecked(false);
    m_upTo->setText(text(held->purchase.usd.toDecimal()));
    showText();
    askSight();
    follow();
}

void ApprovalDialog::askSight() {
    const gateway::HeldPayment* held = m_watch.find(m_id);
    m_backend.payments().querySpending(this, held->purchase.origin,
                                       [this, id = m_id](const Result<ledger::SpendingSums>& sums) {
                                           if (sums && id == m_id) {
                                               m_sight.sums = *sums;
                                               showText();
                                           }
                                       });
}

void ApprovalDialog::showText() {
    disarm();
    const gateway::HeldPayment* held = m_watch.find(m_id);
    if (held == nullptr) {
        return;
    }
    const Payments& payments = m_backend.payments();
    const ApprovalText shown = approvalText(*held, m_sight, payments.networks(), payments.policy(),
                                            m_backend.clock().now());
    const auto put = [this](Row row, const QString& words) {
        m_rows[row]->setText(words.isEmpty() ? u"–"_s : words);
    };
    put(Client, shown.client);
    put(Request, shown.request);
    put(Payee, shown.payee);
    put(Address, shown.address);
    put(Seen, shown.seen);
    put(Amount, shown.amount);
    put(Bound, shown.bound);
    put(Left, shown.left);
    put(Why, shown.why);
    m_warning->setText(shown.warning);
    m_warning->setVisible(!shown.warning.isEmpty());
    showTime();
}

void ApprovalDialog::showTime() {
    if (const gateway::HeldPayment* held = m_watch.find(m_id)) {
        const QString left = waitLine(held->until, m_backend.clock().now());
        m_rows[Wait]->setText(left.isEmpty() ? tr("the caller gave up") : left);
    }
}

void ApprovalDialog::disarm() {
    m_armed = false;
    m_pressedFor.clear();
    m_approve->setIcon(themedIcon(u"clock"_s, Tint::Muted));
    m_approve->setToolTip(tr("Can be chosen in a second"));
    setStyleProperty(m_approve, "waiting", true);
    m_arming->start();
}

void ApprovalDialog::arm() {
    m_armed = m_watch.find(m_id) != nullptr && m_id != m_answered;
    if (!m_armed) {
        return;
    }
    m_approve->setIcon(themedIcon(u"check"_s, Tint::Muted));
    m_approve->setToolTip(tr("Pay this once"));
    setStyleProperty(m_approve, "waiting", false);
}

void ApprovalDialog::changeEvent(QEvent* event) {
    Dialog::changeEvent(event);
    if (event->type() == QEvent::ActivationChange) {
        disarm();
    }
}

// A key that is held down does not choose anything.
bool ApprovalDialog::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->isAutoRepeat()) {
        return true;
    }
    return Dialog::eventFilter(watched, event);
}

void ApprovalDialog::approve() {
    const std::string id = std::exchange(m_pressedFor, {});
    if (!m_armed || id.empty() || id != m_id) {
        return;
    }
    Money upTo;
    if (m_always->isChecked()) {
        const auto typed = Money::parse(utf8(m_upTo->text().trimmed()));
        if (!typed || *typed <= Money()) {
            showError(tr("Write an amount in US dollars, like 0.05."), m_upTo);
            return;
        }
        upTo = *typed;
    }
    m_answered = id;
    disarm();
    m_backend.payments().approve(this, id, upTo,
                                 [this, id](const Result<void>& result) { answered(id, result); });
}

void ApprovalDialog::commit() {
    if (m_id == m_answered) {
        return;
    }
    const std::string id = m_id;
    m_answered = id;
    disarm();
    m_backend.payments().deny(this, id,
                              [this, id](const Result<void>& result) { answered(id, result); });
}

void ApprovalDialog::answered(const std::string& id, const Result<void>& result) {
    if (!result) {
        m_answered.clear();
        showError(text(result.error().message.text));
    } else if (id == m_id) {
        follow();
    }
    m_watch.ask();
}

}  // namespace gr::ui
