// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"

class QComboBox;
class QLineEdit;

namespace gr::ui {

class CopyField;

// Makes a key for a tool, with what it may do, and shows it: this once.
class ClientKeyDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ClientKeyDialog)

  public:
    // `name`: to begin with; a number is put behind it where there is such a key.
    ClientKeyDialog(Backend& backend, const QString& name, QWidget* parent);

  signals:
    void made(const std::string& id);

  protected:
    void commit() override;

  private:
    // A field and a choice of windows beside it.
    QWidget* makeLimit(QLineEdit* amount, QComboBox* window,
                       const std::vector<ledger::WindowKind>& windows);
    // Nothing where a field makes no sense; that is told.
    std::optional<ClientKeyDraft> draft();
    void showKey(const Secret& key);
    Backend& m_backend;
    QWidget* m_form;
    QLineEdit* m_name;
    QLineEdit* m_models;
    QLineEdit* m_spend;
    QComboBox* m_spendWindow;
    QLineEdit* m_requests;
    QComboBox* m_requestsWindow;
    QComboBox* m_expiry;
    bool m_done = false;
};

}  // namespace gr::ui
