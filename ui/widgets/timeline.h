// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

#include "ledger/entry.h"

namespace gr::ui {

// The attempts of one request on a line of time: where each began, when its answer began, when it
// ended; and when the first token reached the client.
class Timeline final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Timeline)

  public:
    explicit Timeline(QWidget* parent = nullptr);
    void setRecord(const ledger::RequestRecord& record);
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    int lineHeight() const;
    ledger::RequestRecord m_record;
};

}  // namespace gr::ui
