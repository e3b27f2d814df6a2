// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gateway/price_list.h"
#include "ledger/entry.h"

// What the history would have cost at the prices that are known today to have been valid then. A
// report: the books stay as they are. Lives in one thread.
namespace gr::gateway {

struct Repriced {
    std::int64_t attempts = 0;  // that were answered and took tokens
    std::int64_t unbooked = 0;  // of them without a cost in the books
    std::int64_t unpriced = 0;  // of them without a price today; in neither sum
    Money booked;               // of the others, as far as it is known
    Money repriced;             // of the others
};

class Repricer final {
  public:
    // By the provider's id. Providers that are not in it have no price.
    using Prices = std::map<std::string, std::shared_ptr<const PriceList>, std::less<>>;
    explicit Repricer(Prices prices) : m_prices(std::move(prices)) {}

    // Attempts of unknown end are left out, and so is what was free. The books do not say in which
    // mode an answer was served: the usual one is taken. Sums stop at the largest amount.
    void take(const ledger::RequestRecord& record);

    // By provider and model.
    const std::map<std::pair<std::string, std::string>, Repriced>& models() const {
        return m_models;
    }

  private:
    void take(const ledger::Attempt& attempt, const TokenUsage& tokens, UnixMs sentAt);

    Prices m_prices;
    std::map<std::pair<std::string, std::string>, Repriced> m_models;
};

}  // namespace gr::gateway
