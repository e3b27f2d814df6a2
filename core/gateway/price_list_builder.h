// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "gateway/price_list.h"
#include "settings/settings.h"

namespace gr::gateway {

// The prices of a provider: the user's own, then the catalog's, by its address, else (then not
// certain) by its name. Servers on this machine cost what the user says and else nothing, whatever
// they are called. Pure; any thread.
std::shared_ptr<const PriceList> pricesOf(const settings::Provider& provider,
                                          const catalog::Catalog& catalog);

}  // namespace gr::gateway
