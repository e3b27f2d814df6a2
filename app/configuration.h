// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "settings/data_directory.h"
#include "settings/secret_store.h"
#include "settings/settings_file.h"

namespace gr::app {

// What a gateway is set up with: folders, settings, secrets, catalog. Takes no lock and opens no
// books, so that a window can have it beside the process that runs the gateway. Main thread.
class Configuration final {
  public:
    // Reads the configuration. `keychain` may be null; not owned. Errors as the parts give them;
    // ConfigInvalid names the first problem, `problems` holds them all.
    static Result<std::unique_ptr<Configuration>> open(settings::Paths paths,
                                                       settings::Keychain* keychain,
                                                       std::vector<settings::Problem>& problems);

    const settings::Paths& paths() const { return m_paths; }
    const settings::Settings& settings() const { return m_loaded.settings; }
    const std::vector<settings::Problem>& problems() const { return m_loaded.problems; }
    const std::vector<std::string>& notYet() const { return m_loaded.notYet; }
    settings::SecretStore& secrets() { return *m_secrets; }
    const catalog::Catalog& catalog() const { return m_catalog; }

    // Reads the file again, and what other processes put into the vault; on failure the old
    // settings stay.
    Result<void> reload();

  private:
    explicit Configuration(settings::Paths paths) : m_paths(std::move(paths)) {}

    settings::Paths m_paths;
    catalog::Catalog m_catalog;
    settings::LoadedSettings m_loaded;
    std::unique_ptr<settings::SecretStore> m_secrets;
};

}  // namespace gr::app
