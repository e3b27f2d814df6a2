// SPDX-License-Identifier: MIT
#include "dialogs/passphrase_dialog.h"

#include <QVBoxLayout>

#include "format.h"
#include "widgets/controls.h"
#include "widgets/parts.h"

namespace gr::ui {

namespace {

constexpr std::size_t kShortest = 8;

bool opens(const Backend& backend, PassphraseDialog::Purpose purpose) {
    return purpose == PassphraseDialog::Purpose::Wallet ||
           backend.vaultState() == VaultState::Locked;
}

QString titleOf(const Backend& backend, PassphraseDialog::Purpose purpose) {
    if (purpose == PassphraseDialog::Purpose::Wallet) {
        return PassphraseDialog::tr("Unlock the wallet");
    }
    return opens(backend, purpose) ? PassphraseDialog::tr("Unlock your keys")
                                   : PassphraseDialog::tr("No system keychain found");
}

}  // namespace

void PassphraseDialog::openFor(Backend& backend, QWidget* parent) {
    (new PassphraseDialog(backend, parent))->open();
}

void PassphraseDialog::openForWallet(Backend& backend, QWidget* parent) {
    (new PassphraseDialog(backend, parent, Purpose::Wallet))->open();
}

PassphraseDialog::PassphraseDialog(Backend& backend, QWidget* parent, Purpose purpose)
    : Dialog(titleOf(backend, purpose),
             opens(backend, purpose) ? tr("Unlock") : tr("Protect with this"), parent),
      m_backend(backend),
      m_new(!opens(backend, purpose)),
      m_passphrase(new SecretEdit(tr("Passphrase"), this)) {
    content()->addWidget(makeParagraph(explanation(purpose), "muted", this));
    addField(content(), tr("Passphrase"), m_passphrase);
    connect(m_passphrase, &SecretEdit::accepted, primary(), &QPushButton::click);
    if (m_new) {
        makeNew();
    }
    m_passphrase->setFocus();
}

QString PassphraseDialog::explanation(Purpose purpose) const {
    if (purpose == Purpose::Wallet) {
        return tr(
            "The vault's passphrase brings its key back. Then sellers are paid again, within "
            "your caps, until you lock it.");
    }
    if (m_new) {
        return tr(
            "Keys can be kept in memory until you quit, or in a file protected by a "
            "passphrase. It is asked once at each start and cannot be recovered.");
    }
    return m_backend.background()
               ? tr("Your provider keys lie in a file protected by a passphrase. It opens them "
                    "for this window and for the gateway in the background.")
               : tr("Your provider keys lie in a file protected by a passphrase. Until it is "
                    "opened, requests are not answered.");
}

void PassphraseDialog::makeNew() {
    m_again = new SecretEdit(tr("Passphrase once more"), this);
    addField(content(), tr("Once more"), m_again);
    connect(m_again, &SecretEdit::accepted, primary(), &QPushButton::click);
    QPushButton* memory = makeButton(tr("Keep keys in memory only"), ButtonKind::Link, {}, this);
    content()->addWidget(memory, 0, Qt::AlignLeft);
    connect(memory, &QPushButton::clicked, this, [this] {
        m_backend.keepKeysInMemory();
        accept();
    });
}

void PassphraseDialog::commit() {
    Secret typed = m_passphrase->take();
    if (m_new) {
        const Secret again = m_again->take();
        if (typed.size() < kShortest) {
            showError(tr("Take at least %1 characters.").arg(kShortest), m_passphrase);
            return;
        }
        if (!equalInConstantTime(typed.reveal(), again.reveal())) {
            showError(tr("The two passphrases differ."), m_passphrase);
            return;
        }
    }
    setBusy(true, tr("Opening…"));
    m_backend.openVault(this, std::move(typed), [this](const Result<void>& opened) {
        setBusy(false);
        if (opened) {
            accept();
        } else {
            showError(text(opened.error().message.text), m_passphrase);
        }
    });
}

}  // namespace gr::ui
