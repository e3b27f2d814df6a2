// SPDX-License-Identifier: MIT
#pragma once

#include "settings/secret_store.h"
#include "settings/settings.h"

namespace gr::app {

// Opens the vault of a program without a window: through the keychain, or with a passphrase (see
// settings::readPassphrase). Fetches the keychain entries that `settings` needs, too. Nothing to do
// is fine. Blocks while a person types; needs a QCoreApplication.
Result<void> openVault(settings::SecretStore& secrets, const settings::Settings& settings);

}  // namespace gr::app
