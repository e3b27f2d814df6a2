// SPDX-License-Identifier: MIT
#include "pages/providers_page.h"

#include <QHBoxLayout>
#include <QListView>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "dialogs/add_provider_dialog.h"
#include "format.h"
#include "pages/provider_details.h"
#include "provider_link.h"
#include "widgets/controls.h"
#include "widgets/delegates.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

ProvidersPage::ProvidersPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Providers, parent),
      m_model(new ProviderModel(this)),
      m_list(new QListView(this)),
      m_details(new ProviderDetails(backend(), notices(), this)),
      m_stack(new QStackedWidget(this)),
      m_tick(new QTimer(this)) {
    const Commands& commands = this->context().commands;
    actions()->addWidget(makeActionButton(commands.action(CommandId::FindServers)));
    QPushButton* add = makeButton(tr("Add provider"), ButtonKind::Primary, u"plus"_s, this);
    connect(add, &QPushButton::clicked, this, &ProvidersPage::addProvider);
    actions()->addWidget(add);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new StateDelegate({.word = ProviderModel::StateRole,
                                               .icon = ProviderModel::StateIconRole,
                                               .tone = ProviderModel::StateToneRole},
                                              m_list));
    m_list->setAccessibleName(tr("Providers"));
    m_list->setMouseTracking(true);
    m_list->setFixedWidth(220);
    m_list->setSpacing(0);
    auto* both = new QWidget(this);
    auto* row = new QHBoxLayout(both);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kL);
    row->addWidget(m_list);
    row->addWidget(m_details, 1);
    m_stack->addWidget(both);
    makeEmpty();
    body()->addWidget(m_stack);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &ProvidersPage::showCurrent);
    connect(m_details, &ProviderDetails::removeWanted, this, &ProvidersPage::remove);
    connect(&backend(), &Backend::providersChanged, this, &ProvidersPage::take);
    connect(&backend(), &Backend::providerStatusesChanged, this, &ProvidersPage::take);
    connect(&backend(), &Backend::foundServersChanged, this, &ProvidersPage::showFound);
    auto* fresh = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_N), this);
    fresh->setContext(Qt::WidgetWithChildrenShortcut);
    connect(fresh, &QShortcut::activated, this, &ProvidersPage::addProvider);
    auto* gone = new QShortcut(QKeySequence(Qt::Key_Delete), m_list);
    gone->setContext(Qt::WidgetShortcut);
    connect(gone, &QShortcut::activated, m_details, &ProviderDetails::removeShown);
    m_tick->setInterval(1000);
    connect(m_tick, &QTimer::timeout, this, &ProvidersPage::take);
    take();
    showFound();
}

void ProvidersPage::makeEmpty() {
    auto* empty = new EmptyState(
        u"key-round"_s, tr("No providers yet"),
        tr("Add one with your own key, or start a model server such as Ollama on this machine."),
        this);
    QPushButton* add = makeButton(tr("Add provider"), ButtonKind::Primary, {}, empty);
    connect(add, &QPushButton::clicked, this, &ProvidersPage::addProvider);
    empty->addButton(add);
    empty->addButton(makeActionButton(context().commands.action(CommandId::FindServers)));
    m_stack->addWidget(empty);
}

QWidget* ProvidersPage::firstFocus() {
    return m_list;
}

void ProvidersPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    take();
}

void ProvidersPage::refresh() {
    m_details->test();
}

void ProvidersPage::take() {
    m_model->set(backend().providers(), now());
    m_model->setStatuses(backend().providerStatuses(), now());
    m_stack->setCurrentIndex(m_model->rowCount() == 0 ? 1 : 0);
    int row = m_wanted.empty() ? -1 : m_model->rowOf(m_wanted);
    if (row >= 0) {
        m_wanted.clear();
        m_list->setCurrentIndex(m_model->index(row));
    } else if (!m_list->currentIndex().isValid() && m_model->rowCount() > 0) {
        m_list->setCurrentIndex(m_model->index(0));
    }
    showCurrent();
    bool cooling = false;
    for (const gateway::ProviderStatus& status : backend().providerStatuses()) {
        cooling |= status.state == gateway::ProviderStatus::State::Cooling;
    }
    if (cooling && isVisible()) {
        m_tick->start();
    } else {
        m_tick->stop();
    }
}

void ProvidersPage::showCurrent() {
    const ProviderInfo* info = m_model->providerAt(m_list->currentIndex().row());
    if (info != nullptr) {
        m_details->show(*info, m_model->statusOf(info->id), now());
    }
}

void ProvidersPage::select(const std::string& id) {
    m_wanted = id;
    take();
}

void ProvidersPage::addProvider() {
    auto* dialog = new AddProviderDialog(backend(), this);
    connect(dialog, &AddProviderDialog::added, this, &ProvidersPage::select);
    dialog->open();
}

void ProvidersPage::open(const ProviderLink& link) {
    const std::string id = utf8(link.id);
    if (std::ranges::count(backend().providers(), id, &ProviderInfo::id) > 0) {
        select(id);
        notices()->show(u"link"_s,
                        {.tone = NoticeTone::Info,
                         .title = tr("There is a provider %1 already").arg(link.id),
                         .body = tr("A link asked to add it. Nothing of it was changed."),
                         .actions = {}});
        return;
    }
    auto* dialog = new AddProviderDialog(backend(), this);
    connect(dialog, &AddProviderDialog::added, this, &ProvidersPage::select);
    dialog->propose(link);
    dialog->open();
}

void ProvidersPage::remove(const std::string& id, const QString& title) {
    backend().removeProvider(
        this, id, reporting(tr("%1 was not removed").arg(title), [this, id, title] {
            notices()->showUndo(u"removed"_s, tr("%1 removed").arg(title), [this, id, title] {
                backend().restoreProvider(this, id,
                                          reporting(tr("%1 was not brought back").arg(title),
                                                    [this, id] { select(id); }));
            });
        }));
}

void ProvidersPage::showFound() {
    for (const gateway::FoundServer& server : backend().foundServers()) {
        const QString key = u"found/"_s + text(server.baseUrl);
        if (server.configured) {
            notices()->hide(key);
            continue;
        }
        if (notices()->has(key)) {
            continue;
        }
        NoticeSpec spec{.tone = NoticeTone::Info,
                        .title = tr("%1 runs on this machine").arg(text(server.title)),
                        .body = {},
                        .actions = {}};
        const QString address = text(server.baseUrl).toHtmlEscaped();
        if (server.sameUser) {
            spec.body = tr("%1 with %n models. It is not used until you say so.", nullptr,
                           static_cast<int>(server.models.size()))
                            .arg(address);
            spec.actions.push_back(
                {tr("Use it"), [this, server] {
                     ProviderDraft draft{.id = server.kind,
                                         .kind = "openai",
                                         .baseUrl = server.baseUrl,
                                         .dialect = server.kind,
                                         .needsKey = false};
                     backend().addProvider(this, draft,
                                           reporting(tr("%1 was not added").arg(text(server.title)),
                                                     [this, id = draft.id] { select(id); }));
                 }});
        } else {
            spec.tone = NoticeTone::Warning;
            spec.body = tr("%1 belongs to the user %2, not to you; nothing was sent to it.")
                            .arg(address, text(server.owner).toHtmlEscaped());
        }
        notices()->show(key, spec);
    }
}

}  // namespace gr::ui
