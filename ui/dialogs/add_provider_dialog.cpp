// SPDX-License-Identifier: MIT
#include "dialogs/add_provider_dialog.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QRegularExpression>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <memory>

#include "format.h"
#include "provider_link.h"
#include "widgets/controls.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

AddProviderDialog::AddProviderDialog(Backend& backend, QWidget* parent)
    : Dialog(tr("Add a provider"), tr("Add"), parent),
      m_backend(backend),
      m_presets(backend.presets()),
      m_list(new QListWidget(this)),
      m_name(new QLineEdit(this)),
      m_address(new QLineEdit(this)),
      m_key(new SecretEdit(tr("Key"), this)),
      m_keyHint(new QLabel(this)),
      m_asked(makeParagraph({}, "strong", this)) {
    setMinimumWidth(640);
    m_list->setAccessibleName(tr("Providers that can be added"));
    m_list->setFixedWidth(190);
    m_list->setMinimumHeight(300);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kXl);
    row->addWidget(m_list);
    auto* form = new QVBoxLayout;
    form->setSpacing(space::kM);
    m_nameLabel = addField(form, tr("Name, as in name/model"), m_name);
    addField(form, tr("Address"), m_address);
    m_keyLabel = addField(form, tr("Key"), m_key);
    m_name->setAccessibleName(tr("Name"));
    m_address->setAccessibleName(tr("Address"));
    m_keyHint->setOpenExternalLinks(true);
    m_keyHint->setWordWrap(true);
    m_keyHint->setProperty("role", u"muted"_s);
    m_keyHint->setAccessibleName(tr("Where to get a key"));
    form->addWidget(m_keyHint);
    m_later =
        makeParagraph(tr("Its key can be kept and tested now; requests to it come with a later "
                         "version."),
                      "muted", this);
    form->addWidget(m_later);
    form->addStretch();
    row->addLayout(form, 1);
    m_asked->hide();
    content()->addWidget(m_asked);
    content()->addLayout(row);
    fillList();
    connect(m_list, &QListWidget::currentRowChanged, this, &AddProviderDialog::choose);
    connect(m_key, &SecretEdit::accepted, primary(), &QPushButton::click);
    m_list->setCurrentRow(0);
    m_list->setFocus();
}

void AddProviderDialog::fillList() {
    ProviderPreset custom;
    custom.title = utf8(tr("Other (OpenAI format)"));
    custom.kind = "openai";
    custom.needsKey = false;
    m_presets.push_back(std::move(custom));
    for (const ProviderPreset& preset : m_presets) {
        auto* item = new QListWidgetItem(text(preset.title), m_list);
        item->setSizeHint(QSize(100, size::kRow));
    }
}

void AddProviderDialog::propose(const ProviderLink& link) {
    const auto known = std::ranges::find_if(m_presets, [&](const ProviderPreset& preset) {
        return link.address.isEmpty() && text(preset.id) == link.id;
    });
    m_list->setCurrentRow(known == m_presets.end() ? m_list->count() - 1
                                                   : static_cast<int>(known - m_presets.begin()));
    if (known == m_presets.end()) {
        m_name->setText(link.id);
        m_address->setText(link.address);
    }
    const QString host = QUrl(m_address->text()).host(QUrl::FullyEncoded);
    m_asked->setText(
        host.isEmpty()
            ? tr("A link asks for this, and names no address. Add it only if you meant to.")
            : tr("A link asks for this. Your key and your requests would go to %1: add it only if "
                 "you trust it.")
                  .arg(host));
    m_asked->show();
}

void AddProviderDialog::choose(int row) {
    if (row < 0) {
        return;
    }
    m_asked->hide();
    const ProviderPreset& preset = m_presets[static_cast<std::size_t>(row)];
    const bool custom = preset.id.empty();
    m_name->setText(text(preset.id));
    m_name->setVisible(custom);
    m_nameLabel->setVisible(custom);
    m_address->setText(text(preset.baseUrl));
    m_address->setPlaceholderText(u"https://api.example.com/v1"_s);
    m_keyLabel->setText(preset.needsKey ? tr("Key") : tr("Key (leave empty if none is needed)"));
    const QString page = text(preset.keyPage);
    m_keyHint->setText(page.isEmpty() ? QString()
                                      : u"<a href=\"%1\">%2</a>"_s.arg(
                                            page.toHtmlEscaped(), tr("Where do I get a key?")));
    m_keyHint->setVisible(!page.isEmpty());
    m_later->setVisible(!preset.answerable);
}

void AddProviderDialog::commit() {
    const ProviderPreset& preset = m_presets[static_cast<std::size_t>(m_list->currentRow())];
    const QString name = m_name->text().trimmed();
    static const QRegularExpression allowed(u"^[A-Za-z0-9][A-Za-z0-9._-]*$"_s);
    if (!allowed.match(name).hasMatch()) {
        showError(tr("Give it a name of letters, digits, points and dashes."), m_name);
        return;
    }
    const QString address = m_address->text().trimmed();
    const QUrl url(address, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() ||
        (url.scheme() != "https"_L1 && url.scheme() != "http"_L1)) {
        showError(tr("The address must begin with https:// (or http:// on this machine)."),
                  m_address);
        return;
    }
    const bool taken = std::ranges::any_of(
        m_backend.providers(), [&](const ProviderInfo& one) { return text(one.id) == name; });
    if (taken) {
        showError(tr("There is a provider of this name already."), m_name);
        return;
    }
    ProviderDraft draft{.id = utf8(name),
                        .kind = preset.kind,
                        .baseUrl = {},
                        .dialect = {},
                        .needsKey = preset.needsKey || !m_key->isEmpty()};
    if (utf8(address) != preset.baseUrl) {
        draft.baseUrl = utf8(address);
    }
    // Shared, because a reply must be copyable; wiped with its last holder.
    auto key = std::make_shared<Secret>(m_key->take());
    setBusy(true, tr("Adding…"));
    m_backend.addProvider(this, draft, [this, id = draft.id, key](const Result<void>& done) {
        setBusy(false);
        if (!done) {
            showError(text(done.error().message.text), m_address);
            return;
        }
        if (key->empty()) {
            emit added(id);
            accept();
        } else {
            addKey(id, std::move(*key));
        }
    });
}

void AddProviderDialog::addKey(const std::string& id, Secret key) {
    m_backend.putProviderKey(this, id, std::move(key), [this, id](const Result<void>& stored) {
        emit added(id);
        if (stored) {
            accept();
            return;
        }
        showError(tr("The provider was added, but its key was not kept: %1")
                      .arg(text(stored.error().message.text)));
        primary()->hide();
        secondary()->setText(tr("Close"));
    });
}

}  // namespace gr::ui
