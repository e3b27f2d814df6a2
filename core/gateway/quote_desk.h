// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "gateway/sale_price.h"

namespace gr::gateway {

using SalePricePtr = std::shared_ptr<const SalePrice>;

// What strangers were asked for which request, so that the one who pays in time gets what was
// offered, whatever has changed since. In memory alone, the newest so many; whose quote is gone is
// asked anew. Shared by the io threads under one short lock; outlives their requests.
class QuoteDesk final {
  public:
    static constexpr Milliseconds kGoodFor{300'000};
    static constexpr std::size_t kMost = 8'192;

    // `digest`: of the request.
    void keep(const std::string& digest, SalePricePtr price, SteadyTime now);
    SalePricePtr find(std::string_view digest, SteadyTime now);
    // Prices and providers changed: everybody is asked anew.
    void forget();

  private:
    struct Entry {
        std::string digest;
        SalePricePtr price;
        SteadyTime until{};
    };

    std::mutex m_mutex;
    std::list<Entry> m_entries;  // the oldest first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> m_index;
};

}  // namespace gr::gateway
