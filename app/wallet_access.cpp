// SPDX-License-Identifier: MIT
#include "app/wallet_access.h"

#include <QCoreApplication>
#include <cstdio>
#include <string>
#include <vector>

#include "app/hide_memory.h"
#include "app/open_vault.h"
#include "app/terminal.h"
#include "settings/keychain.h"

namespace gr::app {

using settings::SecretRef;
using settings::SecretStore;

int onConfiguration(const settings::Paths& paths,
                    const std::function<Result<void>(Configuration&)>& work) {
    hideMemory();
    int argc = 1;
    char name[] = "gaterouterd";
    char* argv[] = {name, nullptr};
    const QCoreApplication application(argc, argv);
    const auto keychain = settings::systemKeychain();
    std::vector<settings::Problem> problems;
    const auto configuration = Configuration::open(paths, keychain.get(), problems);
    if (!configuration)
        return complain(configuration.error());
    const auto done = work(**configuration);
    return done ? 0 : complain(done.error());
}

SecretRef referenceOf(const settings::Settings& settings, const WalletOptions& options) {
    if (options.name.empty())
        return settings.wallet.key;
    return {SecretRef::Kind::Vault, "wallet/" + options.name};
}

Result<payment::WalletRecord> readWallet(Configuration& configuration,
                                         const WalletOptions& options) {
    const SecretRef reference = referenceOf(configuration.settings(), options);
    const bool inVault = reference.kind == SecretRef::Kind::Vault;
    if (inVault && configuration.secrets().state() == SecretStore::State::NoVault)
        return fail(ErrorCode::SecretMissing,
                    "There is no wallet yet. Make one with `gaterouterd wallet new`, or import one "
                    "with `gaterouterd wallet import`.");
    if (inVault || reference.kind == SecretRef::Kind::Keychain) {
        if (const auto opened = openVault(configuration.secrets(), configuration.settings());
            !opened)
            return fail(opened.error());
    }
    const auto stored = configuration.secrets().read(reference);
    if (!stored)
        return fail(stored.error());
    return payment::WalletRecord::read(stored->secret.reveal());
}

bool saysYes(const char* question) {
    std::printf("%s", question);
    std::fflush(stdout);
    std::string line;
    for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
        line.push_back(static_cast<char>(c));
    return line == "y" || line == "Y" || line == "yes";
}

}  // namespace gr::app
