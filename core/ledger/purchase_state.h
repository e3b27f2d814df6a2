// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

// The states of a purchase, and which may follow which. Pure; any thread.
namespace gr::ledger {

enum class PurchaseState : std::uint8_t {
    Held,      // waits for a person; takes nothing from any cap
    Denied,    // the person said no. Nothing follows
    Intended,  // set aside; nothing is signed
    Signed,    // the authorization is durable and has not left this machine
    Sent,      // the authorization may be in the seller's hands
    Settled,   // paid
    Refused,   // the seller says that it did not take the money; it still can
    Expired,   // the deadline has passed, but no final block is known to be beyond it
    Unknown,   // nobody can say yet
    Released,  // a final block at or past the deadline shows the nonce unused, or nothing was
               // signed
};
inline constexpr std::array kPurchaseStates{
    PurchaseState::Held,    PurchaseState::Denied,  PurchaseState::Intended, PurchaseState::Signed,
    PurchaseState::Sent,    PurchaseState::Settled, PurchaseState::Refused,  PurchaseState::Expired,
    PurchaseState::Unknown, PurchaseState::Released};

// As the ledger writes it: "held" … "released".
std::string_view nameOf(PurchaseState state);
std::optional<PurchaseState> purchaseState(std::string_view name);

// Sent, Settled and Unknown may follow themselves: what is learned later is noted.
bool mayFollow(PurchaseState from, PurchaseState to);

// Takes from the caps: all that is or could still be paid. A refusal or a deadline frees nothing.
constexpr bool isCounted(PurchaseState state) {
    return state != PurchaseState::Held && state != PurchaseState::Denied &&
           state != PurchaseState::Released;
}
// Counted, and not known to be paid.
constexpr bool isOutstanding(PurchaseState state) {
    return isCounted(state) && state != PurchaseState::Settled;
}

}  // namespace gr::ledger
