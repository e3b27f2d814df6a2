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

// The passphrase of a vault that is to be made: from the same file, else asked twice. InvalidField
// for fewer than 8 characters, and when the two differ; otherwise fails as above.
Result<Secret> readNewPassphrase(const Environment& environment = processEnvironment);

// What a person types on the terminal, with the echo off. SecretMissing when there is no terminal,
// Cancelled at the end of input and for an empty line. Blocks.
Result<Secret> askOnTerminal(std::string_view prompt);

// The next line of an open file, and no byte behind it. Fails with Cancelled at the end of it and
// for an empty line. Blocks.
Result<Secret> readSecretLine(int fd);

}  // namespace gr::settings
