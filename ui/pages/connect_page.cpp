// SPDX-License-Identifier: MIT
#include "pages/connect_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QShortcut>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include "dialogs/client_key_dialog.h"
#include "format.h"
#include "models/tools.h"
#include "widgets/notice.h"
#include "widgets/parts.h"
#include "widgets/probe_view.h"
#include "widgets/snippet_view.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

ConnectPage::ConnectPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Connect, parent), m_keys(new ClientKeyModel(this)) {
    actions()->addWidget(makeActionButton(this->context().commands.action(CommandId::CopyBaseUrl)));
    auto* top = new QHBoxLayout;
    top->setSpacing(space::kL);
    top->addWidget(makeTools());
    top->addWidget(makeSnippet(), 1);
    body()->addLayout(top, 3);
    body()->addWidget(makeKeys(), 2);
    connect(&backend(), &Backend::clientKeysChanged, this, &ConnectPage::showKeys);
    connect(&backend(), &Backend::gatewayStatusChanged, this, &ConnectPage::showTool);
    connect(&backend(), &Backend::providersChanged, this, &ConnectPage::showTool);
    connect(&backend(), &Backend::vaultStateChanged, this, &ConnectPage::showKeys);
    auto* fresh = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_N), this);
    fresh->setContext(Qt::WidgetWithChildrenShortcut);
    connect(fresh, &QShortcut::activated, this, &ConnectPage::newKey);
    showKeys();
    m_tools->setCurrentRow(0);
}

QWidget* ConnectPage::makeTools() {
    m_tools = new QListWidget(this);
    m_tools->setAccessibleName(tr("Tools"));
    m_tools->setFixedWidth(210);
    for (const Tool& tool : tools()) {
        auto* item = new QListWidgetItem(QString::fromUtf8(tool.name), m_tools);
        item->setSizeHint(QSize(100, size::kRow));
    }
    connect(m_tools, &QListWidget::currentRowChanged, this, &ConnectPage::showTool);
    return m_tools;
}

QWidget* ConnectPage::makeSnippet() {
    QFrame* card = makeCard(this);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    column->setSpacing(space::kS);
    m_title = makeLabel({}, "section", card);
    m_where = makeParagraph({}, "muted", card);
    column->addWidget(m_title);
    column->addWidget(m_where);
    m_keyRow = new QWidget(card);
    auto* keyRow = new QHBoxLayout(m_keyRow);
    keyRow->setContentsMargins(0, 0, 0, 0);
    keyRow->setSpacing(space::kS);
    m_key = new QComboBox(m_keyRow);
    m_key->setAccessibleName(tr("Key in the snippet"));
    m_key->setMinimumWidth(200);
    keyRow->addWidget(makeLabel(tr("Key"), "muted", m_keyRow));
    keyRow->addWidget(m_key);
    keyRow->addStretch();
    m_test = makeButton(tr("Test"), ButtonKind::Normal, u"activity"_s, m_keyRow);
    m_test->setToolTip(tr("Send one real request with this key"));
    m_copy = makeButton(tr("Copy"), ButtonKind::Primary, u"copy"_s, m_keyRow);
    keyRow->addWidget(m_test);
    keyRow->addWidget(m_copy);
    column->addWidget(m_keyRow);
    m_snippet = new SnippetView(tr("Snippet"), card);
    column->addWidget(m_snippet, 1);
    m_note = makeParagraph({}, "muted", card);
    column->addWidget(m_note);
    m_probe = new ProbeView(backend(), card);
    column->addWidget(m_probe);
    connect(m_key, &QComboBox::activated, this, &ConnectPage::showTool);
    connect(m_copy, &QPushButton::clicked, this, &ConnectPage::copySnippet);
    connect(m_snippet, &SnippetView::copyWanted, this, &ConnectPage::copySnippet);
    connect(m_test, &QPushButton::clicked, this, &ConnectPage::runTest);
    connect(m_probe, &ProbeView::finished, m_test, [this] { m_test->setEnabled(true); });
    return card;
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

// Which programs use a key changes without a word.
void ConnectPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    showKeys();
}

