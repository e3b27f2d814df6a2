// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonObject>

#include "ui/payments.h"

// The payments of a running gateway, as the window takes them. Pure; any thread.
namespace gr::app {

// The answer to the control command `payments`. BadRequest names a member that cannot be: what a
// person approves is shown as it is, or not at all.
Result<ui::PaymentsView> readPayments(const QJsonObject& answer);

}  // namespace gr::app
