// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "backend.h"
#include "models/routing_draft.h"

class QGridLayout;
class QLabel;
class QProgressBar;
class QPushButton;

namespace gr::ui {

// What the draft would have made of the requests of the last days: cost, models and time, before
// and after. Nothing is sent.
class ReplayCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ReplayCard)

  public:
    ReplayCard(Backend& backend, RoutingDraft& draft, QWidget* parent = nullptr);

  private:
    void begin();
    void showProgress(std::int64_t done, std::int64_t all);
    void finish(const Result<gateway::ReplayReport>& report);
    void showReport(const gateway::ReplayReport& report);
    void addRow(const QString& what, const QString& before, const QString& after);
    void clearRows();
    void setRunning(bool running);

    Backend& m_backend;
    RoutingDraft& m_draft;
    QPushButton* m_replay;
    QPushButton* m_cancel;
    QProgressBar* m_progress;
    QLabel* m_words;
    QLabel* m_left;
    QGridLayout* m_rows;
    int m_row = 0;  // the next of them
    bool m_running = false;
    bool m_told = false;
};

}  // namespace gr::ui
