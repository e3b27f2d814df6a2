// SPDX-License-Identifier: MIT
#include "pages/provider_details.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>
#include <QVBoxLayout>

#include "format.h"
#include "models/provider_model.h"
#include "theme/theme.h"
#include "widgets/controls.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

ProviderDetails::ProviderDetails(Backend& backend, NoticeArea* notices, QWidget* parent)
    : QFrame(parent), m_backend(backend), m_notices(notices) {
    setProperty("card", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kXl, space::kL, space::kXl, space::kL);
    column->setSpacing(space::kL);
    makeHead(column);
    column->addWidget(makeRule(this));
    makeKey(column);
    makeAddress(column);
    makeModels(column);
}

void ProviderDetails::makeHead(QVBoxLayout* column) {
    m_title = makeLabel({}, "section", this);
    m_simulated = makeLabel(tr("simulated"), "pill", this);
    m_enabled = new Switch(tr("Use this provider"), this);
    m_remove = makeIconButton(u"trash-2"_s, tr("Remove this provider (Delete)"), this);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kS);
    head->addWidget(m_title);
    head->addWidget(m_simulated);
    head->addStretch();
    head->addWidget(m_enabled);
    head->addWidget(m_remove);
    column->addLayout(head);
    m_state = new StateLabel(this);
    m_stateText = makeParagraph({}, "muted", this);
    m_test = makeButton(tr("Test"), ButtonKind::Normal, u"activity"_s, this);
    m_test->setToolTip(tr("List this provider's models with your key; costs nothing (F5)"));
    auto* state = new QHBoxLayout;
    state->setSpacing(space::kM);
    state->addWidget(m_state);
    state->addWidget(m_stateText, 1);
    state->addWidget(m_test);
    column->addLayout(state);
    connect(m_enabled, &QAbstractButton::clicked, this,
            [this](bool on) { m_backend.setProviderEnabled(m_info.id, on); });
    connect(m_remove, &QPushButton::clicked, this, &ProviderDetails::removeShown);
    connect(m_test, &QPushButton::clicked, this, &ProviderDetails::test);
}

void ProviderDetails::makeKey(QVBoxLayout* column) {
    m_keyBox = new QWidget(this);
    auto* box = new QVBoxLayout(m_keyBox);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(space::kXs);
    box->addWidget(makeLabel(tr("Key"), "strong", m_keyBox));
    m_keyButtons = new QWidget(m_keyBox);
    auto* row = new QHBoxLayout(m_keyButtons);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kS);
    m_keyState = makeLabel({}, "", m_keyButtons);
    m_replaceKey = makeButton(tr("Replace"), ButtonKind::Normal, u"pencil"_s, m_keyButtons);
    m_removeKey = makeButton(tr("Remove"), ButtonKind::Normal, u"trash-2"_s, m_keyButtons);
    row->addWidget(m_keyState, 1);
    row->addWidget(m_replaceKey);
    row->addWidget(m_removeKey);
    box->addWidget(m_keyButtons);
    m_keyForm = new QWidget(m_keyBox);
    auto* form = new QHBoxLayout(m_keyForm);
    form->setContentsMargins(0, 0, 0, 0);
    form->setSpacing(space::kS);
    m_key = new SecretEdit(tr("Key"), m_keyForm);
    m_saveKey = makeButton(tr("Save key"), ButtonKind::Primary, {}, m_keyForm);
    form->addWidget(m_key, 1);
    form->addWidget(m_saveKey);
    box->addWidget(m_keyForm);
    m_keyPage = new QLabel(m_keyBox);
    m_keyPage->setOpenExternalLinks(true);
    m_keyPage->setAccessibleName(tr("Where to get a key"));
    box->addWidget(m_keyPage);
    column->addWidget(m_keyBox);
    connect(m_replaceKey, &QPushButton::clicked, this, [this] {
        m_replacing = true;
        showKey();
        m_key->setFocus();
    });
    connect(m_removeKey, &QPushButton::clicked, this, &ProviderDetails::removeKey);
    connect(m_key, &SecretEdit::edited, this, [this] { m_saveKey->setEnabled(!m_key->isEmpty()); });
    connect(m_key, &SecretEdit::accepted, this, &ProviderDetails::saveKey);
    connect(m_saveKey, &QPushButton::clicked, this, &ProviderDetails::saveKey);
}

