// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "settings/settings.h"

namespace gr::settings {

struct LoadedSettings {
    Settings settings;              // what is wrong in the file has its default here
    std::vector<Problem> problems;  // errors and warnings, in the order they were found
    // Parts of the file that are understood and checked but do nothing in this version, by name
    // ("limits", "wallet", …): worth a line in the log, not a problem of the file.
    std::vector<std::string> notYet;

    bool usable() const;  // no problem of severity Error: the gateway may start with it
};

// Reads config.json. A file that does not exist is an empty one: all defaults. Fails with
// FileUnreadable, ConfigInvalid (not JSON; the message names the file, line and column) or
// ConfigTooNew. Everything else that is wrong is a problem. Nothing given by either quotes a value.
// Blocking; any thread.
Result<LoadedSettings> loadSettings(const std::filesystem::path& file,
                                    const catalog::Catalog& catalog);

// The same for a text that is at hand.
Result<LoadedSettings> readSettings(std::string_view text, const catalog::Catalog& catalog);

// One line a problem, for terminals: "error: $.listen.port: must be between 0 and 65535".
std::string toLine(const Problem& problem);

}  // namespace gr::settings
