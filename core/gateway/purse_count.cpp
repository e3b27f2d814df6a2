// SPDX-License-Identifier: MIT
// Of a Purse: fewer tokens than bytes.
#include <algorithm>

#include "gateway/count_call.h"
#include "gateway/purse.h"
#include "protocol/adapters.h"
#include "protocol/prompt_tokens.h"
#include "protocol/token_count.h"

namespace gr::gateway {

using http::Awaitable;
using protocol::Task;

Awaitable<bool> Purse::countExactly(const Errand& errand, std::size_t key) {
    const bool byLimit = m_refusal && m_refusal->limit.unit != ledger::LimitUnit::Requests &&
                         m_refusal->limit.guarantee == ledger::Guarantee::Hard &&
                         m_refusal->why != ledger::Refusal::Why::Unreachable;
    if ((!byLimit && !m_aboveMaximum) || m_state.ask.task != Task::Generate ||
        bound().readings != 1 || m_counted)
        co_return false;
    m_counted = true;
    const auto chat = protocol::adapter(m_state.ask.protocol).readRequest(m_state.body());
    if (!chat)
        co_return false;
    std::optional<std::int64_t> tokens;
    if (m_rule.own) {
        const auto here = co_await m_state.services.tokens.most(
            *chat, m_rule, m_state.services.io.get_executor(), *m_lane.abort);
        tokens = here ? *here : std::nullopt;
    }
    if (!tokens) {
        // With thoughts of earlier turns that were kept here.
        const protocol::ChatRequest& sent = m_lane.chat ? *m_lane.chat : *chat;
        tokens = co_await countThere(errand, key, sent);
    }
    if (!tokens || *tokens >= m_input)
        co_return false;
    m_input = *tokens;
    m_worst = worstOf(m_input);
    co_return true;
}

// No fewer tokens than this provider will bill, by its own count. Nobody is asked where even the
// least that could be true would not fit.
Awaitable<std::optional<std::int64_t>> Purse::countThere(const Errand& errand, std::size_t key,
                                                         const protocol::ChatRequest& request) {
    const auto question = errand.asCount();
    const bool tells =
        question && !bound().fillsContext && !bound().imagesElsewhere && bound().unbounded.empty();
    if (!tells)
        co_return std::nullopt;
    const auto here = co_await m_state.services.tokens.count(
        request, m_model, m_state.services.io.get_executor(), *m_lane.abort);
    if (!here)
        co_return std::nullopt;
    // Less than half of what the texts are here was not counted, or not of this request.
    const std::int64_t texts = *here - bound().images * protocol::kPictureTokens;
    const std::int64_t least = std::max<std::int64_t>(texts, 0) / 2;
    if (!hasRoomFor(protocol::billedAtMost(request, least)))
        co_return std::nullopt;
    const auto counted = co_await askCount(m_state, m_lane, errand, key, *question);
    if (!counted || *counted < least)
        co_return std::nullopt;
    co_return protocol::billedAtMost(request, *counted);
}

}  // namespace gr::gateway