void ProviderDetails::makeAddress(QVBoxLayout* column) {
    auto* box = new QVBoxLayout;
    box->setSpacing(space::kXs);
    box->addWidget(makeLabel(tr("Address"), "strong", this));
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    m_address = new QLineEdit(this);
    m_address->setAccessibleName(tr("Address"));
    m_address->setLayoutDirection(Qt::LeftToRight);
    m_saveAddress = makeButton(tr("Save address"), ButtonKind::Normal, {}, this);
    row->addWidget(m_address, 1);
    row->addWidget(m_saveAddress);
    box->addLayout(row);
    m_finalUrl = makeParagraph({}, "caption", this);
    box->addWidget(m_finalUrl);
    column->addLayout(box);
    connect(m_address, &QLineEdit::textEdited, this, [this](const QString& typed) {
        const bool changed = typed.trimmed() != text(m_info.baseUrl);
        m_saveAddress->setVisible(changed);
        if (changed && m_info.key == ProviderInfo::Key::Vault) {
            m_finalUrl->setText(
                tr("A key is bound to its address: you will be asked for it again."));
        }
    });
    connect(m_address, &QLineEdit::returnPressed, this, &ProviderDetails::saveAddress);
    connect(m_saveAddress, &QPushButton::clicked, this, &ProviderDetails::saveAddress);
}

void ProviderDetails::makeModels(QVBoxLayout* column) {
    m_modelsTitle = makeLabel({}, "strong", this);
    column->addWidget(m_modelsTitle);
    m_modelRows = new QStandardItemModel(this);
    m_models = new QTableView(this);
    m_models->setModel(m_modelRows);
    setUpTable(m_models);
    m_models->setAccessibleName(tr("Models"));
    column->addWidget(m_models, 1);
}

void ProviderDetails::show(const ProviderInfo& info, const gateway::ProviderStatus* status,
                           UnixMs now) {
    const bool other = info.id != m_info.id;
    const bool addressKept = !other && info.baseUrl == m_info.baseUrl;
    const bool modelsKept = !other && info.models.size() == m_info.models.size();
    m_info = info;
    if (other) {
        m_replacing = false;
        ++m_testRound;
        m_test->setEnabled(true);
        m_test->setText(tr("Test"));
        m_key->take();
    }
    m_title->setText(text(info.title));
    m_simulated->setVisible(info.simulated);
    m_enabled->setChecked(info.enabled);
    m_enabled->setVisible(info.removable);
    m_remove->setVisible(info.removable);
    showState(status, now);
    showKey();
    if (!addressKept) {
        m_address->setText(text(info.baseUrl));
        m_address->setCursorPosition(0);
        m_address->setReadOnly(info.simulated);
        m_saveAddress->hide();
        m_finalUrl->setText(tr("Requests go to %1").arg(text(info.finalUrl)));
    }
    if (!modelsKept) {
        showModels();
    }
}

void ProviderDetails::showState(const gateway::ProviderStatus* status, UnixMs now) {
    const StateLook look = providerLook(m_info, status, now);
    m_state->set(look.icon, look.word, look.tone);
    QString words;
    if (status != nullptr && !status->lastError.empty() && look.tone != Tone::Success) {
        words = text(status->lastError);
    } else if (!m_info.answerable) {
        words = tr("Its key can be kept and tested; requests to it come with a later version.");
    } else if (m_info.enabled && m_info.key == ProviderInfo::Key::Missing) {
        words = tr("It is not asked until it has a key.");
    }
    m_stateText->setText(words);
}

void ProviderDetails::showKey() {
    using Key = ProviderInfo::Key;
    const bool hasKey = m_info.key != Key::Missing && m_info.key != Key::NotNeeded;
    m_keyBox->setVisible(!m_info.simulated);
    m_keyButtons->setVisible(!m_replacing && m_info.key != Key::Missing);
    m_keyForm->setVisible(m_replacing || m_info.key == Key::Missing);
    m_saveKey->setEnabled(!m_key->isEmpty());
    const QString dots = u"••••••••  "_s;
    switch (m_info.key) {
        case Key::NotNeeded:
            m_keyState->setText(tr("None is needed"));
            break;
        case Key::Vault:
            m_keyState->setText(dots + tr("in your vault"));
            break;
        case Key::Memory:
            m_keyState->setText(dots + tr("in memory until you quit"));
            break;
        case Key::Environment:
            m_keyState->setText(tr("From the variable %1").arg(text(m_info.keySource)));
            break;
        case Key::Elsewhere:
            m_keyState->setText(dots + tr("as the configuration says"));
            break;
        case Key::Missing:
            break;
    }
    m_replaceKey->setText(hasKey ? tr("Replace") : tr("Set a key"));
    m_removeKey->setVisible(m_info.key == Key::Vault || m_info.key == Key::Memory);
    m_key->setPlaceholder(tr("Paste the key of %1").arg(text(m_info.title)));
    const QString page = text(m_info.keyPage);
    m_keyPage->setVisible(!page.isEmpty() && m_keyForm->isVisibleTo(this));
    m_keyPage->setText(
        u"<a href=\"%1\">%2</a>"_s.arg(page.toHtmlEscaped(), tr("Where do I get a key?")));
}

