// SPDX-License-Identifier: MIT
#include "gateway/reuse.h"

#include <algorithm>
#include <utility>

#include "gateway/answer_key.h"
#include "gateway/held_stream.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using Turn = AnswerDesk::Turn;

bool mayAnswer(const KeptAnswer& answer, const std::vector<routing::Candidate>& candidates,
               const Snapshot& snapshot) {
    return std::any_of(candidates.begin(), candidates.end(), [&](const routing::Candidate& c) {
        return snapshot.providers[c.offer].id == answer.provider && c.model == answer.model;
    });
}

}  // namespace

Awaitable<bool> Reuse::serve(const std::vector<routing::Candidate>& candidates,
                             const Snapshot& snapshot) {
    AnswerDesk& desk = m_state.services.answers;
    if (!desk.isOn() || !mayShareAnswer(m_state.ask))
        co_return false;
    const http::Fields& headers = m_state.request.head.fields;
    const CacheWish wish = cacheWishOf(headers);
    if (wish.none)
        co_return false;
    const std::string key = answerKey(desk.secret(), m_state.record.client, m_state.ask, headers);
    const SteadyTime now = m_state.services.clock.steady();
    Wakeup wakeup(m_state.services.io.get_executor());
    std::optional<Turn> turn(desk.begin(key, wish.fresh, now, wakeup.caller()));
    auto* const ticket = std::get_if<AnswerDesk::Ticket>(&*turn);
    const bool waits = ticket != nullptr;
    if (waits) {
        std::optional<Turn> next;
        co_await wait(*ticket, wakeup, next);
        if (!next) {
            const Error why = m_state.interruption();
            co_await m_out.refuse(why, std::nullopt);
            co_return true;
        }
        turn.reset();
        turn.emplace(std::move(*next));
    }
    if (auto* const lead = std::get_if<AnswerDesk::Lead>(&*turn)) {
        m_lead.emplace(std::move(*lead));
        m_copy.emplace(desk.mostBytes());
        m_out.copyTo(&*m_copy);
        co_return false;
    }
    const auto* const answer = std::get_if<KeptAnswerPtr>(&*turn);
    const bool serves = answer != nullptr && mayAnswer(**answer, candidates, snapshot) &&
                        ((*answer)->stream || !m_out.opened());
    if (!serves)
        co_return false;
    co_await give(**answer, waits);
    co_return true;
}

// For the end of an equal request; `turn` stays empty where the client left before.
Awaitable<void> Reuse::wait(AnswerDesk::Ticket& ticket, Wakeup& wakeup, std::optional<Turn>& turn) {
    HeldStream held(m_state);
    const SilenceScope scope(m_out, m_state.ask.stream ? &held : nullptr);
    http::AbortSlot& abort = m_state.responder.abort();
    while (!abort.fired()) {
        if (auto next = ticket.take()) {
            turn.emplace(std::move(*next));
            co_return;
        }
        co_await wakeup.wait(abort);
    }
}

Awaitable<void> Reuse::give(const KeptAnswer& answer, bool waited) {
    ledger::RequestRecord& record = m_state.record;
    record.provider = answer.provider;
    record.model = answer.model;
    record.outcome = ledger::Outcome::Answered;
    record.reused = true;
    record.cost = Money();
    m_state.lane->reason = waited ? "shared: an equal request was under way"
                                  : "cache: an equal request was answered before";
    m_state.lane->dropped = answer.dropped;
    if (answer.estimated)
        m_state.lane->estimate = 0;
    if (!answer.stream) {
        co_await m_out.whole(200, answer.body, {});
        co_return;
    }
    co_await m_out.piece(answer.body);
    co_await m_out.finish();
}

// To the end that the client asked for: a maximum that only a limit put there may have cut it.
bool Reuse::isWhole() const {
    const ledger::RequestRecord& record = m_state.record;
    if (record.outcome != ledger::Outcome::Answered || record.status != 200 ||
        !record.error.empty() || record.attempts.empty() || m_copy->tooLong())
        return false;
    const auto written = record.attempts.back().tokens.outputTotal();
    return !m_state.lane->outputCap || (written && *written < *m_state.lane->outputCap);
}

void Reuse::end() {
    if (!m_lead)
        return;
    m_out.copyTo(nullptr);
    using ledger::Outcome;
    const ledger::RequestRecord& record = m_state.record;
    if (isWhole()) {
        auto answer = std::make_shared<KeptAnswer>();
        answer->provider = record.provider;
        answer->model = record.model;
        answer->body = m_copy->take();
        answer->stream = m_copy->isStream();
        answer->dropped = m_state.lane->dropped;
        answer->estimated = m_state.lane->estimate.has_value();
        m_lead->land(std::move(answer), m_state.services.clock.steady());
    } else if (record.outcome != Outcome::ClientGone && record.outcome != Outcome::Stopped) {
        m_lead->fail();
    }
    m_lead.reset();  // the next one that waits goes on, where nothing was said
}

}  // namespace gr::gateway
