// SPDX-License-Identifier: MIT
#include "pages/connect_page.h"

#include <QFileInfo>
#include <QFileSystemWatcher>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include "dialogs/client_key_dialog.h"
#include "format.h"
#include "models/tools.h"
#include "widgets/delegates.h"
#include "widgets/notice.h"
#include "widgets/parts.h"
#include "widgets/tool_card.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

enum ToolRole { WordRole = Qt::UserRole, IconRole, ToneRole };
constexpr int kSettleMs = 200;

}  // namespace

ConnectPage::ConnectPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Connect, parent),
      m_keys(new ClientKeyModel(this)),
      m_watcher(new QFileSystemWatcher(this)),
      m_filesChanged(new QTimer(this)) {
    actions()->addWidget(makeActionButton(this->context().commands.action(CommandId::CopyBaseUrl)));
    auto* top = new QHBoxLayout;
    top->setSpacing(space::kL);
    top->addWidget(makeTools());
    m_card = new ToolCard(backend(), notices(), this);
    top->addWidget(m_card, 1);
    body()->addLayout(top, 3);
    body()->addWidget(makeKeys(), 1);
    const auto follow = [this] {
        showStates();
        m_card->refresh();
    };
    connect(m_card, &ToolCard::filesChanged, this, &ConnectPage::showStates);
    connect(&backend(), &Backend::clientKeysChanged, this, &ConnectPage::showKeys);
    connect(&backend(), &Backend::gatewayStatusChanged, this, follow);
    connect(&backend(), &Backend::providersChanged, this, follow);
    connect(&backend(), &Backend::vaultStateChanged, this, &ConnectPage::showKeys);
    m_filesChanged->setSingleShot(true);
    m_filesChanged->setInterval(kSettleMs);
    connect(m_filesChanged, &QTimer::timeout, this, follow);
    connect(m_watcher, &QFileSystemWatcher::fileChanged, m_filesChanged,
            qOverload<>(&QTimer::start));
    connect(m_watcher, &QFileSystemWatcher::directoryChanged, m_filesChanged,
            qOverload<>(&QTimer::start));
    auto* fresh = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_N), this);
    fresh->setContext(Qt::WidgetWithChildrenShortcut);
    connect(fresh, &QShortcut::activated, this, &ConnectPage::newKey);
    m_tools->setCurrentRow(0);
    showKeys();
}

QWidget* ConnectPage::makeTools() {
    m_tools = new QListWidget(this);
    m_tools->setAccessibleName(tr("Tools"));
    m_tools->setFixedWidth(210);
    m_tools->setMouseTracking(true);
    m_tools->setItemDelegate(
        new StateDelegate({.word = WordRole, .icon = IconRole, .tone = ToneRole}, m_tools));
    for (const ToolText& tool : tools()) {
        new QListWidgetItem(QString::fromUtf8(connect::findTool(tool.id)->title), m_tools);
    }
    connect(m_tools, &QListWidget::currentRowChanged, this, &ConnectPage::showTool);
    return m_tools;
}

QWidget* ConnectPage::makeKeys() {
    QFrame* card = makeCard(this);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(1, space::kS, 1, 1);
    column->setSpacing(space::kXs);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(space::kL - 1, 0, space::kS, 0);
    head->setSpacing(space::kS);
    head->addWidget(makeLabel(tr("Keys of your tools"), "strong", card));
    head->addStretch();
    m_revoke = makeButton(tr("Revoke"), ButtonKind::Danger, u"trash-2"_s, card);
    QPushButton* fresh = makeButton(tr("New key"), ButtonKind::Normal, u"plus"_s, card);
    fresh->setToolTip(tr("Make a key for one of your tools (Ctrl+N)"));
    head->addWidget(m_revoke);
    head->addWidget(fresh);
    column->addLayout(head);
    m_table = new QTableView(card);
    m_table->setModel(m_keys);
    setUpTable(m_table);
    m_table->setProperty("bare", true);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setAccessibleName(tr("Keys of your tools"));
    m_table->setMinimumHeight(3 * size::kRow);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    for (const int wide : {ClientKeyModel::Models, ClientKeyModel::Limits}) {
        m_table->horizontalHeader()->setSectionResizeMode(wide, QHeaderView::Stretch);
    }
    column->addWidget(m_table, 1);
    connect(fresh, &QPushButton::clicked, this, &ConnectPage::newKey);
    connect(m_revoke, &QPushButton::clicked, this, &ConnectPage::revoke);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        const ClientKeyInfo* key = m_keys->keyAt(m_table->currentIndex().row());
        m_revoke->setEnabled(key != nullptr && key->revocable);
    });
    auto* gone = new QShortcut(QKeySequence(Qt::Key_Delete), m_table);
    gone->setContext(Qt::WidgetShortcut);
    connect(gone, &QShortcut::activated, this, &ConnectPage::revoke);
    return card;
}

