// SPDX-License-Identifier: MIT
#include "dialogs/dialog.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "widgets/parts.h"

namespace gr::ui {

Dialog::Dialog(const QString& title, const QString& primary, QWidget* parent)
    : QDialog(parent),
      m_content(new QVBoxLayout),
      m_buttons(new QHBoxLayout),
      m_error(makeParagraph({}, "danger", this)),
      m_primary(makeButton(primary, ButtonKind::Primary, {}, this)),
      m_secondary(makeButton(tr("Cancel"), ButtonKind::Normal, {}, this)),
      m_primaryText(primary) {
    setWindowTitle(title);
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumWidth(460);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kXl, space::kXl, space::kXl, space::kXl);
    column->setSpacing(space::kL);
    column->addWidget(makeLabel(title, "section", this));
    m_content->setSpacing(space::kM);
    column->addLayout(m_content);
    m_error->hide();
    column->addWidget(m_error);
    m_buttons->setSpacing(space::kS);
    m_buttons->addStretch();
    m_buttons->addWidget(m_secondary);
    m_buttons->addWidget(m_primary);
    column->addLayout(m_buttons);
    m_primary->setDefault(true);
    connect(m_secondary, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_primary, &QPushButton::clicked, this, [this] {
        m_error->hide();
        commit();
    });
}

void Dialog::addButton(QPushButton* button) {
    m_buttons->insertWidget(m_buttons->indexOf(m_primary), button);
}

void Dialog::showError(const QString& sentence, QWidget* field) {
    m_error->setText(sentence);
    m_error->show();
    if (field != nullptr) {
        field->setAccessibleDescription(sentence);
        field->setFocus();
    }
}

void Dialog::setPrimary(const QString& label) {
    m_primaryText = label;
    m_primary->setText(label);
}

void Dialog::setBusy(bool busy, const QString& doing) {
    m_primary->setEnabled(!busy);
    m_primary->setText(busy ? doing : m_primaryText);
}

QLabel* addField(QVBoxLayout* column, const QString& label, QWidget* field) {
    auto* pair = new QVBoxLayout;
    pair->setSpacing(space::kXs);
    QLabel* words = makeLabel(label, "muted", field->parentWidget());
    words->setBuddy(field);
    pair->addWidget(words);
    pair->addWidget(field);
    column->addLayout(pair);
    return words;
}

}  // namespace gr::ui
