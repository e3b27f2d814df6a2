// SPDX-License-Identifier: MIT
#include "widgets/rules_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QListView>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "format.h"
#include "models/rule_model.h"
#include "widgets/controls.h"
#include "widgets/fields.h"
#include "widgets/parts.h"
#include "widgets/rule_delegate.h"
#include "widgets/rule_editor.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kBlank = R"({ "name": "", "if": {}, "then": {} })";
constexpr auto kSecrets =
    R"({ "name": "secrets stay here", "if": { "has_secret": true }, "then": { "local_only": true } })";
constexpr int kLeastList = 160;

std::string longPrompts(const std::string& model) {
    const std::string names = model.empty() ? "" : settings::quoteJson(model);
    return R"({ "name": "long prompts", "if": { "prompt_tokens_over": 50000 }, )"
           R"("then": { "prefer_models": [)" +
           names + "] } }";
}

}  // namespace

RulesCard::RulesCard(RoutingDraft& draft, QStringListModel& models, QWidget* parent)
    : QFrame(parent),
      m_draft(draft),
      m_model(new RuleModel(this)),
      m_editor(new RuleEditor(draft, models, this)),
      m_stack(new QStackedWidget(this)) {
    setProperty("card", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kL);
    column->setSpacing(space::kS);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("Rules"), "section", this));
    head->addStretch();
    m_add = makeButton(tr("New rule"), ButtonKind::Normal, u"plus"_s, this);
    m_add->setToolTip(tr("Add a rule behind the chosen one (Ctrl+N)"));
    connect(m_add, &QPushButton::clicked, this, &RulesCard::addRule);
    head->addWidget(m_add);
    column->addLayout(head);
    QLabel* words = makeLabel(tr("They are asked in this order. The first one that holds decides."),
                              "muted", this);
    words->setWordWrap(true);
    column->addWidget(words);
    m_stack->addWidget(makeFilled());
    m_stack->addWidget(makeEmpty());
    column->addWidget(m_stack);
    connect(&m_draft, &RoutingDraft::changed, this, &RulesCard::follow);
    follow();
}

QWidget* RulesCard::makeFilled() {
    auto* both = new QWidget(this);
    auto* row = new QHBoxLayout(both);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kL);
    m_list = new QListView(both);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new RuleDelegate(m_list));
    m_list->setAccessibleName(tr("Rules, in order"));
    m_list->setMouseTracking(true);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    m_list->viewport()->installEventFilter(this);
    auto* left = new QVBoxLayout;
    left->setSpacing(space::kS);
    left->addWidget(m_list);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(space::kXs);
    const auto by = [this](int step) { move(this->row(), this->row() + step); };
    m_up = makeIconButton(u"arrow-up"_s, tr("Earlier (Alt+Up)"), both);
    connect(m_up, &QPushButton::clicked, this, [by] { by(-1); });
    m_down = makeIconButton(u"arrow-down"_s, tr("Later (Alt+Down)"), both);
    connect(m_down, &QPushButton::clicked, this, [by] { by(1); });
    QPushButton* copy = makeIconButton(u"copy"_s, tr("Duplicate (Ctrl+D)"), both);
    connect(copy, &QPushButton::clicked, this, &RulesCard::duplicate);
    QPushButton* gone = makeIconButton(u"trash-2"_s, tr("Remove (Delete)"), both);
    connect(gone, &QPushButton::clicked, this, &RulesCard::removeRule);
    for (QPushButton* button : {m_up, m_down, copy, gone}) {
        buttons->addWidget(button);
    }
    buttons->addStretch();
    left->addLayout(buttons);
    left->addStretch();
    row->addLayout(left, 1);
    row->addWidget(m_editor, 1);
    onKey(m_list, Qt::ALT | Qt::Key_Up, this, [by] { by(-1); });
    onKey(m_list, Qt::ALT | Qt::Key_Down, this, [by] { by(1); });
    onKey(m_list, Qt::Key_Delete, this, [this] { removeRule(); });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &RulesCard::showCurrent);
    connect(m_model, &OrderedModel::moveWanted, this, &RulesCard::move);
    connect(m_model, &RuleModel::enableWanted, this, [this](int place, bool enabled) {
        const RoutingDraft::Path path{"rules", static_cast<std::size_t>(place), "enabled"};
        if (enabled) {
            m_draft.remove(path, tr("switch a rule on"));
        } else {
            m_draft.set(path, settings::jsonBool(false), tr("switch a rule off"));
        }
    });
    return both;
}

