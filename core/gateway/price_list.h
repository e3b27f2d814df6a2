// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/model_info.h"

// What the models of one provider cost, as far as it is known. Immutable once it is made; any
// thread.
namespace gr::gateway {

// What is known before a model of a provider is called.
struct Quote {
    std::shared_ptr<const catalog::Price> price;  // null: unknown, unless `free`
    // Served by a machine of the user's own, or simulated: costs nothing.
    bool free = false;
    // The price is that of this model at this place: the user entered it, or the catalog knows the
    // address. Otherwise what comes of it is an estimate.
    bool certain = false;
    std::optional<std::uint64_t> maxOutput{};  // tokens of one answer; absent: not known
    std::optional<std::uint64_t> context{};    // tokens; absent: not known
    // The catalog knows that it talks, calls tools, and takes this.
    bool capable = false;
    catalog::MediaSet takes{};
    bool reasons = true;  // false: the catalog knows for certain that it does not
    // Known for certain; absent: not known.
    std::optional<bool> tools{};
    std::optional<bool> structured{};
};

class PriceList final {
  public:
    // `free`: what has no price here costs nothing.
    explicit PriceList(bool free = false) : m_free(free) {}

    // Later prices of a name replace earlier ones.
    void add(std::string_view model, Quote quote);

    // By its name, or by its name without a date behind (then not certain).
    Quote find(std::string_view model) const;

    // The dearest of all prices, for a thousand tokens in and out; null where there is none.
    const std::shared_ptr<const catalog::Price>& dearest() const { return m_dearest; }

    // All of them, by name.
    const std::map<std::string, Quote, std::less<>>& quotes() const { return m_quotes; }

  private:
    std::map<std::string, Quote, std::less<>> m_quotes;
    std::shared_ptr<const catalog::Price> m_dearest;
    Money m_dearestCost;
    bool m_free;
};

}  // namespace gr::gateway
