// SPDX-License-Identifier: MIT
// How an exchange is sold to somebody without a key (docs/selling.md).
#include "gateway/exchange.h"
#include "gateway/side_errand.h"
#include "protocol/adapters.h"

namespace gr::gateway {

using http::Awaitable;

// True: it is paid, and goes on.
Awaitable<bool> Exchange::sell(std::vector<routing::Candidate>& candidates) {
    Checkout& checkout = *m_checkout;
    // What no provider would take is not charged for.
    const auto shape = soundShape();
    if (!shape) {
        co_await refuse(shape.error());
        co_return false;
    }
    const protocol::ChatRequest* const chat = *shape ? &**shape : nullptr;
    const auto priced = co_await checkout.price(candidates, chat);
    if (!priced) {
        co_await refuse(priced.error());
        co_return false;
    }
    // Nobody is asked for money for what cannot be done; limits are looked at when there is some.
    auto able = co_await tryOut(candidates, false);
    if (able) {
        const bool pays = co_await checkout.readPayment();
        if (!pays)
            co_return false;
        able = co_await tryOut(candidates, true);
    }
    if (!able) {
        co_await turnAway(able.error());
        co_return false;
    }
    const bool paid = co_await checkout.takeMoney();
    if (paid) {
        if (checkout.outlivesPayer())
            m_goesOn.emplace(m_state, m_state.own);
        m_state.paidWork = &checkout;
        m_out.sumUp();
        m_state.tell(ExchangeEvent::Kind::Started);
    }
    co_return paid;
}

// It cannot be done now, and nothing was taken.
Awaitable<void> Exchange::turnAway(const Error& why) {
    if (why.code == ErrorCode::LimitReached) {
        // How much its owner lets it spend is no payer's business.
        const Error full(ErrorCode::Overloaded,
                         "Nothing more is sold just now. Nothing was taken; try again later.");
        co_await refuse(full);
        co_return;
    }
    if (why.code == ErrorCode::ProviderOverloaded) {
        m_state.record.outcome = ledger::Outcome::Refused;
        co_await m_out.refuse(why, m_leftover.retryAfter);
        co_return;
    }
    co_await refuse(why);
}

// What no provider would take is refused before there is a price. Nothing for what is no chat.
Result<std::optional<protocol::ChatRequest>> Exchange::soundShape() const {
    using Shape = std::optional<protocol::ChatRequest>;
    if (m_state.ask.task != protocol::Task::Generate)
        return Shape();
    auto chat = protocol::adapter(m_state.ask.protocol).readRequest(m_state.body());
    if (!chat)
        return fail(chat.error());
    if (chat->turns.empty())
        return failField(ErrorCode::InvalidField,
                         m_state.ask.protocol == protocol::Protocol::Gemini            ? "contents"
                         : m_state.ask.protocol == protocol::Protocol::OpenAiResponses ? "input"
                                                                                       : "messages",
                         "It must hold at least one message.");
    return Shape(std::move(*chat));
}

// Whether one of them could be asked now, `reserving`: and limits have room for it.
Awaitable<Result<void>> Exchange::tryOut(const std::vector<routing::Candidate>& candidates,
                                         bool reserving) {
    using routing::Health;
    const SteadyTime now = m_state.services.clock.steady();
    std::optional<Error> why;
    for (const routing::Candidate& candidate : candidates) {
        const upstream::Provider& provider = m_snapshot->providers[candidate.offer];
        const Health::Place place{provider.id, candidate.model, provider.keys.size()};
        if (m_state.services.health.resting(place, now)) {
            why.emplace(ErrorCode::ProviderOverloaded,
                        "The model rests after failures; try again in a moment. Nothing was "
                        "taken.");
            const auto turn = m_state.services.health.enter(place, Health::Turn::Ordinary, now);
            if (const auto* const rest = std::get_if<Health::Rest>(&turn)) {
                const Milliseconds left = std::chrono::ceil<Milliseconds>(rest->until - now);
                m_leftover.retryAfter = std::min(m_leftover.retryAfter.value_or(left), left);
            }
            continue;
        }
        if (!reserving && countsEmbeddingsHere(m_state.ask, provider))
            co_return Result<void>();  // counting is not for nothing
        const auto written = co_await takeUp(m_state.own, m_purse, candidate);
        if (!written) {
            why = written.error();
            continue;
        }
        if (!reserving)
            co_return Result<void>();
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
