// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "settings/secret_store.h"
#include "settings/settings.h"

namespace gr::app {

// Opens the vault of a program without a window: through the keychain, or with a passphrase (see
// settings::readPassphrase). Fetches the keychain entries that `settings` needs, too. Nothing to do
// is fine. Blocks while a person types; needs a QCoreApplication.
Result<void> openVault(settings::SecretStore& secrets, const settings::Settings& settings);

// Puts a secret into the vault, which is made with the keychain when there is none (see
// SecretStore::save). Blocks while the keychain asks its user; needs a QCoreApplication.
Result<void> saveSecret(settings::SecretStore& secrets, const std::string& name, Secret secret);

}  // namespace gr::app
