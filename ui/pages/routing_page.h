// SPDX-License-Identifier: MIT
#pragma once

#include "models/routing_draft.h"
#include "pages/page.h"

class QFrame;
class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;
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
    // Shows who would answer this request of the books under the rules as they stand here.
    void tryRecorded(const ledger::RequestRecord& record);

  signals:
    void activityWanted();  // to pick a request there

  protected:
    void showEvent(QShowEvent* event) override;

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
    void measure();
    void takeTraffic(const Result<gateway::RoutingTraffic>& traffic);
    void showChanges();
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
    QTimer* m_soon = nullptr;     // until what the dial does is asked
    QTimer* m_settled = nullptr;  // until what the rules have to do with recent requests is asked
    QScrollArea* m_scroll = nullptr;
    std::optional<gateway::RoutingTraffic> m_traffic;  // of the draft as it stands
    int m_round = 0;                                   // answers to earlier questions are late
    bool m_writing = false;
};

}  // namespace gr::ui
