// SPDX-License-Identifier: MIT
#include "dialogs/allow_dialog.h"

#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <utility>

#include "format.h"
#include "models/payment_text.h"
#include "payment/contracts.h"
#include "payment/offer_choice.h"
#include "payment/token_amount.h"
#include "widgets/controls.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using Keeper = Payments::Keeper;

namespace {

constexpr unsigned kWeiDecimals = 18;

QVBoxLayout* addStep(QStackedWidget* steps) {
    auto* page = new QWidget(steps);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    steps->addWidget(page);
    return column;
}

void addFact(QFormLayout* form, const QString& name, const QString& value) {
    QLabel* label = makeParagraph(value, "", form->parentWidget());
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAccessibleName(u"%1: %2"_s.arg(name, value));
    form->addRow(makeLabel(name, "muted", form->parentWidget()), label);
}

}  // namespace

AllowDialog::AllowDialog(Backend& backend, const payment::Token& token, const QString& network,
                         Purpose purpose, QWidget* parent)
    : Dialog(purpose == Purpose::Allow
                 ? tr("Let Permit2 move %1").arg(plainLine(token.symbol))
                 : tr("Let Permit2 move no more %1").arg(plainLine(token.symbol)),
             tr("Ask the chain"), parent),
      m_backend(backend),
      m_token(token),
      m_purpose(purpose),
      m_steps(new QStackedWidget(this)),
      m_said(makeParagraph({}, "", this)),
      m_waits(makeLabel({}, "muted", this)),
      m_keepFees(makeButton(tr("Keep the old fees"), ButtonKind::Normal, {}, this)) {
    content()->addWidget(m_steps);
    makeChoice(network);
    m_offer = addStep(m_steps);
    content()->addWidget(m_said);
    content()->addWidget(m_waits);
    m_said->hide();
    m_waits->hide();
    addButton(m_keepFees);
    m_keepFees->hide();
    connect(m_keepFees, &QPushButton::clicked, this, [this] { send(false); });
}

void AllowDialog::makeChoice(const QString& network) {
    QVBoxLayout* column = addStep(m_steps);
    const QString symbol = plainLine(m_token.symbol);
    if (m_purpose == Purpose::Allow) {
        column->addWidget(makeParagraph(
            tr("Some sellers on %1 are paid in %2 through Permit2, a contract that moves tokens on "
               "the owner's signature alone. It can move no more than you allow it here, whatever "
               "it was allowed before.")
                .arg(network, symbol),
            "", this));
        m_amount = new QLineEdit(QString::number(payment::kUsualAllowance), this);
        m_amount->setLayoutDirection(Qt::LeftToRight);
        const QString label = tr("At most, in %1").arg(symbol);
        m_amount->setAccessibleName(label);
        addField(column, label, m_amount);
        m_amount->selectAll();
    } else {
        column->addWidget(makeParagraph(
            tr("Permit2 may move nothing of %1 on %2 any more. Sellers that are paid through it "
               "are not paid then, until you allow it again.")
                .arg(symbol, network),
            "", this));
    }
    const Keeper keeper = m_backend.payments().keeper();
    // What gives something away is asked of the person, not of whoever sits here.
    const bool asks =
        keeper == Keeper::Locked || (keeper == Keeper::Passphrase && m_purpose == Purpose::Allow);
    if (asks) {
        const QString label = tr("Passphrase of the vault");
        m_passphrase = new SecretEdit(label, this);
        addField(column, label, m_passphrase);
        connect(m_passphrase, &SecretEdit::accepted, primary(), &QPushButton::click);
        if (keeper == Keeper::Locked) {
            column->addWidget(makeParagraph(
                tr("It unlocks the wallet, which pays sellers again then."), "muted", this));
        }
    }
    column->addStretch();
}

QString AllowDialog::amount(const payment::Uint256& units) const {
    return units.isZero() ? tr("nothing")
                          : text(payment::decimalOf(units, m_token.decimals)) + u' ' +
                                plainLine(m_token.symbol);
}

QString AllowDialog::coins(const payment::Uint256& wei) const {
    return text(payment::decimalOf(wei, kWeiDecimals)) + u' ' +
           (m_coin.isEmpty() ? tr("of its coin") : m_coin);
}

void AllowDialog::commit() {
    switch (m_step) {
        case Choose:
            ask();
            return;
        case Agree:
        case Dearer:
            send(true);
            return;
        case Sending:
            return;
        case Done:
            accept();
            return;
    }
}

