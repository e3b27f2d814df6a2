// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

#include "backend.h"
#include "models/routing_draft.h"
#include "models/rule_words.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QStringListModel;
class QVBoxLayout;

namespace gr::ui {

// One rule of the draft, member by member; what is wrong with a member stands below it. Edits go
// into the draft at once, which outlives the widget.
class RuleEditor final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RuleEditor)

  public:
    RuleEditor(RoutingDraft& draft, QStringListModel& models, QWidget* parent = nullptr);
    void show(int row);  // of the rules as they stand
    void setFindings(const std::vector<RoutingFinding>& findings);
    void focusName();

  private:
    // The conditions, or the actions.
    struct Part {
        std::string member;  // if, then
        std::span<const RuleField> fields;
        QVBoxLayout* rows = nullptr;
        QComboBox* add = nullptr;
        std::vector<std::string> shown;  // members that have a line, in order
    };
    struct Line {
        const RuleField* field;
        std::string part;
        QWidget* box;
        QWidget* input;
        QLabel* problem;
    };

    QWidget* makePart(Part& part, const QString& title, const QString& add);
    void fill(Part& part, const settings::JsonNode& rule);
    void addLine(Part& part, const RuleField& field);
    void makeInput(Line& line);
    void showValues(const settings::JsonNode& rule);
    void addMember(Part& part, int choice);
    void type(const Line& line, const QString& typed);
    void showFindings();
    RoutingDraft::Path at(std::initializer_list<std::string> below) const;
    QString joint(const std::string& member) const;

    RoutingDraft& m_draft;
    QStringListModel& m_models;
    std::vector<RoutingFinding> m_findings;
    int m_row = -1;
    QLineEdit* m_name;
    Part m_if;
    Part m_then;
    std::vector<Line> m_lines;
    QCheckBox* m_goesOn;
    QLabel* m_problem;
};

}  // namespace gr::ui
