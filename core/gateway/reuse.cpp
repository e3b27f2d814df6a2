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
    std::optional<Turn> turn;
    const bool waited = co_await begin(desk, key, wish.fresh, turn);
    if (!turn)
        co_return true;
    take(m_lead, desk, *turn);
    const auto* const answer = std::get_if<KeptAnswerPtr>(&*turn);
    if (answer == nullptr || !mayAnswer(**answer, candidates, snapshot) || !canGive(**answer))
        co_return false;
    m_state.lane->reason = waited ? "shared: an equal request was under way"
                                  : "cache: an equal request was answered before";
    co_await give(**answer);
    co_return true;
}

Awaitable<bool> Reuse::servePurchase(const upstream::Provider& seller) {
    if (m_seller == seller.id || !mayShareAnswer(m_state.ask))
        co_return false;
    AnswerDesk& desk = m_state.services.bought;
    const http::Fields& headers = m_state.request.head.fields;
    std::string key = answerKey(desk.secret(), m_state.record.client, m_state.ask, headers);
    key.append(seller.id).append("\n").append(headers.find("Idempotency-Key").value_or(""));
    m_purchase.reset();
    m_seller = seller.id;
    std::optional<Turn> turn;
    const bool waited = co_await begin(desk, key, false, turn);
    if (!turn)
        co_return true;
    take(m_purchase, desk, *turn);
    const auto* const answer = std::get_if<KeptAnswerPtr>(&*turn);
    if (answer == nullptr || !canGive(**answer))
        co_return false;
    m_state.lane->reason =
        waited ? "paid: the same purchase was under way" : "paid: kept while the client was away";
    co_await give(**answer);
    const std::string& purchase = (*answer)->purchase;
    if (!purchase.empty() && !m_state.responder.clientGone()) {
        desk.forget(key);
        m_state.services.purchases.noteDelivered(purchase);
    }
    co_return true;
}

// What the desk says, behind the end of an equal request that is under way: true. `turn` stays
// empty where the client left before.
Awaitable<bool> Reuse::begin(AnswerDesk& desk, const std::string& key, bool fresh,
                             std::optional<Turn>& turn) {
    Wakeup wakeup(m_state.services.io.get_executor());
    const SteadyTime now = m_state.services.clock.steady();
    turn.emplace(desk.begin(key, fresh, now, wakeup.caller()));
    if (!std::holds_alternative<AnswerDesk::Ticket>(*turn))
        co_return false;
    AnswerDesk::Ticket ticket = std::move(std::get<AnswerDesk::Ticket>(*turn));
    turn.reset();
    co_await wait(ticket, wakeup, turn);
    if (!turn) {
        const Error why = m_state.interruption();
        co_await m_out.refuse(why, std::nullopt);
    }
    co_return true;
}

// Keeps the lead, if that is what the desk gave.
void Reuse::take(std::optional<AnswerDesk::Lead>& place, const AnswerDesk& desk, Turn& turn) {
    auto* const lead = std::get_if<AnswerDesk::Lead>(&turn);
    if (lead == nullptr)
        return;
    place.emplace(std::move(*lead));
    if (!m_copy)
        m_out.copyTo(&m_copy.emplace(desk.mostBytes()));
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

Awaitable<void> Reuse::give(const KeptAnswer& answer) {
    ledger::RequestRecord& record = m_state.record;
    record.provider = answer.provider;
    record.model = answer.model;
    record.outcome = ledger::Outcome::Answered;
    record.reused = true;
    record.cost = Money();
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

KeptAnswerPtr Reuse::wholeAnswer() {
    if (!isWhole())
        return nullptr;
    auto answer = std::make_shared<KeptAnswer>();
    answer->provider = m_state.record.provider;
    answer->model = m_state.record.model;
    answer->body = m_copy->take();
    answer->stream = m_copy->isStream();
    answer->dropped = m_state.lane->dropped;
    answer->estimated = m_state.lane->estimate.has_value();
    if (m_state.responder.clientGone())
        answer->purchase = m_purchaseId;
    return answer;
}

void Reuse::end() {
    if (!m_lead && !m_purchase)
        return;
    m_out.copyTo(nullptr);
    const KeptAnswerPtr answer = wholeAnswer();
    const bool bought = answer && !m_purchaseId.empty() && answer->provider == m_seller;
    end(m_lead, answer, true);
    end(m_purchase, bought ? answer : nullptr, bought && !answer->purchase.empty());
}

void Reuse::end(std::optional<AnswerDesk::Lead>& lead, const KeptAnswerPtr& answer, bool keep) {
    using ledger::Outcome;
    const Outcome outcome = m_state.record.outcome;
    if (lead && answer)
        lead->land(answer, m_state.services.clock.steady(), keep);
    else if (lead && outcome != Outcome::ClientGone && outcome != Outcome::Stopped)
        lead->fail();
    lead.reset();  // the next one that waits goes on, where nothing was said
}

}  // namespace gr::gateway
