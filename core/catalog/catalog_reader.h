// SPDX-License-Identifier: MIT
#pragma once

#include <simdjson.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/model_info.h"

// The catalog's documents as values. Pure; any thread.
namespace gr::catalog {

// Where the providers stand, and whether one without an address counts.
enum class Document : std::uint8_t {
    Catalog,    // in `providers`; those without an address are left out
    Overlay,    // in `providers`; addresses mean nothing
    ModelsDev,  // at the top: the api.json of models.dev; no price of it has a time
};

// {"providers":{ID:{"name","protocol","api","env","doc","models":{ID:{…}}}}}: walked once, in its
// own order; what is known is taken. Fails with ConfigInvalid.
Result<std::vector<ProviderInfo>> readProviders(simdjson::padded_string_view json,
                                                Document kind = Document::Catalog);

// {"models":[PATTERN…]} of resources/searching.json.
std::vector<std::string> readSearching(simdjson::padded_string_view json);

// {"models":{PROVIDER:{MODEL:[SPELLING…]}}} into the providers it names.
void readSpellings(simdjson::padded_string_view json, std::span<ProviderInfo> providers);

}  // namespace gr::catalog
