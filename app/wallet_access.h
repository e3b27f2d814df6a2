// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "app/configuration.h"
#include "app/wallet_commands.h"
#include "payment/wallet_record.h"

// What the wallet's commands share. Main thread; each may block while a person types.
namespace gr::app {

// Runs `work` on the configuration, with a QCoreApplication of its own and memory that others
// cannot look into. The exit code: 0, or 1 for an error, which is said.
int onConfiguration(const settings::Paths& paths,
                    const std::function<Result<void>(Configuration&)>& work);

// Where the wallet's key lies that the options name.
settings::SecretRef referenceOf(const settings::Settings& settings, const WalletOptions& options);

// The wallet itself; opens the vault where it lies there. SecretMissing: there is none.
Result<payment::WalletRecord> readWallet(Configuration& configuration,
                                         const WalletOptions& options);

// Shows the question and reads a line from standard input; anything but y, Y and yes is no.
bool saysYes(const char* question);

}  // namespace gr::app
