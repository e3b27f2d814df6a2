// SPDX-License-Identifier: MIT
#include "widgets/wallet_parts.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "dialogs/dialog.h"
#include "format.h"
#include "theme/theme.h"
#include "widgets/controls.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using Keeper = Payments::Keeper;

namespace {
constexpr std::size_t kShortest = 8;
constexpr int kColumns = 3;
}  // namespace

WordsGrid::WordsGrid(QWidget* parent) : QFrame(parent), m_grid(new QGridLayout(this)) {
    setProperty("card", true);
    setLayoutDirection(Qt::LeftToRight);
    m_grid->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    m_grid->setHorizontalSpacing(space::kXl);
    m_grid->setVerticalSpacing(space::kS);
}

void WordsGrid::show(const Secret& words) {
    while (QLayoutItem* item = m_grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QStringList list = text(words.reveal()).split(u' ', Qt::SkipEmptyParts);
    for (int i = 0; i < list.size(); ++i) {
        QLabel* word = makeLabel(u"%1  %2"_s.arg(i + 1, 2).arg(list.at(i)), "", this);
        word->setFont(monospaceFont());
        word->setMinimumWidth(word->sizeHint().width());
        word->setAccessibleName(tr("Word %1: %2").arg(i + 1).arg(list.at(i)));
        m_grid->addWidget(word, i / kColumns, i % kColumns);
    }
}

VaultFields::VaultFields(Backend& backend, QWidget* parent)
    : QWidget(parent), m_backend(backend), m_keeper(backend.payments().keeper()) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    switch (m_keeper) {
        case Keeper::Passphrase:
            break;
        case Keeper::Locked:
            column->addWidget(makeParagraph(
                tr("The vault that keeps it is locked; its passphrase opens it."), "muted", this));
            m_passphrase = new SecretEdit(tr("Passphrase of the vault"), this);
            addField(column, tr("Passphrase of the vault"), m_passphrase);
            break;
        case Keeper::NoVault:
            makeNew(
                tr("It is kept in a vault that opens with a passphrase, asked once at each "
                   "start. It cannot be recovered."));
            break;
        case Keeper::Keychain:
            makeNew(
                tr("The vault opens by the system keychain now, which every program of yours "
                   "can ask. With a passphrase it opens with that alone, your provider keys "
                   "too."));
            break;
    }
}

void VaultFields::makeNew(const QString& explanation) {
    auto* column = static_cast<QVBoxLayout*>(layout());
    column->addWidget(makeParagraph(explanation, "muted", this));
    m_passphrase = new SecretEdit(tr("New passphrase of the vault"), this);
    m_again = new SecretEdit(tr("New passphrase once more"), this);
    addField(column, tr("New passphrase of the vault"), m_passphrase);
    addField(column, tr("Once more"), m_again);
    m_keychain = new QCheckBox(tr("Let the system keychain open it, for small sums"), this);
    column->addWidget(m_keychain);
    connect(m_keychain, &QCheckBox::toggled, m_passphrase, &QWidget::setDisabled);
    connect(m_keychain, &QCheckBox::toggled, m_again, &QWidget::setDisabled);
}

QString VaultFields::problem() {
    if (m_passphrase == nullptr || (m_keychain != nullptr && m_keychain->isChecked())) {
        return {};
    }
    m_typed = m_passphrase->take();
    const Secret again = m_again != nullptr ? m_again->take() : Secret();
    QString wrong;
    if (m_again != nullptr && m_typed.size() < kShortest) {
        wrong = tr("Take at least %1 characters for the passphrase.").arg(kShortest);
    } else if (m_again != nullptr && !equalInConstantTime(m_typed.reveal(), again.reveal())) {
        wrong = tr("The two passphrases differ.");
    } else if (m_typed.empty()) {
        wrong = tr("The passphrase of the vault is missing.");
    }
    if (!wrong.isEmpty()) {
        m_passphrase->setFocus();
    }
    return wrong;
}

void VaultFields::prepare(Payments::Reply<void> reply) {
    const bool nothing =
        m_passphrase == nullptr || (m_keychain != nullptr && m_keychain->isChecked());
    if (nothing) {
        reply({});
    } else if (m_keeper == Keeper::Keychain) {
        m_backend.payments().protectVault(this, std::move(m_typed), std::move(reply));
    } else {
        m_backend.openVault(this, std::move(m_typed), std::move(reply));
    }
}

}  // namespace gr::ui
