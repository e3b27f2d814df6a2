// SPDX-License-Identifier: MIT
#include "widgets/rule_editor.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "format.h"
#include "models/rule_model.h"
#include "widgets/fields.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using settings::JsonMember;
using settings::JsonNode;

namespace {

constexpr int kLabelWidth = 136;
constexpr int kLeastHeight = 28;  // of what is clicked

const RuleField* fieldOf(std::span<const RuleField> fields, const std::string& member) {
    const auto found = std::ranges::find(fields, member, &RuleField::member);
    return found != fields.end() ? &*found : nullptr;
}

bool isChoice(const RuleField& field) {
    return field.kind == RuleField::Kind::Yes || field.kind == RuleField::Kind::Effort;
}

}  // namespace

RuleEditor::RuleEditor(RoutingDraft& draft, QStringListModel& models, QWidget* parent)
    : QWidget(parent),
      m_draft(draft),
      m_models(models),
      m_name(makeField(tr("Name of the rule"), this)),
      m_if{.member = "if", .fields = conditionFields(), .shown = {}},
      m_then{.member = "then", .fields = actionFields(), .shown = {}},
      m_goesOn(new QCheckBox(tr("Then go on to the next rule"), this)),
      m_problem(makeParagraph({}, "danger", this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kS);
    QLabel* name = makeLabel(tr("Name"), "muted", this);
    name->setBuddy(m_name);
    m_name->setMaxLength(120);
    column->addWidget(name);
    column->addWidget(m_name);
    column->addWidget(makePart(m_if, tr("If all of this holds"), tr("Add a condition…")));
    column->addWidget(makePart(m_then, tr("Then"), tr("Add what follows…")));
    m_goesOn->setMinimumHeight(kLeastHeight);
    column->addWidget(m_goesOn);
    column->addWidget(m_problem);
    column->addStretch();
    connect(m_name, &QLineEdit::textEdited, this, [this](const QString& typed) {
        m_draft.set(at({"name"}), settings::jsonText(utf8(typed)), tr("name a rule"),
                    joint("name"));
    });
    connect(m_goesOn, &QCheckBox::clicked, this, [this](bool on) {
        if (on) {
            m_draft.set(at({"continue"}), settings::jsonBool(true), tr("change a rule"));
        } else {
            m_draft.remove(at({"continue"}), tr("change a rule"));
        }
    });
}

QWidget* RuleEditor::makePart(Part& part, const QString& title, const QString& add) {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, space::kXs, 0, 0);
    column->setSpacing(space::kS);
    column->addWidget(makeLabel(title, "strong", box));
    part.rows = new QVBoxLayout;
    part.rows->setSpacing(space::kXs);
    column->addLayout(part.rows);
    part.add = new QComboBox(box);
    part.add->setAccessibleName(add);
    part.add->setPlaceholderText(add);
    part.add->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    column->addWidget(part.add, 0, Qt::AlignLeading);
    connect(part.add, &QComboBox::activated, this,
            [this, &part](int choice) { addMember(part, choice); });
    return box;
}

RoutingDraft::Path RuleEditor::at(std::initializer_list<std::string> below) const {
    RoutingDraft::Path path{"rules", static_cast<std::size_t>(std::max(0, m_row))};
    for (const std::string& name : below) {
        path.emplace_back(name);
    }
    return path;
}

QString RuleEditor::joint(const std::string& member) const {
    return u"rule/%1/%2"_s.arg(QString::number(m_row), text(member));
}

void RuleEditor::show(int row) {
    m_row = row;
    const JsonNode* const rule = m_draft.at(at({}));
    setEnabled(row >= 0 && rule != nullptr);
    if (!isEnabled()) {
        return;
    }
    fill(m_if, *rule);
    fill(m_then, *rule);
    showValues(*rule);
    showFindings();
}

// A line for each member; made anew only when the members are others, so that the keyboard stays.
void RuleEditor::fill(Part& part, const JsonNode& rule) {
    std::vector<std::string> members;
    if (const JsonNode* const object = rule.find(part.member)) {
        for (const JsonMember& one : object->members) {
            if (fieldOf(part.fields, one.name) != nullptr) {
                members.push_back(one.name);
            }
        }
    }
    if (members == part.shown && part.add->count() > 0) {
        return;
    }
    part.shown = members;
    bool hadKeyboard = false;
    std::erase_if(m_lines, [&part, &hadKeyboard](const Line& line) {
        if (line.part != part.member) {
            return false;
        }
        hadKeyboard |= line.box->isAncestorOf(QApplication::focusWidget());
        line.box->hide();
        line.box->deleteLater();
        return true;
    });
    for (const std::string& member : members) {
        addLine(part, *fieldOf(part.fields, member));
    }
    part.add->clear();
    for (const RuleField& field : part.fields) {
        if (std::ranges::find(members, field.member) == members.end()) {
            part.add->addItem(fieldLabel(field), QString::fromLatin1(field.member));
        }
    }
    part.add->setCurrentIndex(-1);
    if (hadKeyboard) {
        part.add->setFocus();  // else the page's keys would be dead
    }
}

