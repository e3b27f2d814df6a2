// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/events.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace gr::ui {

class StateLabel;

// The requests that run now, each with its own Cancel button; the first few by age, and a line for
// the rest. Hidden while nothing runs.
class RunningList final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RunningList)

  public:
    static constexpr std::size_t kMostRows = 4;

    explicit RunningList(QWidget* parent = nullptr);
    void setRunning(const std::vector<gateway::RunningExchange>& running, UnixMs now);

  signals:
    void cancelled(const std::string& requestId);
    void restClicked();

  private:
    struct Row {
        QWidget* box;
        StateLabel* state;
        QLabel* model;
        QLabel* client;
        QLabel* time;
        QPushButton* cancel;
        std::string id;
    };
    void addRow();

    QVBoxLayout* m_column;
    QLabel* m_title;
    QPushButton* m_rest;
    std::vector<Row> m_rows;
};

}  // namespace gr::ui
