// SPDX-License-Identifier: MIT
#include "gateway/client_answer.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/conversation.h"
#include "gateway/error_body.h"
#include "gateway/paid_work.h"
#include "gateway/perimeter.h"
#include "protocol/adapters.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

// Less than the shortest time-out of idle streams that is known of (15 s).
constexpr Milliseconds kSilence{10'000};

// Header values are ASCII; names of models and aliases need not be.
std::string ascii(std::string_view text) {
    std::string out(text.substr(0, 200));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return out;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out.append(out.empty() ? "" : ", ").append(name);
    return out;
}

}  // namespace

void AnswerCopy::add(std::string_view bytes) {
    m_tooLong = m_tooLong || bytes.size() > m_most - m_bytes.size();
    if (m_tooLong)
        m_bytes.clear();
    else
        m_bytes.append(bytes);
}

void ClientAnswer::note(std::string_view bytes) {
    if (m_copy != nullptr)
        m_copy->add(bytes);
    if (m_sum)
        m_sum->add(bytes);
    m_summed = m_sum.has_value();
}

std::string ClientAnswer::sum() {
    std::string digest = m_summed ? m_sum->end() : std::string();
    m_sum.reset();
    m_summed = false;
    return digest;
}

void ClientAnswer::fillSilence(KeepAliveSource* source) {
    if (holdsBack())  // its head, too, tells of the money
        return;
    m_source = source;
    if (source == nullptr || m_silence)
        return;
    m_silence.emplace(
        m_state.services.deadlines,
        [](void* self) { static_cast<ClientAnswer*>(self)->onSilence(); }, this);
    m_silence->in(kSilence);
}

void ClientAnswer::onSilence() {
    std::string words;
    if (m_source != nullptr)
        m_source->keepAlive(words);
    if (words.empty()) {
        m_silence->in(kSilence);
        return;
    }
    m_beating = true;
    http::asio::co_spawn(m_state.services.io, beat(std::move(words)), http::asio::detached);
}

Awaitable<void> ClientAnswer::beat(std::string words) {
    if (!m_opened)
        co_await open();
    note(words);
    const std::array<std::string_view, 1> pieces{words};
    co_await m_state.responder.chunk(pieces);
    m_beating = false;
    m_silence->in(kSilence);
    if (m_awaited)
        m_settled.set();
}

// What is written next waits for a keep-alive that is on its way.
Awaitable<void> ClientAnswer::settle() {
    m_silence->clear();
    if (!m_beating)
        co_return;
    m_awaited = true;
    co_await m_settled.wait(http::kAwait);
    m_awaited = false;
    m_silence->clear();
}

Awaitable<void> ClientAnswer::whole(int status, std::string_view body, std::string_view errorSlug) {
    if (m_silence)
        co_await settle();
    m_given = true;
    if (m_state.paidWork != nullptr && errorSlug.empty()) {
        const bool goes = co_await m_state.paidWork->beforeContent(body, false);
        if (!goes)
            co_return;
    } else if (m_state.paidWork != nullptr) {
        co_await m_state.paidWork->beforeRefusal();
    }
    if (m_state.conversation.finished)
        co_await fileAnswer(m_state);
    ledger::RequestRecord& record = m_state.record;
    record.status = status;
    record.error = errorSlug;
    http::HeaderLines lines = headers("application/json");
    if (!errorSlug.empty())
        lines.add("x-gaterouter-error", errorSlug);
    else if (record.cost && !m_state.forSale)  // payers know the price
        lines.add("x-gaterouter-cost", record.cost->toDecimal());
    if (errorSlug.empty())
        note(body);
    co_await m_state.responder.send(status, lines, body);
}

Awaitable<void> ClientAnswer::refuse(const Error& error, std::optional<Milliseconds> retryAfter) {
    if (m_silence)
        co_await settle();
    m_given = true;
    if (m_state.paidWork != nullptr)
        co_await m_state.paidWork->beforeRefusal();
    ledger::RequestRecord& record = m_state.record;
    record.error = errorInfo(error.code).slug;
    if (m_opened) {
        co_await breakOff(error);
        co_return;
    }
    http::Reply reply = errorReply(error, wireFormatOf(m_state.ask.protocol));
    record.status = reply.status;
    reply.headers.append(headers({}));
    const bool saysWhen = error.code == ErrorCode::ProviderRateLimited ||
                          (error.code == ErrorCode::ProviderOverloaded && m_state.forSale);
    if (retryAfter && saysWhen) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*retryAfter).count();
        reply.headers.add("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
    }
    co_await m_state.responder.send(reply.status, reply.headers, reply.body);
}

