// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "gateway/sale_entry.h"
#include "http/ask_whole.h"
#include "payment/facilitator.h"

namespace gr::gateway {

// What a facilitator said to /settle, or what is known where it said nothing.
struct SettleWord {
    enum class Kind : std::uint8_t {
        Yes,      // it settled, it says
        No,       // it did not, it says, and never sent anything
        Pending,  // it sent a transaction, and does not know more yet
        NotDone,  // it has not looked at it: it was not reached, or refused us
        Unknown,  // it may have done anything
    };
    Kind kind = Kind::Unknown;
    payment::SettleAnswer answer{};  // of the first three; of Unknown perhaps
    std::string why{};               // of the last two: a sentence
};
// `sent`: a byte of the question may have left. Pure.
SettleWord readSettleWord(const Result<http::WholeAnswer>& answer, bool sent);

// Asks the facilitator of a sale. Lives in an io thread; what it is made of outlives it.
class FacilitatorClient final {
  public:
    FacilitatorClient(http::Client& client, http::Deadlines& deadlines, const Clock& clock,
                      http::Executor io)
        : m_client(client), m_deadlines(deadlines), m_clock(clock), m_io(std::move(io)) {}

    // The same body settles the same payment once, however often it is sent.
    http::Awaitable<SettleWord> settle(const SaleEntry& sale, std::string body,
                                       Milliseconds patience, http::AbortSlot& abort);

    // What it settles; asked when that is older than kFresh. Nothing: it did not say, or is being
    // asked for the first time by somebody else.
    http::Awaitable<std::optional<payment::Supported>> supported(const SaleEntry& sale,
                                                                 http::AbortSlot& abort);
    static constexpr Milliseconds kFresh{300'000};
    static constexpr Milliseconds kAfterFailure{2'000};  // it is asked again

  private:
    http::Awaitable<Result<http::WholeAnswer>> ask(const SaleEntry& sale, std::string_view method,
                                                   std::string_view path, std::string_view body,
                                                   Milliseconds patience, http::AbortSlot& abort,
                                                   bool* sent);

    http::Client& m_client;
    http::Deadlines& m_deadlines;
    const Clock& m_clock;
    http::Executor m_io;
    std::optional<Url> m_asked;  // whose word this is
    std::optional<payment::Supported> m_supported;
    SteadyTime m_askAgain{};
    bool m_asking = false;
};

}  // namespace gr::gateway
