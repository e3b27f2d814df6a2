// SPDX-License-Identifier: MIT
#include "payment_desk.h"

#include "commands.h"
#include "dialogs/approval_dialog.h"
#include "dialogs/passphrase_dialog.h"
#include "format.h"
#include "status_strip.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

PaymentDesk::PaymentDesk(Backend& backend, Commands& commands, StatusStrip& strip, QWidget* window)
    : QObject(window),
      m_backend(backend),
      m_commands(commands),
      m_strip(strip),
      m_window(window),
      m_watch(backend) {
    connect(&m_watch, &PaymentWatch::changed, this, &PaymentDesk::show);
    connect(&m_backend.payments(), &Payments::changed, this, &PaymentDesk::show);
    connect(&m_strip, &StatusStrip::heldClicked, this, [this] { review(); });
    connect(&m_strip, &StatusStrip::pauseClicked, this, &PaymentDesk::pause);
    connect(m_commands.action(CommandId::PausePayments), &QAction::triggered, this,
            &PaymentDesk::pause);
    connect(m_commands.action(CommandId::ReviewPayments), &QAction::triggered, this,
            [this] { review(); });
    connect(m_commands.action(CommandId::LockWallet), &QAction::triggered, this,
            [this] { setLocked(!m_watch.view().locked); });
    connect(&m_strip, &StatusStrip::unlockClicked, this, [this] { setLocked(false); });
    connect(&m_strip, &StatusStrip::doubtClicked, this, &PaymentDesk::doubtWanted);
    show();
}

void PaymentDesk::show() {
    const PaymentsView& view = m_watch.view();
    const bool shown = m_backend.payments().canPay();
    const auto held = static_cast<int>(view.held.size());
    m_strip.setPayments(shown, view.paused, held);
    m_strip.setWallet(view.locked, view.doubted);
    QAction* lock = m_commands.action(CommandId::LockWallet);
    lock->setVisible(shown);
    lock->setText(view.locked ? tr("Un&lock wallet…") : tr("&Lock wallet"));
    lock->setIcon(themedIcon(view.locked ? u"lock-open"_s : u"lock"_s, Tint::Muted));
    QAction* pause = m_commands.action(CommandId::PausePayments);
    pause->setChecked(view.paused);
    pause->setVisible(shown || view.paused);
    QAction* review = m_commands.action(CommandId::ReviewPayments);
    review->setEnabled(held > 0);
    review->setVisible(shown || held > 0);
    std::set<std::string> ids;
    bool more = false;
    for (const gateway::HeldPayment& one : view.held) {
        more = !m_told.contains(one.purchase.id) || more;
        ids.insert(one.purchase.id);
    }
    m_told = std::move(ids);
    if (!more) {
        return;
    }
    emit heldMore(tr("%n payments wait for you", nullptr, held));
    if (m_window->isVisible() && !m_window->isMinimized()) {
        this->review();
    }
}

void PaymentDesk::review(const std::string& first) {
    if (m_dialog) {
        m_dialog->raise();
        return;
    }
    if (m_watch.view().held.empty()) {
        return;
    }
    m_dialog = new ApprovalDialog(m_backend, m_watch, first, m_window);
    m_dialog->show();
}

void PaymentDesk::setLocked(bool locked) {
    if (!locked) {
        if (m_backend.vaultState() == VaultState::KeychainClosed) {
            m_backend.askKeychain();
        } else {
            PassphraseDialog::openForWallet(m_backend, m_window);
        }
        return;
    }
    m_backend.payments().lockWallet(this, [this](const Result<void>& done) {
        if (!done) {
            emit m_backend.trouble(tr("The wallet was not locked"),
                                   text(done.error().message.text));
        }
        m_watch.ask();
    });
}

void PaymentDesk::pause(bool paused) {
    m_backend.payments().setPaused(this, paused, [this, paused](const Result<void>& done) {
        if (!done) {
            emit m_backend.trouble(
                paused ? tr("Payments are not paused") : tr("Payments stay paused"),
                text(done.error().message.text));
        }
        show();  // the switch goes back until the gateway says so
        m_watch.ask();
    });
}

}  // namespace gr::ui