Awaitable<void> ClientAnswer::demand(int status, const http::HeaderLines& more,
                                     std::string_view body) {
    m_given = true;
    m_state.record.status = status;
    http::HeaderLines lines = headers("application/json");
    lines.add("x-gaterouter-error", errorInfo(ErrorCode::PaymentRequired).slug);
    lines.append(more);
    co_await m_state.responder.send(status, lines, body);
}

// The stream was opened for keep-alives, and no answer comes.
Awaitable<void> ClientAnswer::breakOff(const Error& error) {
    std::shared_ptr<protocol::AnswerWriter> writer = m_state.opened.writer;
    if (!writer) {
        writer =
            protocol::adapter(m_state.ask.protocol)
                .makeWriter(m_state.answerContext(m_state.record.model, m_state.lane->chat.get()));
    }
    std::string event;
    writer->breakOff(error, event);
    const std::array<std::string_view, 1> pieces{event};
    co_await m_state.responder.chunk(pieces);
    co_await m_state.responder.finish();
}

Awaitable<void> ClientAnswer::piece(std::string_view events) {
    if (m_silence)
        co_await settle();
    if (!m_given && holdsBack()) {
        m_held.append(events);
        co_return;
    }
    if (!m_given) {
        m_given = true;
        if (m_state.paidWork != nullptr)
            co_await m_state.paidWork->beforeContent({}, true);
        begin();
    }
    if (m_state.conversation.finished)
        co_await fileAnswer(m_state);
    if (!m_opened)
        co_await open();
    note(events);
    const std::array<std::string_view, 1> pieces{events};
    co_await m_state.responder.chunk(pieces);
    if (m_silence)
        m_silence->in(kSilence);
}

bool ClientAnswer::holdsBack() const {
    return m_state.paidWork != nullptr && m_state.paidWork->holdsBack();
}

void ClientAnswer::begin() {
    m_state.record.firstTokenMs = m_state.elapsedMs();
    m_state.tell(ExchangeEvent::Kind::Changed, true);
}

Awaitable<void> ClientAnswer::finish() {
    if (m_silence)
        co_await settle();
    if (!m_given && holdsBack()) {
        m_given = true;
        const bool goes = co_await m_state.paidWork->beforeContent(m_held, true);
        if (!goes)
            co_return;
        begin();
        co_await open();
        note(m_held);
        const std::array<std::string_view, 1> pieces{m_held};
        if (!m_held.empty())  // such a piece would be the end
            co_await m_state.responder.chunk(pieces);
    }
    co_await m_state.responder.finish();
}

// The head of a stream.
Awaitable<void> ClientAnswer::open() {
    m_opened = true;
    m_state.record.status = 200;
    if (m_copy != nullptr)
        m_copy->streams();
    http::HeaderLines lines =
        headers(m_state.ask.sseArray ? "application/json" : "text/event-stream; charset=utf-8");
    lines.add("Cache-Control", "no-cache");
    lines.add("X-Accel-Buffering", "no");
    co_await m_state.responder.begin(200, lines);
}

http::HeaderLines ClientAnswer::headers(std::string_view contentType) const {
    const ledger::RequestRecord& record = m_state.record;
    http::HeaderLines lines;
    lines.reserve(512);
    if (!contentType.empty())
        lines.add("Content-Type", contentType);
    lines.add("x-gaterouter-request-id", record.id);
    // While the answer is still to come, nobody knows who will give it.
    if (record.reused)
        lines.add("x-gaterouter-cache", "hit");
    if ((m_given || !m_silence) && !record.provider.empty() &&
        (record.reused || !record.attempts.empty())) {
        lines.add("x-gaterouter-model", ascii(record.provider + "/" + record.model));
        lines.add("x-gaterouter-attempts", std::to_string(record.attempts.size()));
        lines.add("x-gaterouter-reason", ascii(m_state.lane->reason));
        lines.append(m_state.lane->limits);
    }
    if (!m_state.lane->dropped.empty())
        lines.add("x-gaterouter-dropped", ascii(joined(m_state.lane->dropped)));
    if (m_state.lane->estimate)
        lines.add("x-gaterouter-estimate", "true");
    if (m_state.paidWork != nullptr)
        m_state.paidWork->addHeaders(lines);
    // The perimeter let the page in, so its browser may read the answer.
    addOrigin(m_state.request.head.fields.find("Origin"), lines);
    return lines;
}

}  // namespace gr::gateway
