// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "dialogs/dialog.h"

class QLabel;

namespace gr::ui {

// Asks before a gateway in the background is ended, and says who would notice: what runs now and
// whose key was used within a day.
class StopGatewayDialog final : public Dialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StopGatewayDialog)

  public:
    // The backend's background() is there.
    StopGatewayDialog(Backend& backend, QWidget* parent);

  protected:
    void commit() override;

  private:
    static QString listed(const QStringList& names);
    void showRunning();
    void askUsers();
    Backend& m_backend;
    QLabel* m_running;
    QLabel* m_users;
};

}  // namespace gr::ui
