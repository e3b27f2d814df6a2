// SPDX-License-Identifier: MIT
#pragma once

#include "models/routing_draft.h"
#include "pages/page.h"

class QFrame;
class QLabel;
class QLineEdit;
class QPushButton;
class QStringListModel;
class QTimer;

namespace gr::ui {

class NamesEditor;
class PreferenceDial;
class RouteBench;
class RulesCard;

// Which model answers: the dial, names of one's own, rules. What is changed waits until it is
// applied.
class RoutingPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RoutingPage)

  public:
    explicit RoutingPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    QWidget* firstFocus() override;

  private:
    void makeActions();
    void makeKeys();
    QFrame* makeDialCard();
    QFrame* makeNamesCard();
    void takeProviders();
    void offerModels();
    void takeFile();
    void follow();
    void check();
    void askOutcome();
    void apply();
    void applied(const std::string& before);
    void tellConflict();

    RoutingDraft m_draft;
    std::vector<RoutingFinding> m_findings;
    QStringListModel* m_models;
    QStringList m_ofProviders;  // provider/model
    PreferenceDial* m_dial = nullptr;
    QLineEdit* m_default = nullptr;
    QLabel* m_defaultProblem = nullptr;
    NamesEditor* m_names = nullptr;
    QLabel* m_namesProblem = nullptr;
    RulesCard* m_rules = nullptr;
    RouteBench* m_bench = nullptr;
    QLabel* m_pending = nullptr;
    QPushButton* m_undo = nullptr;
    QPushButton* m_redo = nullptr;
    QPushButton* m_discard = nullptr;
    QPushButton* m_apply = nullptr;
    QTimer* m_soon = nullptr;  // until what the dial does is asked
    bool m_writing = false;
};

}  // namespace gr::ui
