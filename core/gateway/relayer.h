// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "gateway/chain_view.h"
#include "gateway/relay_desk.h"
#include "payment/payment_reader.h"
#include "payment/sale_calls.h"

namespace gr::gateway {

struct RelayPace {
    Milliseconds resend{5'000};  // after that the same bytes are sent again
    Milliseconds stuck{15'000};  // after that another one with higher fees takes its place
    Milliseconds lost{600'000};  // after that it is given up where its nonce is used by others
};

// Brings calls to a chain with the key of a sale, which pays the gas; the key belongs to this
// ledger alone. Lives in an io thread; what it is made of outlives it.
class Relayer final {
  public:
    Relayer(RelayDesk& desk, const Clock& clock, http::Executor io, RelayPace pace = {})
        : m_desk(desk), m_clock(clock), m_io(std::move(io)), m_pace(pace) {}

    template <class T>
    using Expected = tl::expected<T, payment::PaymentProblem>;

    // What it takes to bring the call now. The problem: 402, the call would fail; 503, it cannot be
    // brought now, whatever the payment is: no node, too dear, no coin.
    struct Plan {
        payment::Transaction transaction;  // without its nonce
        std::int64_t counted = 0;
        Money cost;
    };
    http::Awaitable<Expected<Plan>> plan(const SaleEntry& sale, ChainPtr chain,
                                         payment::SaleCall call, http::AbortSlot& abort);

    // Signs, books and sends it; a node that does not take it is asked again by tend(). The
    // problem, always 503: nothing was signed.
    http::Awaitable<Expected<RelayDesk::Row>> send(const SaleEntry& sale, ChainPtr chain, Plan plan,
                                                   std::string purpose, http::AbortSlot& abort);

    // Looks after all that wait on this chain: books what was mined, sends again, replaces what is
    // stuck. True: some wait.
    http::Awaitable<bool> tend(const SaleEntry& sale, ChainPtr chain, http::AbortSlot& abort);

    // The last transaction that was signed for this purpose; nothing: there is none.
    http::Awaitable<Result<std::optional<RelayDesk::Row>>> last(std::string purpose,
                                                                http::AbortSlot& abort);
    // The block that a transaction was mined in is gone.
    http::Awaitable<void> missed(payment::ChainId chain, std::string hash, http::AbortSlot& abort);

  private:
    http::Awaitable<void> tendOne(const SaleEntry& sale, ChainPtr chain, RelayDesk::Row row,
                                  http::AbortSlot& abort);
    http::Awaitable<bool> bookMined(ChainPtr chain, const RelayDesk::Row& row,
                                    http::AbortSlot& abort);
    http::Awaitable<void> broadcast(ChainPtr chain, RelayDesk::Row row, http::AbortSlot& abort);
    http::Awaitable<void> replace(const SaleEntry& sale, ChainPtr chain, RelayDesk::Row row,
                                  http::AbortSlot& abort);
    RelayDesk::Caller caller(http::AbortSlot& abort) const { return {m_io, abort}; }

    RelayDesk& m_desk;
    const Clock& m_clock;
    http::Executor m_io;
    const RelayPace m_pace;
};

}  // namespace gr::gateway
