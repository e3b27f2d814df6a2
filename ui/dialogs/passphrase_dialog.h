// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"

class QLineEdit;

namespace gr::ui {

class SecretEdit;

// Opens the vault with its passphrase, for the provider keys or for the wallet in it; or, where
// there is neither keychain nor vault, lets the person choose one, or keep keys in memory only.
class PassphraseDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PassphraseDialog)

  public:
    enum class Purpose : quint8 { Keys, Wallet };
    static void openFor(Backend& backend, QWidget* parent);
    static void openForWallet(Backend& backend, QWidget* parent);
    PassphraseDialog(Backend& backend, QWidget* parent, Purpose purpose = Purpose::Keys);

  protected:
    void commit() override;

  private:
    QString explanation(Purpose purpose) const;
    void makeNew();
    Backend& m_backend;
    bool m_new;
    SecretEdit* m_passphrase;
    SecretEdit* m_again = nullptr;
};

}  // namespace gr::ui
