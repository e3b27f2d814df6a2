// SPDX-License-Identifier: MIT
#include "dialogs/wallet_dialogs.h"

#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "format.h"
#include "payments.h"
#include "theme/theme.h"
#include "widgets/controls.h"
#include "widgets/parts.h"
#include "widgets/wallet_parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// A page of a stack, whose pages are as high as they need.
QVBoxLayout* addStep(QStackedWidget* steps) {
    auto* page = new QWidget(steps);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    steps->addWidget(page);
    return column;
}

}  // namespace

QPlainTextEdit* makeWordsField(const QString& name, QWidget* parent) {
    auto* field = new QPlainTextEdit(parent);
    field->setAccessibleName(name);
    field->setFont(monospaceFont());
    field->setLayoutDirection(Qt::LeftToRight);
    field->setUndoRedoEnabled(false);
    field->setTabChangesFocus(true);
    field->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                               Qt::ImhNoAutoUppercase);
    field->setFixedHeight(4 * field->fontMetrics().height() + space::kL);
    return field;
}

Secret wordsIn(const QPlainTextEdit* field) {
    std::string typed = utf8(field->toPlainText().simplified());
    Secret words(typed);
    wipe(typed.data(), typed.size());
    return words;
}

NewWalletDialog::NewWalletDialog(Backend& backend, QWidget* parent)
    : Dialog(tr("Make a wallet"), tr("Make it"), parent),
      m_backend(backend),
      m_steps(new QStackedWidget(this)) {
    content()->addWidget(m_steps);
    QVBoxLayout* choose = addStep(m_steps);
    choose->addWidget(makeParagraph(
        tr("A wallet is a row of words. Whoever has them has its money, and without them the money "
           "is lost with this machine: have paper and pen at hand."),
        "", this));
    m_count = new Segments(tr("How many words"), {tr("12 words"), tr("24 words")}, this);
    choose->addWidget(m_count, 0, Qt::AlignLeft);
    m_vault = new VaultFields(m_backend, this);
    choose->addWidget(m_vault);
    choose->addStretch();
    QVBoxLayout* write = addStep(m_steps);
    write->addWidget(makeParagraph(
        tr("Write these words on paper, in this order, and show them to nobody. They are not kept "
           "on the clipboard, and a photograph is no paper."),
        "", this));
    m_words = new WordsGrid(this);
    write->addWidget(m_words);
    write->addStretch();
    QVBoxLayout* again = addStep(m_steps);
    again->addWidget(makeParagraph(
        tr("Type the words from the paper, so that it is known to be right. Until then at most "
           "$5.00 a day are paid from this wallet."),
        "", this));
    m_typed = makeWordsField(tr("Words from the paper"), this);
    addField(again, tr("Words from the paper"), m_typed);
    again->addStretch();
}

void NewWalletDialog::show(Step step) {
    m_step = step;
    m_steps->setCurrentIndex(step);
    setPrimary(step == Write ? tr("I have written them down") : tr("Check the paper"));
    secondary()->setText(tr("Later"));
    if (step == Check) {
        m_words->show(Secret());
        m_typed->setFocus();
    }
}

void NewWalletDialog::commit() {
    switch (m_step) {
        case Choose:
            make();
            return;
        case Write:
            show(Check);
            return;
        case Check:
            check();
            return;
    }
}

void NewWalletDialog::make() {
    if (const QString wrong = m_vault->problem(); !wrong.isEmpty()) {
        showError(wrong);
        return;
    }
    setBusy(true, tr("Making it…"));
    m_vault->prepare([this](const Result<void>& ready) {
        if (!ready) {
            setBusy(false);
            showError(text(ready.error().message.text));
            return;
        }
        const int count = m_count->current() == 0 ? 12 : 24;
        m_backend.payments().createWallet(this, count, [this](Result<Secret> words) {
            setBusy(false);
            if (words) {
                showWords(*words);
            } else {
                showError(text(words.error().message.text));
            }
        });
    });
}

