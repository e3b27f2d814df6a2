// SPDX-License-Identifier: MIT
#include "widgets/wallet_card.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include "models/payment_text.h"
#include "payment/token_amount.h"
#include "theme/icons.h"
#include "widgets/controls.h"
#include "widgets/parts.h"
#include "widgets/qr_view.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using State = gateway::WalletFacts::State;

namespace {

constexpr unsigned kWeiDecimals = 18;

StateLook walletLook(State state) {
    switch (state) {
        case State::None:
            break;
        case State::Locked:
            return {WalletCard::tr("Locked"), u"lock"_s, Tone::Warning};
        case State::Ready:
            return {WalletCard::tr("Unlocked"), u"lock-open"_s, Tone::Success};
        case State::WatchOnly:
            return {WalletCard::tr("Watch-only"), u"eye"_s, Tone::Neutral};
        case State::Broken:
            return {WalletCard::tr("Cannot be used"), u"circle-alert"_s, Tone::Danger};
    }
    return {};
}

QString balance(const std::string& decimal) {
    return amountsHidden() ? hiddenAmount() : text(decimal);
}

QString explained(const gateway::WalletFacts& wallet) {
    switch (wallet.state) {
        case State::None:
            return {};
        case State::Locked:
            return WalletCard::tr(
                "Nothing is paid until the vault that holds its key is unlocked. What is on "
                "its way is followed all the same.");
        case State::Ready:
            return WalletCard::tr("It pays sellers that ask for it, as far as your caps allow.");
        case State::WatchOnly:
            return WalletCard::tr("Its key is elsewhere: it receives, and pays nothing.");
        case State::Broken:
            return plainLine(wallet.problem, 300);
    }
    return {};
}

}  // namespace

WalletCard::WalletCard(QWidget* parent)
    : QFrame(parent),
      m_code(new QrView(this)),
      m_state(new StateLabel(this)),
      m_play(makeLabel(tr("no real money"), "pill", this)),
      m_backup(new StateLabel(this)),
      m_words(makeParagraph({}, "muted", this)),
      m_address(new CopyField(tr("Address of the wallet"), {}, this)),
      m_lock(makeButton({}, ButtonKind::Normal, u"lock"_s, this)),
      m_check(makeButton(tr("Check the backup…"), ButtonKind::Normal, u"shield-check"_s, this)) {
    setProperty("card", true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    row->setSpacing(space::kL);
    row->addWidget(m_code, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout;
    column->setSpacing(space::kS);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kM);
    head->addWidget(m_state);
    head->addWidget(m_backup);
    head->addWidget(m_play);
    head->addStretch();
    column->addLayout(head);
    column->addWidget(m_words);
    column->addWidget(m_address);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(space::kS);
    buttons->addWidget(m_lock);
    buttons->addWidget(m_check);
    buttons->addStretch();
    column->addLayout(buttons);
    column->addStretch();
    row->addLayout(column, 1);
    connect(m_lock, &QPushButton::clicked, this, [this] { emit lockWanted(!m_locked); });
    connect(m_check, &QPushButton::clicked, this, &WalletCard::backupWanted);
}

void WalletCard::show(const gateway::WalletFacts& wallet, bool play) {
    const StateLook look = walletLook(wallet.state);
    m_state->set(look.icon, look.word, look.tone);
    m_words->setText(explained(wallet));
    m_play->setVisible(play);
    const QString address = plainLine(wallet.address);
    m_address->setValue(address);
    m_address->setVisible(!address.isEmpty());
    m_code->set(address, tr("Code to scan of the address %1").arg(address));
    m_code->setVisible(!address.isEmpty());
    const bool ready = wallet.state == State::Ready;
    m_backup->set(wallet.backedUp ? u"shield-check"_s : u"triangle-alert"_s,
                  wallet.backedUp ? tr("backed up") : tr("backup not checked: at most $5.00 a day"),
                  wallet.backedUp ? Tone::Success : Tone::Warning);
    m_backup->setVisible(ready);
    m_locked = wallet.state == State::Locked;
    m_lock->setText(m_locked ? tr("Unlock…") : tr("Lock"));
    m_lock->setIcon(themedIcon(m_locked ? u"lock-open"_s : u"lock"_s, Tint::Muted));
    m_lock->setToolTip(m_locked ? tr("Asks for the vault's passphrase (Ctrl+L)")
                                : tr("Take the key out of memory: nothing is paid until you unlock "
                                     "it (Ctrl+L)"));
    m_lock->setVisible(m_locked || ready);
    m_check->setVisible(ready && !wallet.backedUp && wallet.inVault);
}

BalanceCard::BalanceCard(QWidget* parent)
    : QFrame(parent),
      m_lines(new QVBoxLayout),
      m_foot(makeLabel({}, "caption", this)),
      m_refresh(makeIconButton(u"refresh-cw"_s, tr("Ask for the balances again"), this)) {
    setProperty("card", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kM, space::kM);
    column->setSpacing(space::kS);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("Balance"), "strong", this));
    head->addStretch();
    head->addWidget(m_refresh);
    column->addLayout(head);
    m_lines->setSpacing(space::kXs);
    column->addLayout(m_lines);
    column->addStretch();
    column->addWidget(m_foot);
    connect(m_refresh, &QPushButton::clicked, this, &BalanceCard::refreshWanted);
}

