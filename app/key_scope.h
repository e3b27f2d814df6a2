// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ui/backend.h"

// What a client key may do, between the window and the ledger. Pure but for time zones, which come
// from this machine; any thread.
namespace gr::app {

// As the ledger keeps it (settings/client_scope.h); empty: the key may do everything.
std::string scopeOf(const ui::ClientKeyDraft& draft);

// Fills in the models and limits of `info` from what the ledger keeps. A scope that cannot be read
// is left out: the gateway refuses such a key.
void readScope(const std::string& scope, const std::string& limitDefaults, ui::ClientKeyInfo& info);

}  // namespace gr::app