void ProviderDetails::showModels() {
    m_modelRows->clear();
    m_modelRows->setHorizontalHeaderLabels(
        {tr("Model"), tr("Context"), tr("Input / million"), tr("Output / million")});
    const auto number = [](const QString& shown) {
        auto* item = new QStandardItem(shown);
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        return item;
    };
    const auto price = [](const std::optional<Money>& amount) {
        return amount ? moneyExact(*amount) : tr("unknown");
    };
    for (const ModelInfo& model : m_info.models) {
        m_modelRows->appendRow(
            {new QStandardItem(text(model.id)),
             number(model.context ? count(static_cast<std::int64_t>(*model.context))
                                  : tr("unknown")),
             number(price(model.inputPrice)), number(price(model.outputPrice))});
    }
    for (int column = 1; column < 4; ++column) {
        m_modelRows->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight |
                                                                    Qt::AlignVCenter);
        m_models->horizontalHeader()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    }
    m_models->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_modelsTitle->setText(m_info.models.empty()
                               ? tr("Models: any name is passed through")
                               : tr("%n models", nullptr, static_cast<int>(m_info.models.size())));
    m_models->setVisible(!m_info.models.empty());
}

Backend::Reply<void> ProviderDetails::reporting(const QString& title, std::function<void()> done) {
    return [this, title, done = std::move(done)](const Result<void>& result) {
        if (!result) {
            m_notices->showError(u"failed"_s, title, text(result.error().message.text));
        } else if (done) {
            done();
        }
    };
}

void ProviderDetails::saveKey() {
    if (m_key->isEmpty()) {
        return;
    }
    m_replacing = false;
    m_backend.putProviderKey(this, m_info.id, m_key->take(),
                             reporting(tr("The key was not kept"), [this] { test(); }));
}

void ProviderDetails::removeKey() {
    const std::string id = m_info.id;
    const QString title = text(m_info.title);
    m_backend.removeProviderKey(
        this, id, reporting(tr("The key was not removed"), [this, id, title] {
            m_notices->showUndo(u"key"_s, tr("Key of %1 removed").arg(title), [this, id] {
                m_backend.restoreProviderKey(this, id,
                                             reporting(tr("The key was not brought back")));
            });
        }));
}

void ProviderDetails::saveAddress() {
    const QString typed = m_address->text().trimmed();
    if (typed != text(m_info.baseUrl)) {
        m_backend.changeProviderAddress(this, m_info.id, utf8(typed),
                                        reporting(tr("The address was not changed")));
    }
}

void ProviderDetails::removeShown() {
    if (m_info.removable) {
        emit removeWanted(m_info.id, text(m_info.title));
    }
}

void ProviderDetails::test() {
    if (m_info.id.empty() || !m_test->isEnabled()) {
        return;
    }
    m_test->setEnabled(false);
    m_test->setText(tr("Testing…"));
    const int round = ++m_testRound;
    m_backend.testProvider(this, m_info.id, [this, round](const Result<ProviderTest>& result) {
        if (round == m_testRound) {
            testDone(result);
        }
    });
}

void ProviderDetails::testDone(const Result<ProviderTest>& result) {
    m_test->setEnabled(true);
    m_test->setText(tr("Test"));
    const QString title = text(m_info.title);
    if (result && result->ok) {
        m_notices->show(u"test"_s, {.tone = NoticeTone::Success,
                                    .title = tr("%1 answers").arg(title),
                                    .body = tr("It took the key and listed %n models in %1.",
                                               nullptr, result->models)
                                                .arg(duration(result->ms)),
                                    .actions = {},
                                    .seconds = 10});
        return;
    }
    m_notices->showError(u"test"_s, tr("%1 did not pass the test").arg(title),
                         text(result ? result->sentence : result.error().message.text));
}

}  // namespace gr::ui
