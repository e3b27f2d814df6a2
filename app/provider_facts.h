// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "gateway/policy.h"
#include "settings/settings.h"
#include "ui/backend.h"

// From configuration and catalog to what the window shows of providers. Pure but for the
// environment, which comes in.
namespace gr::app {

struct ProviderSight {
    const catalog::Catalog& catalog;
    std::function<bool(const std::string& variable)> hasVariable;
    std::function<bool(const std::string& vaultName)> inVault;
    std::function<bool(const std::string& providerId)> inMemory;
};

ui::ProviderInfo providerInfo(const settings::Provider& provider, const ProviderSight& sight);

// A provider of the sandbox; it is in no configuration.
ui::ProviderInfo simulatedInfo(const gateway::ProviderEntry& entry);

// What the "add" dialog offers, the most used first.
std::vector<ui::ProviderPreset> providerPresets(const catalog::Catalog& catalog);

}  // namespace gr::app
