// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "settings/json_edit.h"
#include "settings/settings.h"

namespace gr::settings {

// What changes of a provider; an absent member stays as it is in the file, an empty text or list
// of models is removed from it, so that the default holds.
struct ProviderPatch {
    std::optional<std::string> kind;
    std::optional<std::string> dialect;
    std::optional<std::string> baseUrl;
    // The outer one: does it change? The inner one absent: no `keys` in the file, which means the
    // environment variable of the catalog.
    std::optional<std::optional<std::vector<SecretRef>>> keys;
    std::optional<bool> paysX402;
    std::optional<bool> enabled;
    std::optional<std::vector<Model>> models;
};

// config.json on the desk: edits change the text in memory and keep everything they are not about;
// save() puts it on disk. To undo, keep text() from before and restore() it. One thread at a time;
// make a new one for each round of edits.
class SettingsEdit final {
  public:
    // An absent file is an empty one. Fails with FileUnreadable or ConfigInvalid.
    static Result<SettingsEdit> open(const std::filesystem::path& file);

    const std::string& text() const { return m_text; }
    // The whole document as it was. ConfigInvalid when `text` is not JSON.
    Result<void> restore(std::string text);

    // Any value; the typed ones below are made of these. See withValue and withoutValue.
    Result<void> set(const JsonPath& path, const JsonNode& value);
    Result<void> remove(const JsonPath& path);

    // The member `name` of the configuration alone, as a document `{"name": …}`, with its comments;
    // an empty object where there is none.
    std::string section(const std::string& name) const;
    // Puts the member of the document `after` in its place, byte for byte. ConfigChanged unless
    // `before` is what section() gives, ConfigInvalid when `after` is not JSON.
    Result<void> replaceSection(const std::string& name, const std::string& before,
                                const std::string& after);

    // By id. Adding one that exists, or changing one that does not, is InvalidField.
    Result<void> addProvider(const Provider& provider);
    Result<void> setProvider(std::string_view id, const ProviderPatch& patch);
    Result<void> removeProvider(std::string_view id);
    // Position in the list, which is the order of preference; beyond the end is the end.
    Result<void> moveProvider(std::string_view id, std::size_t position);
    Result<void> addClient(const Client& client);
    Result<void> setClientModels(std::string_view id, const std::vector<std::string>& models);
    Result<void> removeClient(std::string_view id);

    Result<void> setListenPort(std::uint16_t port);
    Result<void> setListenAddress(const std::string& address);
    Result<void> setAllowedHosts(const std::vector<std::string>& hosts);
    Result<void> setAllowedOrigins(const std::vector<std::string>& origins);
    Result<void> setDefaultModel(const std::string& model);
    Result<void> setAlias(const std::string& name, const std::vector<std::string>& models);
    Result<void> removeAlias(const std::string& name);

    // Replaces the file, with mode 0600, and makes its folder (0700) if there is none. Fails with
    // ConfigChanged when the file is no longer what open() or the last save() saw, with
    // ConfigInvalid when the edits brought in an error that was not there before (the message names
    // it), with FileUnwritable, DiskFull or ReadOnly. The file then stands untouched.
    Result<void> save(const catalog::Catalog& catalog);

  private:
    SettingsEdit(std::filesystem::path file, std::string text, bool exists);
    // The place of the entry with that id in the list `section`.
    Result<std::optional<std::size_t>> find(const std::string& section, std::string_view id) const;
    Result<std::size_t> existing(const std::string& section, std::string_view id) const;
    Result<void> add(const std::string& section, const std::string& id, const JsonNode& entry);
    Result<void> removeFrom(const std::string& section, std::string_view id);
    Result<void> setOrRemove(const JsonPath& path, const std::string& text);
    Result<void> setTexts(const JsonPath& path, const std::vector<std::string>& texts);
    Result<void> checkUnchanged() const;
    Result<void> checkNewErrors(const catalog::Catalog& catalog) const;

    std::filesystem::path m_file;
    std::string m_text;
    std::string m_onDisk;  // what the file held when it was last seen
    bool m_exists = false;
};

// As they stand in config.json.
JsonNode toJson(const SecretRef& reference);
JsonNode toJson(const Provider& provider);
JsonNode toJson(const Model& model);
JsonNode toJson(const Client& client);

}  // namespace gr::settings
