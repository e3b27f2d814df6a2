// SPDX-License-Identifier: MIT
#pragma once

#include <simdjson.h>

#include <span>
#include <vector>

#include "base/result.h"
#include "catalog/model_info.h"

// The catalog's documents as values. Pure; any thread.
namespace gr::catalog {

// {"providers":{ID:{"name","protocol","api","env","doc","models":{ID:{…}}}}}: walked once, in its
// own order; what is known is taken. Fails with ConfigInvalid. Providers without an
// address are left out.
Result<std::vector<ProviderInfo>> readProviders(simdjson::padded_string_view json);

// {"models":{PROVIDER:{MODEL:[SPELLING…]}}} into the providers it names.
void readSpellings(simdjson::padded_string_view json, std::span<ProviderInfo> providers);

}  // namespace gr::catalog
