// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "widgets/notice.h"

namespace gr::ui {

// What to say when the gateway does not run: nothing while it does or while it is stopped on
// purpose. Each sentence has what happened, what it means, and the next action.
std::optional<NoticeSpec> gatewayNotice(Backend& backend);

}  // namespace gr::ui
