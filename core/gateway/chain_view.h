// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gateway/sale_entry.h"
#include "payment/chain_client.h"
#include "payment/sale_fate.h"

namespace gr::gateway {

using ChainPtr = std::shared_ptr<payment::ChainClient>;
using ChainAnswers = std::vector<payment::rpc::Answer>;
template <class T>
using ReadAnswers = std::function<std::optional<T>(const ChainAnswers&)>;

// What the first server says whose answers `read` can read: one that answers with nonsense, or
// objects for reasons of its own, is passed over. `read` outlives it. Errors: Unreachable,
// Cancelled.
template <class T>
http::Awaitable<Result<T>> askFirst(ChainPtr chain, std::vector<payment::rpc::Call> calls,
                                    const ReadAnswers<T>& read, http::AbortSlot& abort) {
    Result<ChainAnswers> answers = co_await chain->ask(calls, abort);
    for (std::size_t server = 0; answers || server > 0; ++server) {
        auto value = answers ? read(*answers) : std::nullopt;
        if (value)
            co_return std::move(*value);
        if (server == chain->servers() || abort.fired())
            break;
        answers = co_await chain->askServer(server, calls, abort);
    }
    if (!answers)
        co_return fail(std::move(answers.error()));
    co_return fail(ErrorCode::Unreachable,
                   "No RPC server of chain " + std::to_string(chain->chain()) +
                       " gives an answer that can be read; try again in a moment.");
}

// Looks for the money of sales on their chains. Lives in an io thread; what it is made of outlives
// it.
class ChainView final {
  public:
    ChainView(http::Client& client, http::Deadlines& deadlines)
        : m_client(client), m_deadlines(deadlines) {}

    // Whose servers are those of the sale. Null: nothing is sold on that chain.
    ChainPtr chain(const SaleEntry& sale, payment::ChainId id);

    using Transaction = std::optional<payment::Bytes32>;
    http::Awaitable<Result<payment::MoneySight>> look(ChainPtr chain, payment::SaleMoney money,
                                                      Transaction transaction,
                                                      http::AbortSlot& abort);

    // What a nonce that was used was used for, as far as it can be found.
    struct Found {
        std::optional<payment::MoneySight> sight{};  // that shows the money
        std::optional<std::uint64_t> cancelledIn{};  // a block
    };
    // From the latest block that `sight` knows back to the time `since` (seconds since 1970), or as
    // far as kMostSearches questions go.
    http::Awaitable<Found> search(ChainPtr chain, payment::SaleMoney money,
                                  payment::MoneySight sight, std::uint64_t since,
                                  http::AbortSlot& abort);
    static constexpr int kMostSearches = 40;  // of payment::kSearchBlocks each

    // How many servers show it, at most `enough`. `followed`: in a block that others followed.
    http::Awaitable<std::size_t> witnesses(ChainPtr chain, payment::SaleMoney money,
                                           payment::Bytes32 transaction, std::size_t enough,
                                           bool followed, http::AbortSlot& abort);
    // As many as a larger sum needs: two; one where the chain has but one.
    http::Awaitable<bool> isSure(ChainPtr chain, payment::SaleMoney money,
                                 payment::Bytes32 transaction, http::AbortSlot& abort);

  private:
    struct Place {
        std::vector<Url> servers;
        ChainPtr chain;
    };

    http::Client& m_client;
    http::Deadlines& m_deadlines;
    std::map<payment::ChainId, Place> m_places;
};

}  // namespace gr::gateway
