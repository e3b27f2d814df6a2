// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "backend.h"

class QLabel;
class QProgressBar;

namespace gr::ui {

class NoticeArea;

// Exports requests to a file: asks where, shows how far it is, lets it be cancelled. Takes no room
// while nothing is exported. How it went is told among the page's notices.
class ExportBar final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ExportBar)

  public:
    ExportBar(Backend& backend, NoticeArea* notices, QWidget* parent = nullptr);

    bool running() const { return m_running; }
    // Opens the dialog that asks for the file; its suffix is the format. Nothing while one runs.
    void ask(const ledger::Filter& filter);

  signals:
    void runningChanged();

  private:
    void begin(const ExportOrder& order);
    void showProgress(std::int64_t done, std::int64_t all);
    void finish(const ExportOrder& order, const Result<ledger::Exported>& written);
    void setRunning(bool running);

    Backend& m_backend;
    NoticeArea* m_notices;
    QLabel* m_words;
    QProgressBar* m_progress;
    bool m_running = false;
};

}  // namespace gr::ui
