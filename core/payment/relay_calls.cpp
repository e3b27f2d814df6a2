// SPDX-License-Identifier: MIT
#include "payment/relay_calls.h"

#include <string>

#include "base/text.h"

namespace gr::payment {
namespace {

constexpr std::uint64_t kUsualTip = 100'000'000;  // wei a gas

}  // namespace

std::optional<RelayFees> feesIn(const rpc::Answer& latest, const rpc::Answer& tip) {
    const auto block = rpc::blockIn(latest);
    if (!block)
        return std::nullopt;
    return feesFor(block->baseFee, rpc::quantityIn(tip).value_or(Uint256(kUsualTip)));
}

bool isTaken(const rpc::Answer& answer, const Bytes32& hash) {
    if (!answer.problem)
        return rpc::hashIn(answer) == hash;
    const std::string words = toLower(answer.problem->message);
    return words.find("known") != std::string::npos || words.find("already") != std::string::npos;
}

}  // namespace gr::payment
