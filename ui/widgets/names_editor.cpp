// SPDX-License-Identifier: MIT
#include "widgets/names_editor.h"

#include <QCompleter>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListView>
#include <QShortcut>
#include <QStringListModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "format.h"
#include "models/ordered_model.h"
#include "widgets/fields.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kListHeight = 132;
constexpr int kRowHeight = 28;

class RowDelegate final : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QSize size = QStyledItemDelegate::sizeHint(option, index);
        return {size.width(), qMax(kRowHeight, size.height() + space::kS)};
    }
};

QListView* makeList(NameModel* model, const QString& name, QWidget* parent) {
    auto* list = new QListView(parent);
    list->setModel(model);
    list->setAccessibleName(name);
    list->setItemDelegate(new RowDelegate(list));
    list->setFixedHeight(kListHeight);
    list->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    list->setTextElideMode(Qt::ElideMiddle);
    return list;
}

}  // namespace

NamesEditor::NamesEditor(RoutingDraft& draft, QStringListModel& models, QWidget* parent)
    : QWidget(parent),
      m_draft(draft),
      m_offered(models),
      m_names(new NameModel(false, this)),
      m_models(new NameModel(true, this)),
      m_nameList(makeList(m_names, tr("Names"), this)),
      m_modelList(makeList(m_models, tr("Models of the name, in order"), this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kL);
    row->addWidget(makeNames(), 2);
    row->addWidget(makeModels(), 3);
    connect(m_nameList->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &NamesEditor::showModels);
    connect(m_modelList->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &NamesEditor::showModels);
    connect(&m_draft, &RoutingDraft::changed, this, &NamesEditor::follow);
    follow();
}

QWidget* NamesEditor::makeNames() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kS);
    column->addWidget(m_nameList);
    column->addStretch();
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(space::kXs);
    QPushButton* add = makeButton(tr("New name"), ButtonKind::Normal, u"plus"_s, box);
    connect(add, &QPushButton::clicked, this, &NamesEditor::addName);
    buttons->addWidget(add);
    buttons->addStretch();
    QPushButton* edit = makeIconButton(u"pencil"_s, tr("Change the name (F2)"), box);
    connect(edit, &QPushButton::clicked, this,
            [this] { m_nameList->edit(m_nameList->currentIndex()); });
    buttons->addWidget(edit);
    QPushButton* gone = makeIconButton(u"trash-2"_s, tr("Remove the name (Delete)"), box);
    connect(gone, &QPushButton::clicked, this, &NamesEditor::removeName);
    buttons->addWidget(gone);
    column->addLayout(buttons);
    m_ofName = {edit, gone};
    onKey(m_nameList, Qt::Key_Delete, this, [this] { removeName(); });
    connect(m_names, &NameModel::renameWanted, this, &NamesEditor::rename);
    return box;
}

QWidget* NamesEditor::makeModels() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kS);
    m_modelList->setDragDropMode(QAbstractItemView::InternalMove);
    m_modelList->setDropIndicatorShown(true);
    const auto by = [this](int step) {
        const int from = m_modelList->currentIndex().row();
        moveModel(from, from + step);
    };
    QPushButton* up = makeIconButton(u"arrow-up"_s, tr("Earlier (Alt+Up)"), box);
    connect(up, &QPushButton::clicked, this, [by] { by(-1); });
    QPushButton* down = makeIconButton(u"arrow-down"_s, tr("Later (Alt+Down)"), box);
    connect(down, &QPushButton::clicked, this, [by] { by(1); });
    QPushButton* gone = makeIconButton(u"trash-2"_s, tr("Remove the model (Delete)"), box);
    connect(gone, &QPushButton::clicked, this, &NamesEditor::removeModel);
    m_ofModel = {up, down, gone};
    auto* beside = new QVBoxLayout;
    beside->setSpacing(space::kXs);
    for (QPushButton* button : m_ofModel) {
        beside->addWidget(button);
    }
    beside->addStretch();
    auto* both = new QHBoxLayout;
    both->setSpacing(space::kXs);
    both->addWidget(m_modelList, 1, Qt::AlignTop);
    both->addLayout(beside);
    column->addLayout(both, 1);
    auto* below = new QHBoxLayout;
    below->setSpacing(space::kXs);
    m_model = makeModelField(tr("Model to add"), m_offered, box);
    m_model->setPlaceholderText(tr("provider/model"));
    connect(m_model, &QLineEdit::returnPressed, this, &NamesEditor::addModel);
    below->addWidget(m_model, 1);
    m_add = makeButton(tr("Add"), ButtonKind::Normal, {}, box);
    connect(m_add, &QPushButton::clicked, this, &NamesEditor::addModel);
    below->addWidget(m_add);
    column->addLayout(below);
    onKey(m_modelList, Qt::ALT | Qt::Key_Up, this, [by] { by(-1); });
    onKey(m_modelList, Qt::ALT | Qt::Key_Down, this, [by] { by(1); });
    onKey(m_modelList, Qt::Key_Delete, this, [this] { removeModel(); });
    connect(m_models, &NameModel::moveWanted, this, &NamesEditor::moveModel);
    connect(m_models, &NameModel::renameWanted, this, [this](int place, const QString& name) {
        RoutingDraft::Path path = modelsPath();
        path.emplace_back(static_cast<std::size_t>(place));
        m_draft.set(path, settings::jsonText(utf8(name)), tr("change a model"));
    });
    return box;
}

