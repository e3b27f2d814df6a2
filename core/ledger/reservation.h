// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "ledger/limit.h"
#include "ledger/window.h"

// Money that is asked for, set aside, or refused. `Budget` answers; the functions of `Reservation`
// are defined with it.
namespace gr::ledger {

// Why there is no money for a request, in the limit's unit.
struct Refusal {
    enum class Why : std::uint8_t {
        TooLarge,     // more than the whole limit
        Spent,        // it does not fit what is left
        Busy,         // it would fit, but others' reservations did not end in time
        Unreachable,  // the ledger could not be asked
    };
    Why why = Why::Spent;
    Limit limit;
    Window window;
    std::int64_t needed = 0;
    std::int64_t allowed = 0;  // beyond the limit's amount
    std::int64_t spent = 0;
    std::int64_t reserved = 0;  // by requests under way, here or at other gateways
};

// Who wants to spend what.
struct ReserveAsk {
    Spender spender;
    Spend worst;   // a true bound: for limits that are hard
    Spend likely;  // for those that are estimates
    // What earlier attempts of the same request were charged: it counts as one request.
    std::span<const Charge> before{};
};

class Budget;

namespace detail {
struct Account;
struct Waiting;
}  // namespace detail

// Money that is set aside for one attempt. Whoever holds it settles it. If it is just dropped, no
// row can charge it: it stays reserved, and so leased, which the ledger counts as spent once this
// gateway is gone. Movable; belongs to its Budget, which outlives its use.
class Reservation final {
  public:
    Reservation() = default;
    Reservation(Reservation&&) = default;
    Reservation& operator=(Reservation&&) = default;

    // True where no limit holds.
    bool empty() const { return m_entries.empty(); }
    // The attempt took `actual`. What the rows must carry.
    std::vector<Charge> settle(const Spent& actual);
    // Nothing of it left this machine.
    void release();

    // What rows would carry if all of it were spent.
    std::vector<Charge> planned() const;

  private:
    friend class Budget;
    friend struct detail::Waiting;
    struct Entry {
        detail::Account* account = nullptr;
        std::int64_t amount = 0;
    };
    Budget* m_budget = nullptr;
    std::vector<Entry> m_entries;
};

using ReserveAnswer = std::variant<Reservation, Refusal>;

}  // namespace gr::ledger