// Which programs use a key changes without a word, and so do files while nobody looks.
void ConnectPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    showKeys();
}

QWidget* ConnectPage::firstFocus() {
    return m_tools;
}

void ConnectPage::showTool() {
    const int row = m_tools->currentRow();
    if (row >= 0) {
        m_card->showTool(tools()[static_cast<std::size_t>(row)]);
    }
}

void ConnectPage::showStates() {
    QStringList paths;
    for (int row = 0; row < m_tools->count(); ++row) {
        const connect::ToolView view =
            toolView(backend(), tools()[static_cast<std::size_t>(row)].id);
        const StateLook look = toolLook(view);
        QListWidgetItem* item = m_tools->item(row);
        item->setData(WordRole, look.word);
        item->setData(IconRole, look.icon);
        item->setData(ToneRole, static_cast<int>(look.tone));
        item->setData(Qt::AccessibleTextRole, QString(item->text() + u", "_s + look.word));
        for (const connect::FileView& file : view.files) {
            paths << text(file.path.string()) << text(file.path.parent_path().string());
        }
    }
    watchFiles(paths);
}

// A file that is replaced is another one for the watcher: it is named anew each time.
void ConnectPage::watchFiles(const QStringList& paths) {
    QStringList there;
    for (const QString& path : paths) {
        if (QFileInfo::exists(path) && !there.contains(path)) {
            there << path;
        }
    }
    const QStringList before = m_watcher->files() + m_watcher->directories();
    QStringList gone;
    for (const QString& path : before) {
        if (!there.contains(path)) {
            gone << path;
        }
    }
    there.removeIf([&](const QString& path) { return before.contains(path); });
    if (!gone.isEmpty()) {
        m_watcher->removePaths(gone);
    }
    if (!there.isEmpty()) {
        m_watcher->addPaths(there);
    }
}

void ConnectPage::showKeys() {
    m_keys->setKeys(backend().clientKeys(), now());
    m_revoke->setEnabled(false);
    showStates();
    m_card->refresh();
}

// The chosen tool as a name.
QString ConnectPage::suggestedName() const {
    const int row = m_tools->currentRow();
    return row < 0 ? u"my-tools"_s : QString::fromUtf8(tools()[static_cast<std::size_t>(row)].id);
}

void ConnectPage::newKey() {
    auto* dialog = new ClientKeyDialog(backend(), suggestedName(), this);
    connect(dialog, &ClientKeyDialog::made, this, [this](const std::string& id) {
        m_card->wantKey(id);
        showKeys();
    });
    dialog->open();
}

void ConnectPage::revoke() {
    const ClientKeyInfo* key = m_keys->keyAt(m_table->currentIndex().row());
    if (key == nullptr || !key->revocable) {
        return;
    }
    const std::string id = key->id;
    const QString name = text(id);
    backend().revokeClientKey(
        this, id, reporting(tr("The key was not revoked"), [this, id, name] {
            notices()->showUndo(u"revoked"_s, tr("Key %1 revoked").arg(name), [this, id] {
                backend().restoreClientKey(this, id, reporting(tr("The key was not brought back")));
            });
        }));
}

}  // namespace gr::ui
