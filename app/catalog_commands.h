// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace gr::app {

// What `catalog …` acts on.
struct CatalogFiles {
    std::filesystem::path overlay;        // catalog.json of the data directory
    std::filesystem::path controlSocket;  // of the gateway that may run there
};

// `catalog diff`: what models.dev's list (api.json), in a file or behind an https address, would
// change. Exit code: 0 nothing or something, 1 a problem.
int diffCatalog(const CatalogFiles& files, const std::string& source);

// `catalog apply`: shows the same, asks (on a terminal; `yes` answers before), writes the overlay
// and makes a running gateway read it. Exit code: 0 applied or nothing to do, 1 a problem or no.
int applyCatalog(const CatalogFiles& files, const std::string& source, bool yes);

// `catalog price`: all rows of PROVIDER/MODEL. Exit code: 0, 1 when there is no such model.
int showPrice(const CatalogFiles& files, const std::string& name);

}  // namespace gr::app
