// SPDX-License-Identifier: MIT
#include "app/open_vault.h"

#include <QCoreApplication>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "settings/passphrase.h"

namespace gr::app {
namespace {

// The keychain speaks through Qt's event loop, which runs for this moment only.
Result<void> waitFor(const std::function<void(settings::SecretStore::Done)>& begin) {
    bool finished = false;
    Result<void> outcome;
    begin([&](Result<void> result) {
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
        outcome = waitFor(
            [&](settings::SecretStore::Done done) { secrets.unlock(names, std::move(done)); });
    if (outcome && secrets.state() == State::NeedsPassphrase) {
        const auto passphrase = settings::readPassphrase("Passphrase of the vault: ");
        outcome = passphrase ? secrets.unlockWithPassphrase(*passphrase)
                             : Result<void>(fail(passphrase.error()));
    }
    return outcome;
}

Result<void> saveSecret(settings::SecretStore& secrets, const std::string& name, Secret secret) {
    return waitFor([&](settings::SecretStore::Done done) {
        secrets.save(name, std::move(secret), "", std::move(done));
    });
}

}  // namespace gr::app
