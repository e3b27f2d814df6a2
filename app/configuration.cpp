// SPDX-License-Identifier: MIT
#include "app/configuration.h"

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

}  // namespace

Result<std::unique_ptr<Configuration>> Configuration::open(
    settings::Paths paths, settings::Keychain* keychain, std::vector<settings::Problem>& problems) {
    std::unique_ptr<Configuration> made(new Configuration(std::move(paths)));
    made->m_catalog = catalog::Catalog::embedded();
    auto loaded = settings::loadSettings(made->m_paths.configFile, made->m_catalog);
    if (!loaded)
        return fail(loaded.error());
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
    auto loaded = settings::loadSettings(m_paths.configFile, m_catalog);
    if (!loaded)
        return fail(loaded.error());
    if (!loaded->usable())
        return firstError(m_paths.configFile, loaded->problems);
    m_loaded = std::move(*loaded);
    return m_secrets->refresh();
}

}  // namespace gr::app
