// SPDX-License-Identifier: MIT
#include "payment/relay_fees.h"

#include <algorithm>

namespace gr::payment {
namespace {

// An eighth more, rounded up, and at least one.
std::optional<Uint256> raised(const Uint256& fee) {
    const auto eighth = fee.dividedBy(8)->quotient.plus(1);
    return eighth ? fee.plus(*eighth) : std::nullopt;
}

}  // namespace

std::optional<RelayFees> feesFor(const Uint256& baseFee, const Uint256& tip) {
    const auto twice = baseFee.times(2);
    const auto most = twice ? twice->plus(tip) : std::nullopt;
    return most ? std::optional(RelayFees{*most, tip}) : std::nullopt;
}

std::optional<RelayFees> raisedFees(const RelayFees& old, const RelayFees& now) {
    const auto most = raised(old.most);
    const auto tip = raised(old.tip);
    if (!most || !tip)
        return std::nullopt;
    return RelayFees{std::max(*most, now.most), std::max(*tip, now.tip)};
}

std::uint64_t gasLimitFor(std::uint64_t estimate) {
    constexpr std::uint64_t kMost = 1'000'000'000;  // more than any block has
    const std::uint64_t gas = std::min(estimate, kMost);
    return gas + (gas + 4) / 5;
}

std::optional<Money> gasCost(std::uint64_t gas, const Uint256& feePerGas, Money coinUsd) {
    constexpr std::uint64_t kWeiPerCoin = 1'000'000'000'000'000'000;
    if (coinUsd.pico() < 0)
        return std::nullopt;
    const auto wei = feePerGas.times(gas);
    const auto product =
        wei ? wei->times(static_cast<std::uint64_t>(coinUsd.pico())) : std::nullopt;
    if (!product)
        return std::nullopt;
    const auto division = product->dividedBy(kWeiPerCoin);
    const auto whole = division->quotient.toUint64();
    if (!whole || *whole >= static_cast<std::uint64_t>(INT64_MAX))
        return std::nullopt;
    const std::uint64_t up = division->remainder.isZero() ? 0 : 1;
    return Money::fromPico(static_cast<std::int64_t>(*whole + up));
}

}  // namespace gr::payment
