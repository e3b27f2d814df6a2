// SPDX-License-Identifier: MIT
// How an exchange is sold to somebody without a key (docs/selling.md).
#include "gateway/exchange.h"
#include "protocol/adapters.h"

namespace gr::gateway {

using http::Awaitable;

// True: it is paid, and goes on.
Awaitable<bool> Exchange::sell(std::vector<routing::Candidate>& candidates) {
    Checkout& checkout = *m_checkout;
    if (const auto priced = checkout.price(candidates); !priced) {
        co_await refuse(priced.error());
        co_return false;
    }
    const bool pays = co_await checkout.readPayment();
    if (!pays)
        co_return false;
    // No money is taken for what cannot be done.
    const auto able = co_await tryOut(candidates);
    if (!able) {
        // How much its owner lets it spend is no payer's business.
        const bool limit = able.error().code == ErrorCode::LimitReached;
        const Error full(ErrorCode::Overloaded,
                         "Nothing more is sold just now. Nothing was taken; try again later.");
        const Error why = limit ? full : able.error();
        co_await refuse(why);
        co_return false;
    }
    const bool paid = co_await checkout.takeMoney();
    if (paid) {
        m_state.paidWork = &checkout;
        m_out.sumUp();
        m_state.tell(ExchangeEvent::Kind::Started);
    }
    co_return paid;
}

// What no provider would take is refused before there is a price.
Result<void> Exchange::checkShape() const {
    if (m_state.ask.task != protocol::Task::Generate)
        return {};
    const auto chat = protocol::adapter(m_state.ask.protocol).readRequest(m_state.body());
    if (!chat)
        return fail(chat.error());
    if (chat->turns.empty())
        return failField(ErrorCode::InvalidField,
                         m_state.ask.protocol == protocol::Protocol::Gemini            ? "contents"
                         : m_state.ask.protocol == protocol::Protocol::OpenAiResponses ? "input"
                                                                                       : "messages",
                         "It must hold at least one message.");
    return {};
}

// Whether one of them could be asked now.
Awaitable<Result<void>> Exchange::tryOut(const std::vector<routing::Candidate>& candidates) {
    std::optional<Error> why;
    for (const routing::Candidate& candidate : candidates) {
        const upstream::Provider& provider = m_snapshot->providers[candidate.offer];
        const routing::Health::Place place{provider.id, candidate.model, provider.keys.size()};
        if (m_state.services.health.resting(place, m_state.services.clock.steady())) {
            why.emplace(ErrorCode::ProviderOverloaded,
                        "The model rests after failures; try again in a moment. Nothing was "
                        "taken.");
            continue;
        }
        const auto written = co_await takeUp(m_state.own, m_purse, candidate);
        if (!written) {
            why = written.error();
            continue;
        }
        auto money = co_await m_purse.reserve();
        if (money) {
            m_purse.giveBack(*money);
            co_return Result<void>();
        }
        why = money.error();
    }
    co_return fail(why.value_or(Error(ErrorCode::NoCandidate, "No model is left for it.")));
}

}  // namespace gr::gateway
