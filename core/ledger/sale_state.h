// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

// The states of a sale, and which may follow which. Pure; any thread.
namespace gr::ledger {

enum class SaleState : std::uint8_t {
    Reserved,  // its nonce is taken; nothing has left this machine
    Settling,  // the settlement may have been sent
    Settled,   // the money was seen on the chain
    Serving,   // the first byte may have been sent
    Served,    // done
    Credit,    // paid and not served: the payer has a credit
    Failed,    // over: without money, or with money but nothing more to give
    Unknown,   // nobody can say whether it was settled
    Reorged,   // the block with the money is gone
};
inline constexpr std::array kSaleStates{
    SaleState::Reserved, SaleState::Settling, SaleState::Settled,
    SaleState::Serving,  SaleState::Served,   SaleState::Credit,
    SaleState::Failed,   SaleState::Unknown,  SaleState::Reorged};

// As the ledger writes it: "reserved" … "reorged".
std::string_view nameOf(SaleState state);
std::optional<SaleState> saleState(std::string_view name);

// Exact amounts are paid first; what is charged by use is served first.
enum class SaleOrder : std::uint8_t { PaidFirst, ServedFirst };

// How a sale stands, as far as it decides what may follow.
struct SaleStand {
    SaleOrder order = SaleOrder::PaidFirst;
    SaleState state = SaleState::Reserved;
    bool paid = false;    // the money came
    bool served = false;  // the first byte may have been sent
};

// Settling, Served, Credit and Unknown may follow themselves: what is learned later is noted.
// Failed becomes Reserved again where neither money nor bytes moved, so that the same header can be
// tried once more; and Reorged where money had come.
bool mayFollow(const SaleStand& stand, SaleState to);

// Something is left to be found out or done when a gateway starts.
constexpr bool isUnfinished(SaleState state) {
    return state == SaleState::Reserved || state == SaleState::Settling ||
           state == SaleState::Settled || state == SaleState::Serving ||
           state == SaleState::Unknown;
}

}  // namespace gr::ledger
