// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <optional>

#include "commands.h"

namespace gr::ui {

// The page that "gaterouter:NAME" or "gaterouter://NAME" means, whatever its letters' case; nothing
// where there is no such page. Anybody may write such an address: it shows a page and does nothing
// else. Those of ui/provider_link.h are no pages. Pure.
std::optional<PageId> pageAt(const QString& address);

}  // namespace gr::ui
