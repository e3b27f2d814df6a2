// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"
#include "payments.h"

namespace gr::ui {

class SecretEdit;

// Shows what the configuration loosens of the wallet's policy, rule by rule, and approves exactly
// that, with the passphrase of the vault where it has one.
class PolicyDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PolicyDialog)

  public:
    PolicyDialog(Backend& backend, QWidget* parent);

  protected:
    void commit() override;

  private:
    void approve();

    Backend& m_backend;
    const payment::PolicyChange m_change;
    SecretEdit* m_passphrase = nullptr;
};

}  // namespace gr::ui