void RuleEditor::addLine(Part& part, const RuleField& field) {
    Line line{.field = &field,
              .part = part.member,
              .box = new QWidget(this),
              .input = nullptr,
              .problem = nullptr};
    auto* column = new QVBoxLayout(line.box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kHalf);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    QLabel* label = makeLabel(fieldLabel(field), "", line.box);
    label->setMinimumWidth(kLabelWidth);
    row->addWidget(label);
    makeInput(line);
    label->setBuddy(line.input);
    row->addWidget(line.input, 1);
    QPushButton* gone = makeIconButton(u"x"_s, tr("Remove: %1").arg(fieldLabel(field)), line.box);
    connect(gone, &QPushButton::clicked, this, [this, path = line.part, member = field.member] {
        m_draft.remove(at({path, member}), tr("change a rule"));
    });
    row->addWidget(gone);
    column->addLayout(row);
    line.problem = makeParagraph({}, "danger", line.box);
    line.problem->hide();
    column->addWidget(line.problem);
    part.rows->addWidget(line.box);
    line.box->show();  // so that it can take the keyboard at once
    m_lines.push_back(line);
}

void RuleEditor::makeInput(Line& line) {
    const RuleField& field = *line.field;
    if (isChoice(field)) {
        auto* choice = new QComboBox(line.box);
        if (field.kind == RuleField::Kind::Yes) {
            choice->addItem(tr("yes"), u"true"_s);
            choice->addItem(tr("no"), u"false"_s);
        } else {
            for (const char* effort :
                 {"none", "minimal", "low", "medium", "high", "xhigh", "max"}) {
                choice->addItem(QString::fromLatin1(effort), QString::fromLatin1(effort));
            }
        }
        connect(choice, &QComboBox::activated, this,
                [this, line, choice] { type(line, choice->currentData().toString()); });
        line.input = choice;
    } else {
        QLineEdit* edit = field.models ? makeModelField(fieldLabel(field), m_models, line.box)
                                       : makeField(fieldLabel(field), line.box);
        edit->setPlaceholderText(fieldHint(field));
        edit->setToolTip(fieldHint(field));
        connect(edit, &QLineEdit::textChanged, this,
                [this, line](const QString& typed) { type(line, typed); });
        line.input = edit;
    }
    line.input->setAccessibleName(fieldLabel(field));
}

void RuleEditor::type(const Line& line, const QString& typed) {
    m_draft.set(at({line.part, line.field->member}), fieldValue(*line.field, typed),
                tr("change a rule"), joint(line.field->member));
}

void RuleEditor::showValues(const JsonNode& rule) {
    const JsonNode* const name = rule.find("name");
    const QString shown = name != nullptr ? text(name->text) : QString();
    if (m_name->text() != shown) {
        m_name->setText(shown);
    }
    const JsonNode* const goesOn = rule.find("continue");
    m_goesOn->setChecked(goesOn != nullptr && goesOn->boolean);
    for (const Line& line : m_lines) {
        const JsonNode* const part = rule.find(line.part);
        const JsonNode* const value = part != nullptr ? part->find(line.field->member) : nullptr;
        if (value == nullptr) {
            continue;
        }
        const QSignalBlocker quiet(line.input);
        const QString words = fieldText(*line.field, *value);
        if (auto* choice = qobject_cast<QComboBox*>(line.input)) {
            choice->setCurrentIndex(choice->findData(words));
        } else if (auto* edit = qobject_cast<QLineEdit*>(line.input);
                   // What is being typed stays as it is typed, blanks and commas too.
                   fieldText(*line.field, fieldValue(*line.field, edit->text())) != words) {
            edit->setText(words);
        }
    }
}

void RuleEditor::addMember(Part& part, int choice) {
    const std::string member = utf8(part.add->itemData(choice).toString());
    const RuleField* const field = fieldOf(part.fields, member);
    if (field == nullptr) {
        return;
    }
    m_draft.set(at({part.member, member}), fieldDefault(*field), tr("change a rule"));
    for (const Line& line : m_lines) {
        if (line.field == field) {
            line.input->setFocus();
        }
    }
}

void RuleEditor::setFindings(const std::vector<RoutingFinding>& findings) {
    m_findings = findings;
    showFindings();
}

void RuleEditor::showFindings() {
    const std::string rule = "$.routing.rules[" + std::to_string(m_row) + "]";
    std::vector<RoutingFinding> rest = m_findings;
    std::erase_if(rest, [&rule](const RoutingFinding& finding) {
        return !finding.path.starts_with(rule) || !finding.error;
    });
    for (const Line& line : m_lines) {
        const std::string path = rule + "." + line.part + "." + line.field->member;
        const QString words = findingWords(m_findings, path);
        line.problem->setText(words);
        line.problem->setVisible(!words.isEmpty());
        line.input->setAccessibleDescription(words);
        setStyleProperty(line.input, "invalid", !words.isEmpty());
        std::erase_if(rest, [&path](const RoutingFinding& finding) {
            return finding.path.starts_with(path);
        });
    }
    const QString words = findingWords(rest, rule);
    m_problem->setText(words);
    m_problem->setVisible(!words.isEmpty());
}

void RuleEditor::focusName() {
    m_name->setFocus();
    m_name->selectAll();
}

}  // namespace gr::ui
