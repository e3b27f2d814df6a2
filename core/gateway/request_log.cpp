// SPDX-License-Identifier: MIT
#include "gateway/request_log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/time_text.h"
#include "json/writer.h"

namespace gr::gateway {
namespace {

constexpr std::array<std::string_view, 6> kOutcomes{"answered",        "client_gone",   "refused",
                                                    "provider_failed", "stream_broken", "stopped"};

bool isLowerHex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void text(json::Writer& out, std::string_view key, std::string_view value) {
    if (!value.empty())
        out.key(key).string(log::redacted(value));
}

void number(json::Writer& out, std::string_view key, const std::optional<std::int64_t>& value) {
    out.key(key);
    if (value)
        out.number(*value);
    else
        out.null();
}

}  // namespace

std::string_view traceIdIn(std::string_view traceparent) {
    constexpr std::size_t kVersion = 2;
    constexpr std::size_t kTrace = 32;
    constexpr std::size_t kWhole = 55;
    if (traceparent.size() < kWhole || traceparent[kVersion] != '-' ||
        traceparent[kVersion + 1 + kTrace] != '-')
        return {};
    const std::string_view version = traceparent.substr(0, kVersion);
    const std::string_view trace = traceparent.substr(kVersion + 1, kTrace);
    const bool whole = version != "00" || traceparent.size() == kWhole;
    const bool zero = trace.find_first_not_of('0') == std::string_view::npos;
    if (!isLowerHex(version) || version == "ff" || !isLowerHex(trace) || zero || !whole)
        return {};
    return trace;
}

std::string requestLine(const ledger::RequestRecord& record, std::string_view traceId) {
    json::Writer out;
    out.object().key("time").string(isoTime(SystemClock().now()));
    out.key("level").string("info").key("event").string("request");
    text(out, "request_id", record.id);
    text(out, "trace_id", traceId);
    text(out, "client", record.client);
    text(out, "endpoint", record.endpoint);
    text(out, "asked_model", record.askedModel);
    text(out, "provider", record.provider);
    text(out, "model", record.model);
    out.key("status").number(record.status);
    text(out, "outcome", kOutcomes[static_cast<std::size_t>(record.outcome)]);
    text(out, "error", record.error);
    out.key("attempts").number(static_cast<std::int64_t>(record.attempts.size()));
    out.key("streamed").boolean(record.streamed).key("simulated").boolean(record.simulated);
    out.key("reused").boolean(record.reused);
    out.key("duration_ms").number(record.totalMs);
    number(out, "first_token_ms", record.firstTokenMs);
    number(out, "input_tokens", record.tokens.inputTotal());
    number(out, "output_tokens", record.tokens.outputTotal());
    out.key("cost_usd");
    if (record.cost)
        out.string(record.cost->toDecimal());
    else
        out.null();
    return out.end().take();
}

RequestLog::~RequestLog() {
    m_writing.drain();
}

void RequestLog::add(const ledger::RequestRecord& record, std::string_view traceparent) {
    const bool posted = m_writing.post([this, record, trace = std::string(traceIdIn(traceparent))] {
        const std::uint64_t leftOut = m_leftOut.exchange(0);
        if (leftOut > 0)
            log::write(LogLevel::Warning, "requests.not_logged",
                       {{"count", std::to_string(leftOut)}});
        const std::string line = requestLine(record, trace) + "\n";
        (void)!::write(STDERR_FILENO, line.data(), line.size());
    });
    if (!posted)
        ++m_leftOut;
}

}  // namespace gr::gateway
