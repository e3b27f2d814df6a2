// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "widgets/notice.h"

namespace gr::ui {

// What to say when the gateway does not run: nothing while it does or while this process's own is
// stopped on purpose. Each sentence has what happened, what it means, and the next action.
std::optional<NoticeSpec> gatewayNotice(Backend& backend);

// The same for a gateway in another process that is gone, or silent.
std::optional<NoticeSpec> backgroundNotice(Backend& backend);

}  // namespace gr::ui
