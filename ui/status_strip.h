// SPDX-License-Identifier: MIT
#pragma once

#include <QStatusBar>

#include "backend.h"
#include "format.h"

class QLabel;
class QPushButton;
class QTimer;

namespace gr::ui {

class StateLabel;

// How the gateway stands, in words for people.
StateLook gatewayLook(const gateway::GatewayStatus& status, VaultState vault);
bool isLocked(VaultState vault);  // provider keys exist and cannot be read

// "Running in the background (gaterouterd, pid 4312)"; empty for a gateway of this process, and for
// one that ended.
QString backgroundLine(const std::optional<Background>& background);

// The line at the bottom: the gateway's state, its address (a click copies it), where it runs when
// that is not here, today's cost, and where the wallet may pay, what waits and the switch that
// pauses payments.
class StatusStrip final : public QStatusBar {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatusStrip)

  public:
    explicit StatusStrip(Backend& backend, QWidget* parent = nullptr);
    // Where the wallet may pay: whether payments are paused, and how many wait for a person.
    void setPayments(bool shown, bool paused, int held);
    // Whether it is locked, and whether the vault remembers other books of payments.
    void setWallet(bool locked, bool doubted);
    void askToday();

  signals:
    void costClicked();
    void heldClicked();
    void pauseClicked(bool pause);
    void unlockClicked();
    void doubtClicked();
    void todayChanged(const QString& cost);  // as shown

  private:
    void showState();
    Backend& m_backend;
    StateLabel* m_state;
    QPushButton* m_address;
    QLabel* m_background;
    QPushButton* m_cost;
    QPushButton* m_pause;
    QPushButton* m_held;
    QPushButton* m_locked;
    QPushButton* m_doubted;
    QTimer* m_settle;  // asks once after a burst of requests
};

}  // namespace gr::ui
