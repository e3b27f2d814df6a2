// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "backend.h"
#include "models/routing_draft.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QStringListModel;
class QTableView;
class QTimer;

namespace gr::ui {

class RouteModel;
struct RouteRow;
struct RouteTold;

// A request to try on the draft: which model would answer, and why. Nothing is sent.
class RouteBench final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RouteBench)

  public:
    RouteBench(Backend& backend, RoutingDraft& draft, QStringListModel& models,
               QWidget* parent = nullptr);
    void decide();
    // Takes this request of the books in place of one that is written, and decides it by what is
    // kept of it.
    void tryRecorded(const ledger::RequestRecord& record);

  signals:
    void pickWanted();  // of a request in the list of them

  private:
    QWidget* makeQuestion(QStringListModel& models);
    QWidget* makeWritten(QStringListModel& models);
    QWidget* makeRecorded();
    void dropRecorded();
    QWidget* makeAnswer();
    std::string body() const;
    void take(const Result<std::string>& told);
    void showDecision(const RouteTold& told);
    void showRow();

    Backend& m_backend;
    RoutingDraft& m_draft;
    RouteModel* m_model;
    QStackedWidget* m_question = nullptr;  // what is written, or a request of the books
    QLabel* m_recordedWords = nullptr;
    std::string m_recorded;  // its id; empty: what is written is tried
    QPlainTextEdit* m_request = nullptr;
    QLineEdit* m_asked = nullptr;
    QPushButton* m_decide = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_chosen = nullptr;
    QLabel* m_seenAs = nullptr;
    QLabel* m_unexamined = nullptr;
    QLabel* m_problem = nullptr;
    QTableView* m_table = nullptr;
    QLabel* m_score = nullptr;
    QLabel* m_flips = nullptr;
    QTimer* m_again;  // when the rules change under a decision that is shown
    int m_round = 0;  // answers to earlier questions are late
    bool m_decided = false;
};

}  // namespace gr::ui