void BalanceCard::clear() {
    while (QLayoutItem* item = m_lines->takeAt(0)) {
        if (QLayout* row = item->layout()) {
            while (QLayoutItem* part = row->takeAt(0)) {
                delete part->widget();
                delete part;
            }
        }
        delete item->widget();
        delete item;
    }
}

void BalanceCard::addLine(const QString& name, const QString& value, const char* role) {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kM);
    QLabel* left = makeLabel(name, role, this);
    row->addWidget(left);
    row->addStretch();
    QLabel* right = makeLabel(value, "", this);
    right->setTextInteractionFlags(Qt::TextSelectableByMouse);
    right->setAccessibleName(u"%1: %2"_s.arg(name, value));
    row->addWidget(right);
    m_lines->addLayout(row);
}

void BalanceCard::showAsking() {
    m_refresh->setEnabled(false);
    if (!m_known) {
        m_foot->setText(tr("Asking the chains…"));
    }
}

void BalanceCard::showProblem(const QString& sentence) {
    clear();
    m_known = false;
    m_refresh->setEnabled(false);
    m_lines->addWidget(makeParagraph(sentence, "muted", this));
    m_foot->setText({});
}

void BalanceCard::show(const std::vector<payment::ChainBalance>& balances,
                       const payment::NetworkList& networks, UnixMs at) {
    m_known = true;
    m_balances = balances;
    m_networks = &networks;
    m_at = at;
    m_refresh->setEnabled(true);
    fill();
}

void BalanceCard::showAgain() {
    if (m_known) {
        fill();
    }
}

void BalanceCard::fill() {
    clear();
    for (const payment::ChainBalance& chain : m_balances) {
        const auto id = static_cast<std::int64_t>(chain.chain);
        addLine(networkLine(*m_networks, id), {}, "muted");
        if (!chain.problem.empty()) {
            m_lines->addWidget(makeParagraph(plainLine(chain.problem, 300), "danger", this));
            continue;
        }
        for (const payment::TokenBalance& one : chain.tokens) {
            addLine(plainLine(one.token.symbol),
                    one.units ? balance(payment::decimalOf(*one.units, one.token.decimals))
                              : tr("unknown"),
                    "");
        }
        const payment::Network* known = m_networks->find(chain.chain);
        addLine(
            known != nullptr && !known->coin.empty() ? plainLine(known->coin) : tr("coin for fees"),
            chain.wei ? balance(payment::decimalOf(*chain.wei, kWeiDecimals)) : tr("unknown"), "");
    }
    m_foot->setText(tr("as of %1").arg(timeOfDay(m_at)));
}

}  // namespace gr::ui
