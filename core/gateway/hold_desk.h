// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "gateway/held_payment.h"

namespace gr::gateway {

// Payments that wait for a person, and what is said of them. Any thread; outlives its seats.
class HoldDesk final {
  public:
    struct Said {
        bool allowed;
        std::string by;    // "window", "gaterouterd"
        Money alwaysUpTo;  // further payments to this payee need nobody; 0: they do
    };

    // A place among those that wait, held by the coroutine that waits. It is left at the latest
    // with this, also where the loop of the request ends first: `wake`, which holds a timer of that
    // loop, must not stay behind.
    class Seat final {
      public:
        Seat(HoldDesk& desk, HeldPayment payment, std::function<void()> wake);
        ~Seat() { leave(); }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        bool taken() const { return m_taken; }  // no: too many wait
        std::optional<Said> said() const;
        void leave();  // from now on nobody can say anything

      private:
        friend class HoldDesk;

        HoldDesk& m_desk;
        const HeldPayment m_payment;
        const std::function<void()> m_wake;
        std::optional<Said> m_said;
        bool m_taken = false;
    };

    std::vector<HeldPayment> held() const;  // of which nothing is said yet; by id, so oldest first
    Result<void> answer(std::string_view id, Said said);  // RecordNotFound: it does not wait

  private:
    mutable std::mutex m_mutex;                         // guards also what is said in the seats
    std::map<std::string, Seat*, std::less<>> m_seats;  // by purchase
};

}  // namespace gr::gateway
