// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/limit.h"

namespace gr::settings {

// What a client key that was made at run time may do.
struct ClientScope {
    std::vector<std::string> models{"*"};  // names with `*` as wildcard
    std::vector<ledger::Limit> limits;     // of this client alone
    bool allowUnpriced = false;
};

// Reads a scope: a JSON object with the members `models`, `limits` and `allow_unpriced` of a client
// in the configuration, by the same rules; empty text is one that may do everything. `id` is the
// key's name, `limitDefaults` as in Settings. InvalidField names the member, as in
// `limits[0].usd`. Pure but for time zones, which come from this machine; any thread.
Result<ClientScope> readClientScope(const std::string& id, std::string_view scope,
                                    const std::string& limitDefaults);

}  // namespace gr::settings
