// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace gr::app {

// The program's catalog with the user's overlay (`catalog.json`) on it. A missing overlay is none;
// a damaged one is left out, and `problem` (may be null) gets a sentence about it.
catalog::Catalog loadCatalog(const std::filesystem::path& overlay, std::string* problem = nullptr);

// The overlay as it lies there; empty when there is none. Errors: ConfigInvalid, FileUnreadable.
Result<std::vector<catalog::ProviderInfo>> readOverlayFile(const std::filesystem::path& file);

}  // namespace gr::app
