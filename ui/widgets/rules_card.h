// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "backend.h"
#include "models/routing_draft.h"

class QListView;
class QPushButton;
class QStackedWidget;
class QStringListModel;

namespace gr::ui {

class RuleEditor;
class RuleModel;

// The rules in order, and the one that is chosen with all its members. Edits go into the draft,
// which outlives the widget.
class RulesCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RulesCard)

  public:
    RulesCard(RoutingDraft& draft, QStringListModel& models, QWidget* parent = nullptr);
    void setFindings(const std::vector<RoutingFinding>& findings);
    // How often each rule had its say (RuleModel::setHits); null: not known.
    void setHits(const std::vector<routing::RuleHits>* hits);
    // The model with the longest context there is, for the rule about long prompts; may be empty.
    void setLongest(const std::string& model) { m_longest = model; }
    void addRule();  // an empty one behind the chosen one
    void duplicate();

  private:
    QWidget* makeFilled();
    QWidget* makeEmpty();
    void follow();
    void showCurrent();
    void fitList();
    void move(int from, int to);
    void removeRule();
    void insert(int place, const std::string& json, const QString& what);
    int row() const;
    bool eventFilter(QObject* watched, QEvent* event) override;

    RoutingDraft& m_draft;
    RuleModel* m_model;
    RuleEditor* m_editor;
    QStackedWidget* m_stack;
    QListView* m_list = nullptr;
    QPushButton* m_add = nullptr;
    QPushButton* m_up = nullptr;
    QPushButton* m_down = nullptr;
    int m_fitted = 0;  // width that the list's height is right for
    std::string m_longest;
};

}  // namespace gr::ui
