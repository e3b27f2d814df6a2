// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "gateway/sale_entry.h"
#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::gateway {

// What is sold; null where nothing is, or where no money could be taken: then a problem (a warning,
// with the path in config.json) says why. One thread at a time for `secrets`.
SalePtr buildSale(const settings::Settings& settings, settings::SecretSource& secrets,
                  std::vector<settings::Problem>& problems);

}  // namespace gr::gateway
