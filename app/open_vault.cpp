// SPDX-License-Identifier: MIT
#include "app/open_vault.h"

#include <QCoreApplication>
#include <string>
#include <utility>
#include <vector>

#include "settings/passphrase.h"

namespace gr::app {
namespace {

// The keychain speaks through Qt's event loop, which runs for this moment only.
Result<void> unlockThroughKeychain(settings::SecretStore& secrets,
                                   const std::vector<std::string>& names) {
    bool finished = false;
    Result<void> outcome;
    secrets.unlock(names, [&](Result<void> result) {
        finished = true;
        outcome = std::move(result);
        QCoreApplication::quit();
    });
    if (!finished)
        QCoreApplication::exec();
    return outcome;
}

}  // namespace

Result<void> openVault(settings::SecretStore& secrets, const settings::Settings& settings) {
    using State = settings::SecretStore::State;
    const std::vector<std::string> names = settings::keychainNames(settings);
    Result<void> outcome;
    if (secrets.state() == State::NeedsKeychain || !names.empty())
        outcome = unlockThroughKeychain(secrets, names);
    if (outcome && secrets.state() == State::NeedsPassphrase) {
        const auto passphrase = settings::readPassphrase("Passphrase of the vault: ");
        outcome = passphrase ? secrets.unlockWithPassphrase(*passphrase)
                             : Result<void>(fail(passphrase.error()));
    }
    return outcome;
}

}  // namespace gr::app
