// SPDX-License-Identifier: MIT
#include "gateway/chain_view.h"

#include <algorithm>

namespace gr::gateway {

using http::Awaitable;

ChainPtr ChainView::chain(const SaleEntry& sale, payment::ChainId id) {
    const SaleChain* const sold = sale.find(id);
    if (sold == nullptr)
        return nullptr;
    Place& place = m_places[id];
    if (!place.chain || place.servers != sold->rpc) {
        place.servers = sold->rpc;
        place.chain = std::make_shared<payment::ChainClient>(m_client, m_deadlines, id, sold->rpc);
    }
    return place.chain;
}

Awaitable<Result<payment::MoneySight>> ChainView::look(ChainPtr chain, payment::SaleMoney money,
                                                       Transaction transaction,
                                                       http::AbortSlot& abort) {
    const ReadAnswers<payment::MoneySight> read = [&](const ChainAnswers& answers) {
        return payment::readMoney(money, answers, transaction);
    };
    auto sight = co_await askFirst<payment::MoneySight>(
        std::move(chain), payment::askMoney(money, transaction), read, abort);
    co_return sight;
}

Awaitable<ChainView::Found> ChainView::search(ChainPtr chain, payment::SaleMoney money,
                                              payment::MoneySight sight, std::uint64_t since,
                                              http::AbortSlot& abort) {
    Found found;
    payment::rpc::BlockRange range{0, sight.latest.number};
    const ReadAnswers<payment::NonceUses> read = [&money](const ChainAnswers& answers) {
        return payment::readUses(money, answers);
    };
    for (int i = 0; i < kMostSearches; ++i) {
        range.from = range.to - std::min(range.to, payment::kSearchBlocks - 1);
        const auto uses = co_await askFirst<payment::NonceUses>(
            chain, payment::askUses(money, range), read, abort);
        if (!uses)
            break;
        for (const payment::Bytes32& transaction : uses->transactions) {
            const auto seen = co_await look(chain, money, transaction, abort);
            if (seen && seen->seen) {
                found.sight = *seen;
                co_return found;
            }
        }
        if (uses->cancelledIn) {
            found.cancelledIn = uses->cancelledIn;
            break;
        }
        if (uses->begin < since || range.from == 0)
            break;
        range.to = range.from - 1;
    }
    co_return found;
}

Awaitable<std::size_t> ChainView::witnesses(ChainPtr chain, payment::SaleMoney money,
                                            payment::Bytes32 transaction, std::size_t enough,
                                            bool followed, http::AbortSlot& abort) {
    const auto calls = payment::askMoney(money, transaction);
    std::size_t count = 0;
    for (std::size_t server = 0; server < chain->servers() && count < enough; ++server) {
        const auto answers = co_await chain->askServer(server, calls, abort);
        const auto sight =
            answers ? payment::readMoney(money, *answers, transaction) : std::nullopt;
        if (sight && sight->seen && (sight->isFollowed() || !followed))
            ++count;
    }
    co_return count;
}

Awaitable<bool> ChainView::isSure(ChainPtr chain, payment::SaleMoney money,
                                  payment::Bytes32 transaction, http::AbortSlot& abort) {
    constexpr std::size_t kWitnesses = 2;
    const std::size_t wanted = std::min(kWitnesses, chain->servers());
    const std::size_t count = co_await witnesses(chain, money, transaction, wanted, true, abort);
    co_return count == wanted;
}

}  // namespace gr::gateway
