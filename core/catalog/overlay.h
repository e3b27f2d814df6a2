// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/model_info.h"

// The user's overlay of the catalog, `catalog.json` in the data directory: models that the program
// does not know, and prices that go before its own. Pure; any thread.
namespace gr::catalog {

// {"version":1,"providers":{ID:{"models":{ID:{…}}}}}. Of each model what is known; its price as
// {"rows":[{"from","until","window","prompt_over","mode", rates by class}],"modes":{NAME:{"field",
// "value"}},"web_search_per_1k"}, rates as decimal texts, exactly. The catalog's reader takes it.
std::string overlayText(std::span<const ProviderInfo> providers);

// Fails with ConfigInvalid. Of providers it gives the id and the models alone.
Result<std::vector<ProviderInfo>> readOverlay(std::string_view json);

// The same for models.dev's list (https://models.dev/api.json).
Result<std::vector<ProviderInfo>> readModelsDev(std::string_view json);

// Puts `overlay` on `base`: of models that both know, what the overlay tells; new models behind the
// others. Providers that `base` does not know are left out: an overlay brings no addresses, no
// names of keys and no other facts of providers, whatever stands in it.
void lay(std::vector<ProviderInfo>& base, std::span<const ProviderInfo> overlay);

}  // namespace gr::catalog
