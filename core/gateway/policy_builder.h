// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "gateway/policy.h"
#include "ledger/entry.h"
#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::gateway {

struct BuiltPolicy {
    Policy policy;
    std::vector<settings::Problem> problems;
};

// Adds a client to those that the policy has, and sees which of its limits hold for it.
void addClient(Policy& policy, ClientEntry client);

// Resolves every reference of `settings` into what the gateway acts on. A secret that cannot be
// read costs its owner only: the provider stays without that key, the client is left out, and a
// problem (a warning, with the path in config.json) says why. Keys that were read are announced to
// log::hide. `runtimeKeys` are those of the ledger, with what each may do; the limits of those that
// are revoked, or expired by `now`, hold nobody. A key whose scope cannot be read is left out. No
// sandbox here: who runs one adds its provider. Any thread, one at a time for one
// `secrets`.
BuiltPolicy buildPolicy(const settings::Settings& settings, const catalog::Catalog& catalog,
                        settings::SecretSource& secrets,
                        std::span<const ledger::ClientKey> runtimeKeys,
                        UnixMs now = SystemClock().now());

}  // namespace gr::gateway
