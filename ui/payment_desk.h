// SPDX-License-Identifier: MIT
#pragma once

#include <QPointer>
#include <set>
#include <string>

#include "payment_watch.h"

class QWidget;

namespace gr::ui {

class ApprovalDialog;
class Commands;
class StatusStrip;

// What the frame has to do with payments, whatever page is shown: the switch that pauses them, the
// lock of the wallet, the count of those that wait, and the dialog that asks about them. The dialog
// comes by itself where the window can be seen, and takes neither the keyboard nor the front. Main
// thread.
class PaymentDesk final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PaymentDesk)

  public:
    // All outlive it; `window` owns the dialog.
    PaymentDesk(Backend& backend, Commands& commands, StatusStrip& strip, QWidget* window);

    PaymentWatch& watch() { return m_watch; }
    // Asks about what waits, `first` before the rest; nothing where nothing waits.
    void review(const std::string& first = {});
    void setLocked(bool locked);  // the wallet; asks for the passphrase, or says why it cannot be

  signals:
    void heldMore(const QString& words);  // payments came that were not told of yet
    void doubtWanted();                   // the place that tells about books in doubt

  private:
    void show();
    void pause(bool paused);

    Backend& m_backend;
    Commands& m_commands;
    StatusStrip& m_strip;
    QWidget* m_window;
    PaymentWatch m_watch;
    std::set<std::string> m_told;
    QPointer<ApprovalDialog> m_dialog;
};

}  // namespace gr::ui
