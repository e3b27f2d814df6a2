// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/catalog.h"
#include "ledger/location.h"
#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::app {

struct ReplayParts {
    ledger::Location books;
    const settings::Settings& settings;  // that are tried
    const catalog::Catalog& catalog;
    settings::SecretSource& secrets;
};

// `replay`: what these settings would have made of the requests of the last days, beside what was.
// Changes nothing. Tells its progress on standard error where that is a terminal. Exit code: 0, 1.
int replayHistory(const ReplayParts& parts, int days, bool json);

}  // namespace gr::app
