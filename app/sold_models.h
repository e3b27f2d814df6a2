// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "catalog/catalog.h"
#include "settings/settings.h"
#include "ui/payments.h"

namespace gr::app {

// The models that `sell` offers, with the price of a request of a thousand tokens in and as many
// out at the time `now`, by provider and name. What has no price is not sold; neither is what is
// bought from a seller, whose price nobody knows before. Pure; any thread.
std::vector<ui::SoldModel> soldModels(const settings::Settings& settings,
                                      const catalog::Catalog& catalog, UnixMs now);

}  // namespace gr::app