QWidget* RulesCard::makeEmpty() {
    auto* empty = new EmptyState(u"route"_s, tr("No rules: the built-in router decides"),
                                 tr("A rule says where some requests may go, or may not. Begin "
                                    "with one of these, or with your own."),
                                 this);
    QPushButton* secrets =
        makeButton(tr("Secrets stay on this machine"), ButtonKind::Normal, u"shield"_s, empty);
    connect(secrets, &QPushButton::clicked, this,
            [this] { insert(0, kSecrets, tr("add a rule")); });
    empty->addButton(secrets);
    QPushButton* prompts = makeButton(tr("Long prompts to a long-context model"),
                                      ButtonKind::Normal, u"receipt-text"_s, empty);
    connect(prompts, &QPushButton::clicked, this,
            [this] { insert(0, longPrompts(m_longest), tr("add a rule")); });
    empty->addButton(prompts);
    return empty;
}

int RulesCard::row() const {
    return m_list->currentIndex().row();
}

void RulesCard::follow() {
    m_model->set(m_draft.rules(), m_draft.ruleTexts());
    m_stack->setCurrentIndex(m_model->rowCount() > 0 ? 0 : 1);
    if (!m_list->currentIndex().isValid() && m_model->rowCount() > 0) {
        m_list->setCurrentIndex(m_model->index(0));
    }
    showCurrent();
}

void RulesCard::showCurrent() {
    m_editor->show(row());
    m_up->setEnabled(row() > 0);
    m_down->setEnabled(row() >= 0 && row() + 1 < m_model->rowCount());
    fitList();
}

void RulesCard::setFindings(const std::vector<RoutingFinding>& findings) {
    m_model->setFindings(findings);
    m_editor->setFindings(findings);
    fitList();
}

void RulesCard::setHits(const std::vector<routing::RuleHits>* hits) {
    if (hits != nullptr) {
        m_model->setHits(*hits);
    } else {
        m_model->clearHits();
    }
}

// As high as its rules, so that the page scrolls and not the list in it.
void RulesCard::fitList() {
    m_fitted = m_list->viewport()->width();
    m_list->doItemsLayout();
    int height = 2 * space::kXs + 2;
    for (int i = 0; i < m_model->rowCount(); ++i) {
        height += m_list->sizeHintForRow(i);
    }
    m_list->setFixedHeight(qMax(kLeastList, height));
}

bool RulesCard::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize && m_list->viewport()->width() != m_fitted) {
        fitList();
    }
    return QFrame::eventFilter(watched, event);
}

void RulesCard::insert(int place, const std::string& json, const QString& what) {
    m_draft.insertItem({"rules"}, place, json, what);
    m_list->setCurrentIndex(m_model->index(place));
    m_editor->focusName();
}

void RulesCard::addRule() {
    insert(row() + 1, kBlank, tr("add a rule"));
}

void RulesCard::duplicate() {
    if (row() >= 0) {
        insert(row() + 1, m_draft.ruleTexts()[static_cast<std::size_t>(row())],
               tr("duplicate a rule"));
    }
}

void RulesCard::move(int from, int to) {
    if (from >= 0 && to >= 0 && to < m_model->rowCount()) {
        m_draft.moveItem({"rules"}, from, to, tr("move a rule"));
    }
}

void RulesCard::removeRule() {
    if (row() >= 0) {
        m_draft.remove({"rules", static_cast<std::size_t>(row())}, tr("remove a rule"));
    }
}

}  // namespace gr::ui
