// SPDX-License-Identifier: MIT
#include "gateway/exchange_state.h"

#include "base/log.h"
#include "ledger/attempt_sums.h"

namespace gr::gateway {

std::int64_t ExchangeState::elapsedMs() const {
    return std::chrono::duration_cast<Milliseconds>(services.clock.steady() - began).count();
}

protocol::AnswerContext ExchangeState::answerContext(std::string_view model,
                                                     const protocol::ChatRequest* chat) const {
    protocol::AnswerContext context;
    context.id = record.id;
    context.model = model;
    context.created = record.startedAt.value / 1000;
    context.stream = ask.stream;
    context.usageAsked = ask.usageAsked || ask.costAsked;
    context.sseArray = ask.sseArray;
    context.request = chat;
    context.seal = [this](std::string_view vendor, std::string_view signature) {
        return services.reasoning.seal(record.client, vendor, signature);
    };
    return context;
}

Error ExchangeState::interruption() {
    const bool stopping = responder.stopping() && !responder.clientGone();
    record.outcome = stopping ? ledger::Outcome::Stopped : ledger::Outcome::ClientGone;
    Error error = stopping ? Error(ErrorCode::ShuttingDown, "The gateway is stopping.")
                           : Error(ErrorCode::Cancelled, "The request was cancelled.");
    record.error = errorInfo(error.code).slug;
    return error;
}

void ExchangeState::tell(ExchangeEvent::Kind kind, bool answering) const {
    if (!services.events.listening())
        return;
    ExchangeEvent event;
    event.kind = kind;
    event.running = {record.id,       record.startedAt, record.client, record.askedModel,
                     record.provider, record.model,     answering};
    services.events.tell(std::move(event));
}

void ExchangeState::show(Lane& shown) {
    lane = &shown;
    record.provider = shown.provider->id;
    record.model = shown.model;
    record.simulated = shown.provider->simulated;
}

void ExchangeState::beginAttempt(Lane& of) {
    of.attempt = record.attempts.size();
    record.attempts.push_back({of.provider->id, of.model, 0, {}, elapsedMs(), {}, 0});
}

void ExchangeState::settle(Lane& of, const AttemptFacts& known) {
    ledger::Attempt& attempt = record.attempts[of.attempt];
    of.facts = known;
    gateway::settle(attempt, known, of.quote);
    if (disagrees(attempt)) {
        log::write(LogLevel::Info, "cost.differs",
                   {{"provider", attempt.provider},
                    {"model", attempt.model},
                    {"reported", attempt.cost->toDecimal()},
                    {"computed", attempt.computed->toDecimal()}});
    }
    record.tokens = ledger::tokensOf(record.attempts);
    record.cost = ledger::costOf(record.attempts);
}

void ExchangeState::book() {
    record.cost = ledger::costOf(record.attempts);
    if (responder.clientGone() && record.outcome == ledger::Outcome::Answered)
        record.outcome = ledger::Outcome::ClientGone;
    record.totalMs = elapsedMs();
    // A key that was pasted where a model's name belongs is in no record of it.
    record.askedModel = log::redacted(record.askedModel);
    record.model = log::redacted(record.model);
    for (ledger::Attempt& attempt : record.attempts)
        attempt.model = log::redacted(attempt.model);
    services.metrics.requestEnded(record);
    if (services.requestLog.isOn())
        services.requestLog.add(record, request.head.fields.find("traceparent").value_or(""));
    if (services.events.listening()) {
        ExchangeEvent event;
        event.kind = ExchangeEvent::Kind::Finished;
        event.running.id = record.id;
        event.finished = record;
        services.events.tell(std::move(event));
    }
    services.ledger.append(std::move(record));
}

void ExchangeState::bookUnpaid() {
    services.metrics.requestUnpaid();
}

}  // namespace gr::gateway
