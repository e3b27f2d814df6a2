// SPDX-License-Identifier: MIT
#include "dialogs/policy_dialog.h"

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "format.h"
#include "models/policy_words.h"
#include "widgets/controls.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using Keeper = Payments::Keeper;

PolicyDialog::PolicyDialog(Backend& backend, QWidget* parent)
    : Dialog(tr("Let the wallet pay more"), tr("Approve"), parent),
      m_backend(backend),
      m_change(backend.payments().policyChange()) {
    content()->addWidget(makeParagraph(
        tr("The configuration file allows more than was approved. Until you approve it, the "
           "stricter of each rule counts."),
        "", this));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(space::kXl);
    grid->setVerticalSpacing(space::kS);
    grid->addWidget(makeLabel(tr("Approved"), "muted", this), 0, 1);
    grid->addWidget(makeLabel(tr("Asked for"), "muted", this), 0, 2);
    int row = 1;
    for (const PolicyLine& line : policyLines(m_change)) {
        grid->addWidget(makeParagraph(line.rule, "", this), row, 0);
        grid->addWidget(makeLabel(line.before, "", this), row, 1);
        QLabel* after = makeLabel(line.after, "strong", this);
        after->setAccessibleName(tr("%1: from %2 to %3").arg(line.rule, line.before, line.after));
        grid->addWidget(after, row, 2);
        ++row;
    }
    grid->setColumnStretch(0, 1);
    content()->addLayout(grid);
    const Keeper keeper = m_backend.payments().keeper();
    if (keeper == Keeper::Passphrase || keeper == Keeper::Locked) {
        const QString label = tr("Passphrase of the vault");
        m_passphrase = new SecretEdit(label, this);
        addField(content(), label, m_passphrase);
        connect(m_passphrase, &SecretEdit::accepted, primary(), &QPushButton::click);
        m_passphrase->setFocus();
    } else {
        secondary()->setFocus();
    }
}

void PolicyDialog::commit() {
    if (m_passphrase == nullptr) {
        approve();
        return;
    }
    Secret typed = m_passphrase->take();
    if (typed.empty()) {
        showError(tr("The passphrase of the vault is missing."), m_passphrase);
        return;
    }
    setBusy(true, tr("Opening…"));
    m_backend.openVault(this, std::move(typed), [this](const Result<void>& opened) {
        setBusy(false);
        if (opened) {
            approve();
        } else {
            showError(text(opened.error().message.text), m_passphrase);
        }
    });
}

// What was shown, whatever the file says by now.
void PolicyDialog::approve() {
    setBusy(true, tr("Approving…"));
    m_backend.payments().approvePolicy(this, m_change.asked, [this](const Result<void>& done) {
        setBusy(false);
        if (done) {
            accept();
        } else {
            showError(text(done.error().message.text));
        }
    });
}

}  // namespace gr::ui
