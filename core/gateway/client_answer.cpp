// SPDX-License-Identifier: MIT
#include "gateway/client_answer.h"

#include <algorithm>
#include <array>

#include "gateway/conversation.h"
#include "gateway/error_body.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

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

Awaitable<void> ClientAnswer::whole(int status, std::string_view body, std::string_view errorSlug) {
    co_await fileAnswer(m_state);
    ledger::RequestRecord& record = m_state.record;
    record.status = status;
    record.error = errorSlug;
    http::HeaderLines lines = headers("application/json");
    if (!errorSlug.empty())
        lines.add("x-gaterouter-error", errorSlug);
    else if (record.cost)
        lines.add("x-gaterouter-cost", record.cost->toDecimal());
    co_await m_state.responder.send(status, lines, body);
}

Awaitable<void> ClientAnswer::refuse(const Error& error, std::optional<Milliseconds> retryAfter) {
    ledger::RequestRecord& record = m_state.record;
    record.error = errorInfo(error.code).slug;
    http::Reply reply = errorReply(error, wireFormatOf(m_state.ask.protocol));
    record.status = reply.status;
    reply.headers.append(headers({}));
    if (retryAfter && error.code == ErrorCode::ProviderRateLimited) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*retryAfter).count();
        reply.headers.add("Retry-After", std::to_string(seconds));
    }
    co_await m_state.responder.send(reply.status, reply.headers, reply.body);
}

Awaitable<void> ClientAnswer::piece(std::string_view events) {
    if (!m_state.responder.begun()) {
        m_state.record.status = 200;
        m_state.record.firstTokenMs = m_state.elapsedMs();
        m_state.tell(ExchangeEvent::Kind::Changed, true);
        http::HeaderLines lines =
            headers(m_state.ask.sseArray ? "application/json" : "text/event-stream; charset=utf-8");
        lines.add("Cache-Control", "no-cache");
        lines.add("X-Accel-Buffering", "no");
        co_await m_state.responder.begin(200, lines);
    }
    if (m_state.conversation.finished)
        co_await fileAnswer(m_state);
    const std::array<std::string_view, 1> pieces{events};
    co_await m_state.responder.chunk(pieces);
}

Awaitable<void> ClientAnswer::finish() {
    return m_state.responder.finish();
}

http::HeaderLines ClientAnswer::headers(std::string_view contentType) const {
    const ledger::RequestRecord& record = m_state.record;
    http::HeaderLines lines;
    lines.reserve(512);
    if (!contentType.empty())
        lines.add("Content-Type", contentType);
    lines.add("x-gaterouter-request-id", record.id);
    if (!record.provider.empty() && !record.attempts.empty()) {
        lines.add("x-gaterouter-model", ascii(record.provider + "/" + record.model));
        lines.add("x-gaterouter-attempts", std::to_string(record.attempts.size()));
        lines.add("x-gaterouter-reason", ascii(m_state.reason));
    }
    if (!m_state.dropped.empty())
        lines.add("x-gaterouter-dropped", ascii(joined(m_state.dropped)));
    if (m_state.estimate)
        lines.add("x-gaterouter-estimate", "true");
    // The perimeter let the page in, so its browser may read the answer.
    if (const auto origin = m_state.request.head.fields.find("Origin"))
        lines.add("Access-Control-Allow-Origin", *origin);
    return lines;
}

}  // namespace gr::gateway