int NamesEditor::row() const {
    const int row = m_nameList->currentIndex().row();
    return row < static_cast<int>(m_all.size()) ? row : -1;
}

RoutingDraft::Path NamesEditor::modelsPath() const {
    return {"aliases", m_all[static_cast<std::size_t>(row())].name};
}

void NamesEditor::follow() {
    m_all = m_draft.names();
    std::vector<std::string> names;
    for (const RoutingDraft::Names& one : m_all) {
        names.push_back(one.name);
    }
    m_names->set(names);
    if (!m_nameList->currentIndex().isValid() && !m_all.empty()) {
        m_nameList->setCurrentIndex(m_names->index(0));
    }
    showModels();
}

void NamesEditor::showModels() {
    const int at = row();
    m_models->set(at < 0 ? std::vector<std::string>() : m_all[static_cast<std::size_t>(at)].models);
    const int model = m_modelList->currentIndex().row();
    for (QPushButton* button : m_ofName) {
        button->setEnabled(at >= 0);
    }
    m_model->setEnabled(at >= 0);
    m_add->setEnabled(at >= 0);
    m_ofModel[0]->setEnabled(model > 0);
    m_ofModel[1]->setEnabled(model >= 0 && model + 1 < m_models->rowCount());
    m_ofModel[2]->setEnabled(model >= 0);
}

void NamesEditor::addName() {
    const auto taken = [this](const std::string& name) {
        return std::ranges::find(m_all, name, &RoutingDraft::Names::name) != m_all.end();
    };
    std::string name = "my-model";
    for (int number = 2; taken(name); ++number) {
        name = "my-model-" + std::to_string(number);
    }
    m_draft.set({"aliases", name}, settings::jsonArray({}), tr("add a name"));
    const QModelIndex fresh = m_names->index(m_names->rowCount() - 1);
    m_nameList->setCurrentIndex(fresh);
    m_nameList->setFocus();
    m_nameList->edit(fresh);
}

void NamesEditor::rename(int place, const QString& name) {
    const std::string wanted = utf8(name);
    if (std::ranges::find(m_all, wanted, &RoutingDraft::Names::name) == m_all.end()) {
        m_draft.renameMember({"aliases"}, m_all[static_cast<std::size_t>(place)].name, wanted,
                             tr("change a name"));
    }
}

void NamesEditor::removeName() {
    if (row() >= 0) {
        m_draft.remove(modelsPath(), tr("remove a name"));
    }
}

void NamesEditor::addModel() {
    const QString name = m_model->text().trimmed();
    if (row() < 0 || name.isEmpty()) {
        return;
    }
    m_draft.insertItem(modelsPath(), m_models->rowCount(), settings::quoteJson(utf8(name)),
                       tr("add a model"));
    m_model->clear();
    m_modelList->setCurrentIndex(m_models->index(m_models->rowCount() - 1));
}

void NamesEditor::moveModel(int from, int to) {
    if (row() >= 0 && from >= 0 && to >= 0 && to < m_models->rowCount()) {
        m_draft.moveItem(modelsPath(), from, to, tr("change the order of models"));
    }
}

void NamesEditor::removeModel() {
    const int place = m_modelList->currentIndex().row();
    if (row() >= 0 && place >= 0) {
        RoutingDraft::Path path = modelsPath();
        path.emplace_back(static_cast<std::size_t>(place));
        m_draft.remove(path, tr("remove a model"));
    }
}

}  // namespace gr::ui