void NewWalletDialog::showWords(const Secret& words) {
    m_words->show(words);
    show(Write);
}

void NewWalletDialog::check() {
    setBusy(true, tr("Checking…"));
    m_backend.payments().checkBackup(this, wordsIn(m_typed), [this](const Result<void>& right) {
        setBusy(false);
        if (right) {
            accept();
        } else {
            showError(text(right.error().message.text), m_typed);
        }
    });
}

ImportWalletDialog::ImportWalletDialog(Backend& backend, QWidget* parent)
    : Dialog(tr("Import a wallet"), tr("Import it"), parent),
      m_backend(backend),
      m_words(makeWordsField(tr("Words, or private key"), this)),
      m_passphrase(new SecretEdit(tr("Passphrase of the words"), this)),
      m_account(new QSpinBox(this)) {
    addField(content(), tr("Words, or private key"), m_words);
    m_passphrase->setPlaceholder(tr("only where they have one of their own"));
    addField(content(), tr("Passphrase of the words"), m_passphrase);
    m_account->setRange(0, 0x7fffffff);
    m_account->setAccessibleName(tr("Account"));
    m_account->setToolTip(tr("The last number of m/44'/60'/0'/0/N; 0 in most programs"));
    addField(content(), tr("Account"), m_account);
    m_vault = new VaultFields(m_backend, this);
    content()->addWidget(m_vault);
    m_words->setFocus();
}

void ImportWalletDialog::commit() {
    if (m_words->toPlainText().trimmed().isEmpty()) {
        showError(tr("The words, or the private key, are missing."), m_words);
        return;
    }
    if (const QString wrong = m_vault->problem(); !wrong.isEmpty()) {
        showError(wrong);
        return;
    }
    setBusy(true, tr("Importing…"));
    m_vault->prepare([this](const Result<void>& ready) {
        if (!ready) {
            setBusy(false);
            showError(text(ready.error().message.text));
            return;
        }
        m_backend.payments().importWallet(
            this, wordsIn(m_words), m_passphrase->take(),
            static_cast<std::uint32_t>(m_account->value()), [this](const Result<void>& done) {
                setBusy(false);
                if (done) {
                    accept();
                } else {
                    showError(text(done.error().message.text), m_words);
                }
            });
    });
}

BackupDialog::BackupDialog(Backend& backend, bool hasWords, QWidget* parent)
    : Dialog(tr("Check the backup"), tr("Check it"), parent),
      m_backend(backend),
      m_typed(makeWordsField(tr("Words, or private key, from your backup"), this)),
      m_words(new WordsGrid(this)),
      m_show(makeButton(tr("Show the words once more"), ButtonKind::Link, {}, this)) {
    content()->addWidget(makeParagraph(
        tr("Type the words from the paper, so that it is known to be right. Until then at most "
           "$5.00 a day are paid from this wallet."),
        "", this));
    addField(content(), tr("Words, or private key, from your backup"), m_typed);
    content()->addWidget(m_show, 0, Qt::AlignLeft);
    content()->addWidget(m_words);
    m_words->hide();
    m_show->setVisible(hasWords);
    connect(m_show, &QPushButton::clicked, this, &BackupDialog::showWords);
    m_typed->setFocus();
}

void BackupDialog::showWords() {
    m_backend.payments().walletWords(this, [this](Result<Secret> words) {
        if (!words) {
            showError(text(words.error().message.text));
            return;
        }
        m_words->show(*words);
        m_words->QWidget::show();
        m_show->hide();
    });
}

void BackupDialog::commit() {
    setBusy(true, tr("Checking…"));
    m_backend.payments().checkBackup(this, wordsIn(m_typed), [this](const Result<void>& right) {
        setBusy(false);
        if (right) {
            accept();
        } else {
            showError(text(right.error().message.text), m_typed);
        }
    });
}

}  // namespace gr::ui
