// SPDX-License-Identifier: MIT
#include "dialogs/client_key_dialog.h"

#include <QComboBox>
#include <QLineEdit>
#include <QRegularExpression>
#include <QVBoxLayout>
#include <algorithm>

#include "format.h"
#include "theme/theme.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr std::int64_t kDayMs = 24LL * 3'600'000;

// A first name that is free: "my-tools", "my-tools-2", …
QString freeName(const Backend& backend) {
    const auto keys = backend.clientKeys();
    for (int number = 1;; ++number) {
        const QString name = number == 1 ? u"my-tools"_s : u"my-tools-%1"_s.arg(number);
        const bool taken = std::ranges::any_of(
            keys, [&](const ClientKeyInfo& key) { return text(key.id) == name; });
        if (!taken) {
            return name;
        }
    }
}

}  // namespace

ClientKeyDialog::ClientKeyDialog(Backend& backend, QWidget* parent)
    : Dialog(tr("New client key"), tr("Make key"), parent),
      m_backend(backend),
      m_form(new QWidget(this)),
      m_name(new QLineEdit(freeName(backend), m_form)),
      m_expiry(new QComboBox(m_form)) {
    auto* column = new QVBoxLayout(m_form);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    column->addWidget(makeParagraph(
        tr("One key for each tool lets you see what it costs, and take it away alone."), "muted",
        m_form));
    addField(column, tr("Name"), m_name);
    m_expiry->addItem(tr("never"), 0);
    m_expiry->addItem(tr("after a day"), 1);
    m_expiry->addItem(tr("after 30 days"), 30);
    m_expiry->addItem(tr("after a year"), 365);
    addField(column, tr("Expires"), m_expiry);
    content()->addWidget(m_form);
    m_name->setMaxLength(64);
    m_name->setAccessibleName(tr("Name of the key"));
    m_expiry->setAccessibleName(tr("Expires"));
    m_name->selectAll();
    m_name->setFocus();
}

void ClientKeyDialog::commit() {
    if (m_done) {
        accept();
        return;
    }
    const QString name = m_name->text().trimmed();
    static const QRegularExpression allowed(u"^[A-Za-z0-9][A-Za-z0-9._-]*$"_s);
    if (!allowed.match(name).hasMatch()) {
        showError(tr("Use letters, digits, points and dashes."), m_name);
        return;
    }
    std::optional<UnixMs> expires;
    if (const int days = m_expiry->currentData().toInt(); days > 0) {
        expires = UnixMs{m_backend.clock().now().value + days * kDayMs};
    }
    setBusy(true, tr("Making…"));
    m_backend.createClientKey(this, utf8(name), expires, [this, name](const Result<Secret>& key) {
        setBusy(false);
        if (!key) {
            showError(text(key.error().message.text), m_name);
            return;
        }
        showKey(*key);
        emit made(utf8(name));
    });
}

void ClientKeyDialog::showKey(const Secret& key) {
    m_done = true;
    m_form->hide();
    content()->addWidget(makeParagraph(
        tr("This is the key. It is shown this once; only its digest is kept."), "", this));
    auto* field = new QLineEdit(text(key.reveal()), this);
    field->setReadOnly(true);
    field->setFont(monospaceFont());
    field->setAccessibleName(tr("The new key"));
    field->setCursorPosition(0);
    content()->addWidget(field);
    QPushButton* copy = makeButton(tr("Copy key"), ButtonKind::Normal, u"copy"_s, this);
    connect(copy, &QPushButton::clicked, this, [this, field, copy] {
        copySecret(utf8(field->text()));
        copy->setText(tr("Copied, for 30 seconds"));
    });
    content()->addWidget(copy, 0, Qt::AlignLeft);
    primary()->setText(tr("Done"));
    secondary()->hide();
    copy->setFocus();
}

}  // namespace gr::ui
