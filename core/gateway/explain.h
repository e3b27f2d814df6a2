// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "gateway/snapshot.h"
#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::gateway {

// The routing decision for a chat request as JSON: {"candidates":[{"provider","model","reason"}],
// "rejected":[{"provider","model","reason"}]}. Nothing is sent. Errors as the request itself would
// get them. `client`: who asks; null: somebody who may ask for everything.
Result<std::string> explainRoute(std::string_view body, const Snapshot& snapshot,
                                 const ClientEntry* client);

// The same for settings that no gateway runs with.
Result<std::string> explainRoute(std::string_view body, const settings::Settings& settings,
                                 const catalog::Catalog& catalog, settings::SecretSource& secrets);

}  // namespace gr::gateway
