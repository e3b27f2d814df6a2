// SPDX-License-Identifier: MIT
#include "dialogs/client_key_dialog.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
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

// "codex", "codex-2", …: the first that is free.
QString freeName(const Backend& backend, const QString& wanted) {
    const auto keys = backend.clientKeys();
    for (int number = 1;; ++number) {
        const QString name = number == 1 ? wanted : u"%1-%2"_s.arg(wanted).arg(number);
        const bool taken = std::ranges::any_of(
            keys, [&](const ClientKeyInfo& key) { return text(key.id) == name; });
        if (!taken) {
            return name;
        }
    }
}

QString windowText(ledger::WindowKind window) {
    using ledger::WindowKind;
    switch (window) {
        case WindowKind::Minute:
            return ClientKeyDialog::tr("a minute");
        case WindowKind::Hour:
            return ClientKeyDialog::tr("an hour");
        case WindowKind::Day:
            return ClientKeyDialog::tr("a day");
        case WindowKind::Week:
            return ClientKeyDialog::tr("a week");
        case WindowKind::Month:
            return ClientKeyDialog::tr("a month");
        case WindowKind::Total:
            break;
    }
    return ClientKeyDialog::tr("in total");
}

// What a person types: "5", "$5.00", "5,50" where the language writes so.
std::optional<Money> dollarsIn(QString typed) {
    typed = typed.trimmed();
    if (typed.startsWith(u'$')) {
        typed.remove(0, 1);
    }
    typed.replace(QLocale().decimalPoint(), u"."_s);
    const auto amount = Money::parse(utf8(typed.trimmed()));
    return amount && *amount > Money() ? amount : std::nullopt;
}

ledger::Limit limitOf(ledger::LimitUnit unit, std::int64_t amount, const QComboBox* window) {
    ledger::Limit limit;
    limit.unit = unit;
    limit.amount = amount;
    limit.window = static_cast<ledger::WindowKind>(window->currentData().toInt());
    return limit;
}

}  // namespace

ClientKeyDialog::ClientKeyDialog(Backend& backend, const QString& name, QWidget* parent)
    : Dialog(tr("New client key"), tr("Make key"), parent),
      m_backend(backend),
      m_form(new QWidget(this)),
      m_name(new QLineEdit(freeName(backend, name), m_form)),
      m_models(new QLineEdit(m_form)),
      m_spend(new QLineEdit(m_form)),
      m_spendWindow(new QComboBox(m_form)),
      m_requests(new QLineEdit(m_form)),
      m_requestsWindow(new QComboBox(m_form)),
      m_expiry(new QComboBox(m_form)) {
    using ledger::WindowKind;
    auto* column = new QVBoxLayout(m_form);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kM);
    column->addWidget(makeParagraph(
        tr("One key for each tool lets you see what it costs, bound it, and take it away alone."),
        "muted", m_form));
    addField(column, tr("Name"), m_name);
    addField(column, tr("Models it may ask for"), m_models);
    m_models->setPlaceholderText(tr("all; or some: openai/gpt-*, ollama/*"));
    addField(column, tr("Dollars it may spend"),
             makeLimit(m_spend, m_spendWindow,
                       {WindowKind::Day, WindowKind::Week, WindowKind::Month, WindowKind::Total}));
    addField(column, tr("Requests it may make"),
             makeLimit(m_requests, m_requestsWindow,
                       {WindowKind::Minute, WindowKind::Hour, WindowKind::Day}));
    m_expiry->addItem(tr("never"), 0);
    m_expiry->addItem(tr("after a day"), 1);
    m_expiry->addItem(tr("after 30 days"), 30);
    m_expiry->addItem(tr("after a year"), 365);
    addField(column, tr("Expires"), m_expiry);
    content()->addWidget(m_form);
    m_name->setMaxLength(64);
    m_name->setAccessibleName(tr("Name of the key"));
    m_models->setAccessibleName(tr("Models it may ask for"));
    m_spend->setAccessibleName(tr("Dollars it may spend"));
    m_spendWindow->setAccessibleName(tr("In which time it may spend them"));
    m_requests->setAccessibleName(tr("Requests it may make"));
    m_requestsWindow->setAccessibleName(tr("In which time it may make them"));
    m_expiry->setAccessibleName(tr("Expires"));
    m_name->selectAll();
    m_name->setFocus();
}

QWidget* ClientKeyDialog::makeLimit(QLineEdit* amount, QComboBox* window,
                                    const std::vector<ledger::WindowKind>& windows) {
    auto* both = new QWidget(m_form);
    auto* row = new QHBoxLayout(both);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kS);
    amount->setPlaceholderText(tr("no limit of its own"));
    for (const ledger::WindowKind one : windows) {
        window->addItem(windowText(one), static_cast<int>(one));
    }
    row->addWidget(amount, 1);
    row->addWidget(window);
    both->setFocusProxy(amount);
    return both;
}

std::optional<ClientKeyDraft> ClientKeyDialog::draft() {
    ClientKeyDraft made;
    const QString name = m_name->text().trimmed();
    static const QRegularExpression allowed(u"^[A-Za-z0-9][A-Za-z0-9._-]*$"_s);
    if (!allowed.match(name).hasMatch()) {
        showError(tr("Use letters, digits, points and dashes."), m_name);
        return std::nullopt;
    }
    made.id = utf8(name);
    static const QRegularExpression between(u"[,\\s]+"_s);
    for (const QString& model : m_models->text().split(between, Qt::SkipEmptyParts)) {
        made.models.push_back(utf8(model));
    }
    if (!m_spend->text().trimmed().isEmpty()) {
        const auto amount = dollarsIn(m_spend->text());
        if (!amount) {
            showError(tr("Write an amount in dollars such as 5.00, or leave it empty."), m_spend);
            return std::nullopt;
        }
        made.limits.push_back(limitOf(ledger::LimitUnit::Usd, amount->pico(), m_spendWindow));
    }
    if (!m_requests->text().trimmed().isEmpty()) {
        bool whole = false;
        const qlonglong amount = QLocale().toLongLong(m_requests->text().trimmed(), &whole);
        if (!whole || amount <= 0) {
            showError(tr("Write a whole number such as 30, or leave it empty."), m_requests);
            return std::nullopt;
        }
        made.limits.push_back(limitOf(ledger::LimitUnit::Requests, amount, m_requestsWindow));
    }
    if (const int days = m_expiry->currentData().toInt(); days > 0) {
        made.expires = UnixMs{m_backend.clock().now().value + days * kDayMs};
    }
    return made;
}

void ClientKeyDialog::commit() {
    if (m_done) {
        accept();
        return;
    }
    const auto wanted = draft();
    if (!wanted) {
        return;
    }
    setBusy(true, tr("Making…"));
    m_backend.createClientKey(this, *wanted, [this, id = wanted->id](const Result<Secret>& key) {
        setBusy(false);
        if (!key) {
            showError(text(key.error().message.text), m_name);
            return;
        }
        showKey(*key);
        emit made(id);
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
