// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>
#include <functional>

#include "backend.h"
#include "payments.h"

class QCheckBox;
class QGridLayout;
class QLabel;

namespace gr::ui {

class SecretEdit;

// The words of a wallet, numbered, to be written on paper. Never on the clipboard.
class WordsGrid final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WordsGrid)

  public:
    explicit WordsGrid(QWidget* parent = nullptr);
    void show(const Secret& words);  // with blanks between them; empty: none

  private:
    QGridLayout* m_grid;
};

// How the vault opens that a wallet is put into: asks for what is missing, and does it. Takes no
// room where nothing is missing.
class VaultFields final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(VaultFields)

  public:
    explicit VaultFields(Backend& backend, QWidget* parent = nullptr);

    // Why what was typed cannot be; empty: it can. Moves the keyboard to the field.
    QString problem();
    // Opens, makes or changes the vault as was typed; then the reply. Call problem() before.
    void prepare(Payments::Reply<void> reply);

  private:
    void makeNew(const QString& explanation);

    Backend& m_backend;
    Payments::Keeper m_keeper;
    SecretEdit* m_passphrase = nullptr;
    SecretEdit* m_again = nullptr;
    QCheckBox* m_keychain = nullptr;
    Secret m_typed;
};

}  // namespace gr::ui
