// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"

class QPlainTextEdit;
class QSpinBox;
class QStackedWidget;

namespace gr::ui {

class SecretEdit;
class Segments;
class VaultFields;
class WordsGrid;

// A field for the words of a backup, which are many; not kept, not completed, no history.
QPlainTextEdit* makeWordsField(const QString& name, QWidget* parent);
Secret wordsIn(const QPlainTextEdit* field);  // with single blanks

// Makes a wallet: how many words and how the vault opens; then the words, to be written down; then
// the words from the paper. Closed after the first step, the wallet is there, and at most a small
// sum a day is paid from it.
class NewWalletDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(NewWalletDialog)

  public:
    NewWalletDialog(Backend& backend, QWidget* parent);

  protected:
    void commit() override;

  private:
    enum Step { Choose, Write, Check };

    void make();
    void showWords(const Secret& words);
    void check();
    void show(Step step);

    Backend& m_backend;
    Step m_step = Choose;
    QStackedWidget* m_steps;
    Segments* m_count;
    VaultFields* m_vault;
    WordsGrid* m_words;
    QPlainTextEdit* m_typed;
};

// Takes words, or a private key, that lie elsewhere already.
class ImportWalletDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ImportWalletDialog)

  public:
    ImportWalletDialog(Backend& backend, QWidget* parent);

  protected:
    void commit() override;

  private:
    Backend& m_backend;
    QPlainTextEdit* m_words;
    SecretEdit* m_passphrase;
    QSpinBox* m_account;
    VaultFields* m_vault;
};

// Asks for the words from the paper, and shows them once more to those who have none.
class BackupDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BackupDialog)

  public:
    // `hasWords`: else it has a private key alone, which is not shown.
    BackupDialog(Backend& backend, bool hasWords, QWidget* parent);

  protected:
    void commit() override;

  private:
    void showWords();

    Backend& m_backend;
    QPlainTextEdit* m_typed;
    WordsGrid* m_words;
    QPushButton* m_show;
};

}  // namespace gr::ui