void AllowDialog::ask() {
    m_units = payment::Uint256();
    if (m_amount != nullptr) {
        const auto units =
            payment::unitsOfDecimal(utf8(m_amount->text().trimmed()), m_token.decimals);
        if (!units || units->isZero()) {
            showError(tr("“%1” is no amount of %2; write it as 2.50.")
                          .arg(m_amount->text().trimmed(), plainLine(m_token.symbol))
                          .toHtmlEscaped(),
                      m_amount);
            return;
        }
        m_units = *units;
    }
    if (m_passphrase == nullptr) {
        start();
        return;
    }
    Secret typed = m_passphrase->take();
    if (typed.empty()) {
        showError(tr("The passphrase of the vault is missing."), m_passphrase);
        return;
    }
    setBusy(true, tr("Opening…"));
    m_backend.openVault(this, std::move(typed), [this](const Result<void>& opened) {
        setBusy(false);
        if (opened) {
            start();
        } else {
            showError(text(opened.error().message.text), m_passphrase);
        }
    });
}

void AllowDialog::start() {
    setBusy(true, tr("Asking the chain…"));
    const payment::Network* known = m_backend.payments().networks().find(m_token.chain);
    m_coin = known != nullptr ? plainLine(known->coin) : QString();
    AllowanceTalk talk;
    talk.offered = [this](const AllowanceOffer& offer) { show(offer); };
    talk.dearer = [this](const payment::Uint256& wei) { showDearer(wei); };
    talk.told = [this](const std::string& sentence) {
        m_said->setText(plainLine(sentence, 400).toHtmlEscaped());
        m_said->show();
    };
    talk.waited = [this](Milliseconds waited) {
        m_waits->setText(tr("Waiting for a block, %1 s").arg(count(waited.count() / 1000)));
        m_waits->show();
    };
    m_backend.payments().setAllowance(this, m_token.chain, m_token.address, m_units,
                                      std::move(talk),
                                      [this](const Result<void>& done) { finish(done); });
}

void AllowDialog::show(const AllowanceOffer& offer) {
    auto* facts = new QFormLayout;
    facts->setHorizontalSpacing(space::kL);
    facts->setVerticalSpacing(space::kS);
    facts->setLabelAlignment(Qt::AlignLeft);
    m_offer->addLayout(facts);
    addFact(facts, tr("From now on at most"), amount(m_units));
    addFact(facts, tr("Allowed now"), amount(offer.sight.allowance));
    addFact(facts, tr("The wallet has"), amount(offer.sight.balance));
    addFact(facts, tr("Network"),
            networkLine(m_backend.payments().networks(), static_cast<std::int64_t>(m_token.chain)));
    addFact(facts, tr("Who may move it"), addressLine(payment::kPermit2.toHex()));
    addFact(facts, tr("Token"), addressLine(m_token.address.toHex()));
    addFact(facts, tr("Costs at most"),
            offer.step.toNone ? tr("%1, for two transactions: this token wants 0 in between")
                                    .arg(coins(offer.step.most))
                              : coins(offer.step.most));
    addFact(facts, tr("For fees it has"), coins(offer.sight.coins));
    if (m_purpose == Purpose::Allow) {
        m_offer->addWidget(makeParagraph(
            tr("The gateway signs each payment within your caps. But whoever gets this wallet to "
               "sign for Permit2 in any other program, or has its key, can take up to that much, "
               "too."),
            "muted", this));
    }
    m_step = Agree;
    m_steps->setCurrentIndex(1);
    m_said->hide();
    setBusy(false);
    setPrimary(m_purpose == Purpose::Allow ? tr("Allow it") : tr("Take it back"));
    secondary()->setFocus();
}

void AllowDialog::showDearer(const payment::Uint256& wei) {
    m_step = Dearer;
    m_said->setText(tr("What was signed before waits for a block, and the chain asks for higher "
                       "fees by now: up to %1 in all.")
                        .arg(coins(wei)));
    m_said->show();
    setBusy(false);
    setPrimary(tr("Pay them"));
    m_keepFees->show();
    m_keepFees->setFocus();
}

void AllowDialog::send(bool yes) {
    m_keepFees->hide();
    m_step = Sending;
    setBusy(true, tr("Sending…"));
    secondary()->setText(tr("Close"));
    m_backend.payments().answerAllowance(yes);
}

void AllowDialog::finish(const Result<void>& done) {
    setBusy(false);
    m_waits->hide();
    m_keepFees->hide();
    if (done) {
        m_step = Done;
        setPrimary(tr("Done"));
        secondary()->hide();
        primary()->setFocus();
        return;
    }
    // The chain is asked anew: what was found out before may not be so any more.
    while (QLayoutItem* item = m_offer->takeAt(0)) {
        if (item->layout() != nullptr) {
            while (QLayoutItem* part = item->layout()->takeAt(0)) {
                delete part->widget();
                delete part;
            }
        }
        delete item->widget();
        delete item;
    }
    m_step = Choose;
    m_steps->setCurrentIndex(0);
    m_said->hide();
    setPrimary(tr("Try again"));
    showError(plainLine(done.error().message.text, 400).toHtmlEscaped());
}

// What is signed stays signed, and goes on with the next one that is asked for.
void AllowDialog::reject() {
    if (m_step != Done) {
        m_backend.payments().leaveAllowance();
    }
    Dialog::reject();
}

}  // namespace gr::ui
