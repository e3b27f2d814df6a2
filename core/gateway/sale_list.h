// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/money.h"
#include "gateway/sale_entry.h"
#include "gateway/snapshot.h"

namespace gr::gateway {

// What a stranger may buy.
struct SoldModel {
    std::string id;  // without its provider, who is no stranger's business
    Money input;     // of one token, with the markup, rounded up
    Money output;
    Money minimum;  // of a request
};

// The models for sale for money that is taken here, each once, with the prices of short texts at
// the first provider that has one. `allowed`: patterns of what is sold. Pure.
std::vector<SoldModel> modelsForSale(const Snapshot& snapshot, const SaleEntry& sale,
                                     const std::vector<std::string>& allowed, UnixMs now);

}  // namespace gr::gateway
