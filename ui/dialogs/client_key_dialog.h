// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"

class QComboBox;
class QLineEdit;

namespace gr::ui {

class CopyField;

// Makes a key for a tool and shows it: this once.
class ClientKeyDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ClientKeyDialog)

  public:
    ClientKeyDialog(Backend& backend, QWidget* parent);

  signals:
    void made(const std::string& id);

  protected:
    void commit() override;

  private:
    void showKey(const Secret& key);
    Backend& m_backend;
    QWidget* m_form;
    QLineEdit* m_name;
    QComboBox* m_expiry;
    bool m_done = false;
};

}  // namespace gr::ui
