// SPDX-License-Identifier: MIT
#include "app/configuration.h"

#include "app/catalog_file.h"

namespace gr::app {
namespace {

Failure firstError(const std::filesystem::path& file,
                   const std::vector<settings::Problem>& problems) {
    for (const settings::Problem& problem : problems) {
        if (problem.severity == settings::Problem::Severity::Error) {
            return fail(ErrorCode::ConfigInvalid, "The configuration " + file.string() +
                                                      " cannot be used: " + problem.path + ": " +
                                                      problem.message);
        }
    }
    return fail(ErrorCode::ConfigInvalid, "The configuration cannot be used.");
}

void tell(const std::string& overlayProblem, std::vector<settings::Problem>& problems) {
    if (!overlayProblem.empty())
        problems.push_back({settings::Problem::Severity::Warning, "catalog.json", overlayProblem});
}

}  // namespace

Result<std::unique_ptr<Configuration>> Configuration::open(
    settings::Paths paths, settings::Keychain* keychain, std::vector<settings::Problem>& problems) {
    std::unique_ptr<Configuration> made(new Configuration(std::move(paths)));
    std::string overlayProblem;
    made->m_catalog = loadCatalog(made->m_paths.catalogFile(), &overlayProblem);
    auto loaded = settings::loadSettings(made->m_paths.configFile, made->m_catalog);
    if (!loaded)
        return fail(loaded.error());
    tell(overlayProblem, loaded->problems);
    problems = loaded->problems;
    if (!loaded->usable())
        return firstError(made->m_paths.configFile, loaded->problems);
    made->m_loaded = std::move(*loaded);
    settings::SecretStore::Options store;
    store.vaultFile = made->m_paths.vaultFile();
    store.configFolder = made->m_paths.configFile.parent_path();
    store.keychain = keychain;
    made->m_secrets = std::make_unique<settings::SecretStore>(std::move(store));
    return made;
}

Result<void> Configuration::reload() {
    std::string overlayProblem;
    catalog::Catalog catalog = loadCatalog(m_paths.catalogFile(), &overlayProblem);
    auto loaded = settings::loadSettings(m_paths.configFile, catalog);
    if (!loaded)
        return fail(loaded.error());
    if (!loaded->usable())
        return firstError(m_paths.configFile, loaded->problems);
    tell(overlayProblem, loaded->problems);
    m_catalog = std::move(catalog);
    m_loaded = std::move(*loaded);
    return m_secrets->refresh();
}

}  // namespace gr::app