QWidget* ConnectPage::firstFocus() {
    return m_tools;
}

QString ConnectPage::model() const {
    QString simulated;
    for (const ProviderInfo& provider : backend().providers()) {
        if (!provider.enabled || !provider.answerable || provider.models.empty() ||
            provider.key == ProviderInfo::Key::Missing) {
            continue;
        }
        const QString name = text(provider.id) + u'/' + text(provider.models.front().id);
        if (!provider.simulated) {
            return name;
        }
        simulated = name;
    }
    return simulated.isEmpty() ? u"provider/model"_s : simulated;
}

std::optional<Secret> ConnectPage::chosenKey() const {
    const QString id = m_key->currentData().toString();
    return id.isEmpty() ? std::nullopt : backend().clientKeySecret(utf8(id));
}

QString ConnectPage::maskedKey() const {
    const auto key = chosenKey();
    if (!key) {
        return u"YOUR-KEY"_s;
    }
    return text(key->reveal().substr(0, 3)) + u"••••••••••••"_s +
           text(key->reveal().substr(key->size() - std::min<std::size_t>(4, key->size())));
}

void ConnectPage::showTool() {
    const int row = m_tools->currentRow();
    if (row < 0) {
        return;
    }
    const Tool& tool = tools()[static_cast<std::size_t>(row)];
    const QString base = backend().baseUrl().toString();
    const QString key = maskedKey();
    const bool usable = *tool.snippet != '\0';
    m_title->setText(QString::fromUtf8(tool.name));
    m_where->setText(toolWhere(tool));
    m_note->setText(toolNote(tool));
    m_note->setVisible(!m_note->text().isEmpty());
    m_snippet->setVisible(usable);
    m_keyRow->setVisible(usable);
    m_snippet->setSnippet(filled(tool, base, key, model()), {base, key});
}

void ConnectPage::showKeys() {
    m_keys->setKeys(backend().clientKeys(), now());
    m_revoke->setEnabled(false);
    const QString chosen =
        m_wantedKey.empty() ? m_key->currentData().toString() : text(m_wantedKey);
    m_key->clear();
    for (const ClientKeyInfo& key : backend().clientKeys()) {
        if (key.revealable && !key.revokedAt) {
            m_key->addItem(text(key.id), text(key.id));
        }
    }
    if (m_key->count() == 0) {
        m_key->addItem(tr("Make a key to fill it in"));
    }
    m_key->setCurrentIndex(qMax(0, m_key->findData(chosen)));
    if (m_key->currentData().toString() == text(m_wantedKey)) {
        m_wantedKey.clear();
    }
    showTool();
}

void ConnectPage::copySnippet() {
    const Tool& tool = tools()[static_cast<std::size_t>(m_tools->currentRow())];
    const auto key = chosenKey();
    const QString base = backend().baseUrl().toString();
    if (key) {
        copySecret(utf8(filled(tool, base, text(key->reveal()), model()).trimmed()));
    } else {
        copyText(filled(tool, base, u"YOUR-KEY"_s, model()).trimmed());
    }
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(1500, m_copy, [this] { m_copy->setText(tr("Copy")); });
}

void ConnectPage::runTest() {
    m_test->setEnabled(false);
    const auto key = chosenKey();
    m_probe->run(
        model(),
        key ? QByteArray(key->reveal().data(), static_cast<qsizetype>(key->size())) : QByteArray());
}

// The chosen tool as a name: "OpenAI SDK, Python" → "openai-sdk-python".
QString ConnectPage::suggestedName() const {
    const int row = m_tools->currentRow();
    if (row < 0) {
        return u"my-tools"_s;
    }
    static const QRegularExpression other(u"[^a-z0-9]+"_s);
    QString name = QString::fromUtf8(tools()[static_cast<std::size_t>(row)].name).toLower();
    name.replace(other, u"-"_s);
    return name.endsWith(u'-') ? name.chopped(1) : name;
}

void ConnectPage::newKey() {
    auto* dialog = new ClientKeyDialog(backend(), suggestedName(), this);
    connect(dialog, &ClientKeyDialog::made, this, [this](const std::string& id) {
        m_wantedKey = id;
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
