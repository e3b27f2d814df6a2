// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonObject>

#include "gateway/gateway_host.h"
#include "ui/backend.h"

// How the limits stand, as the window takes it. Pure; any thread.
namespace gr::app {

ui::LimitsView limitsView(const gateway::LimitsStatus& status);

// The answer to the control command `limits`. BadRequest with a sentence that names the member that
// this version does not know.
Result<ui::LimitsView> readLimits(const QJsonObject& answer);

}  // namespace gr::app
