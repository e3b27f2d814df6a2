// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"

class QLabel;
class QLineEdit;
class QListWidget;

namespace gr::ui {

class SecretEdit;
struct ProviderLink;

// Adds a provider: one that the catalog knows, one found on this machine, or any address that
// speaks the OpenAI format.
class AddProviderDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AddProviderDialog)

  public:
    AddProviderDialog(Backend& backend, QWidget* parent);
    // Fills in what a link asks for, with a word on it.
    void propose(const ProviderLink& link);

  signals:
    void added(const std::string& id);

  protected:
    void commit() override;

  private:
    void fillList();
    void choose(int row);
    void addKey(const std::string& id, Secret key);

    Backend& m_backend;
    std::vector<ProviderPreset> m_presets;
    QListWidget* m_list;
    QLineEdit* m_name;
    QLabel* m_nameLabel = nullptr;
    QLineEdit* m_address;
    SecretEdit* m_key;
    QLabel* m_keyLabel = nullptr;
    QLabel* m_keyHint;
    QLabel* m_later = nullptr;
    QLabel* m_asked;  // by a link
};

}  // namespace gr::ui
