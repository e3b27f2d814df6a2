// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "ledger/budget.h"

namespace gr::gateway {

// A request that a limit with `at_limit: ask` has no room for, and that waits for a person.
struct LimitQuestion {
    std::string id;  // of the request
    std::string client;
    std::string provider;
    std::string model;
    ledger::Refusal refusal;
    UnixMs asked;
    UnixMs until;

    // What is missing, in the limit's unit: allowing it lets this request pass, and no more.
    std::int64_t lacking() const;
};

// Where such requests wait, and where people answer. Any thread.
class LimitDesk final {
    struct Open;

  public:
    explicit LimitDesk(ledger::Budget& budget) : m_budget(budget) {}

    static constexpr std::size_t kMostOpen = 64;

    // One question, as long as it lives.
    class Ticket final {
      public:
        Ticket(LimitDesk& desk, std::shared_ptr<Open> open)
            : m_desk(&desk), m_open(std::move(open)) {}
        Ticket(Ticket&&) = default;
        ~Ticket();
        // True: allowed; false: refused; absent: nobody has answered yet.
        std::optional<bool> answer() const;

      private:
        LimitDesk* m_desk;
        std::shared_ptr<Open> m_open;
    };

    // `wake` is called once, by the thread of who answers. Errors: Overloaded, too many wait.
    Result<Ticket> ask(LimitQuestion question, std::function<void()> wake);

    // Those without an answer, the oldest first.
    std::vector<LimitQuestion> open() const;

    // Allows `more` in the limit's unit to be spent in its present window, by whoever comes;
    // absent: what this request lacks. Errors: RecordNotFound, nobody waits under this id;
    // InvalidField, `more` is less than is lacking.
    Result<void> allow(std::string_view id, std::optional<std::int64_t> more = std::nullopt);
    Result<void> refuse(std::string_view id);
    // The limits have changed: everybody who waits tries again, and asks again if need be.
    void tryAgain();

  private:
    Result<void> answer(std::string_view id, bool allowed, std::optional<std::int64_t> more);

    ledger::Budget& m_budget;
    mutable std::mutex m_mutex;
    std::map<std::string, std::shared_ptr<Open>, std::less<>> m_open;  // ids grow with time
};

}  // namespace gr::gateway
