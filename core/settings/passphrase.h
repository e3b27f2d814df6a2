// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "settings/data_directory.h"

namespace gr::settings {

// The vault's passphrase for a program without a window: the first line of the file that
// `$GATEROUTER_PASSPHRASE_FILE` names, else asked on the terminal with the echo off. Never from
// arguments, where other users would see it. Fails with VaultLocked when there is neither, with
// SecretMissing or FileUnreadable for the file, with Cancelled at the end of input. Blocks while a
// person types.
Result<Secret> readPassphrase(std::string_view prompt,
                              const Environment& environment = processEnvironment);

}  // namespace gr::settings
