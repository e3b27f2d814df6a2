// SPDX-License-Identifier: MIT
#include "ledger/sale_state.h"

namespace gr::ledger {
namespace {

using enum SaleState;

constexpr std::array<std::string_view, kSaleStates.size()> kNames{
    "reserved", "settling", "settled", "serving", "served",
    "credit",   "failed",   "unknown", "reorged"};

constexpr unsigned bit(SaleState state) {
    return 1U << static_cast<unsigned>(state);
}

unsigned followersOf(const SaleStand& stand) {
    const bool paidFirst = stand.order == SaleOrder::PaidFirst;
    switch (stand.state) {
        case Reserved:
            return (paidFirst ? bit(Settling) : bit(Serving)) | bit(Failed);
        case Settling:
            return bit(Settling) | bit(Settled) | bit(Failed) | bit(Unknown);
        case Unknown:
            return bit(Unknown) | bit(Settling) | bit(Settled) | bit(Failed);
        case Settled:
            return (paidFirst ? bit(Serving) | bit(Failed) : bit(Served)) | bit(Credit) |
                   bit(Reorged);
        case Serving:
            return paidFirst ? bit(Served) | bit(Credit) | bit(Failed) | bit(Reorged)
                             : bit(Settling) | bit(Failed);
        case Served:
            return bit(Served) | bit(Reorged);
        case Credit:
            return bit(Credit) | bit(Reorged);
        case Failed:
            if (stand.paid)
                return bit(Reorged);
            return stand.served ? 0 : bit(Reserved);
        case Reorged:  // the money came all the same, or never will
            return (stand.served ? bit(Served) : paidFirst ? bit(Credit) : 0) | bit(Failed);
    }
    return 0;
}

}  // namespace

std::string_view nameOf(SaleState state) {
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<SaleState> saleState(std::string_view name) {
    for (const SaleState state : kSaleStates) {
        if (nameOf(state) == name)
            return state;
    }
    return std::nullopt;
}

bool mayFollow(const SaleStand& stand, SaleState to) {
    return (followersOf(stand) & bit(to)) != 0;
}

}  // namespace gr::ledger
