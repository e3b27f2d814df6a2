// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

#include "backend.h"

class QTimer;

namespace gr::ui {

// Tells how many requests wait for a person because of a limit, whatever page is shown. Asks every
// two seconds while some limit is one that asks, and else only when that may have changed. Main
// thread.
class LimitWatch final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LimitWatch)

  public:
    explicit LimitWatch(Backend& backend, QObject* parent = nullptr);

  signals:
    void waitingChanged(int requests);

  private:
    void ask();

    Backend& m_backend;
    QTimer* m_tick;
    bool m_asking = false;
    int m_waiting = 0;
};

}  // namespace gr::ui
