// SPDX-License-Identifier: MIT
#include "ledger/record_text.h"

#include <optional>
#include <vector>

#include "base/time_text.h"
#include "ledger/attempt_sums.h"

namespace gr::ledger {
namespace {

// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 when it is none.
std::size_t sequenceLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    }
    // Overlong forms, surrogates and what lies beyond Unicode show in the second byte.
    const bool wrong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
                       (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f);
    return wrong ? 0 : length;
}

void put(json::Writer& writer, std::string_view key, std::optional<std::int64_t> number) {
    writer.key(key);
    if (number)
        writer.number(*number);
    else
        writer.null();
}

void put(json::Writer& writer, std::string_view key, std::string_view text) {
    writer.key(key).string(asUtf8(text));
}

void put(json::Writer& writer, std::string_view key, const std::optional<Money>& amount) {
    writer.key(key);
    if (amount)
        writer.string(amount->toDecimal());
    else
        writer.null();
}

void putTokens(json::Writer& writer, const TokenUsage& tokens) {
    put(writer, "input_tokens", tokens.inputTotal());
    put(writer, "cache_read_tokens", tokens.cacheRead);
    put(writer, "cache_write_5m_tokens", tokens.cacheWrite5m);
    put(writer, "cache_write_1h_tokens", tokens.cacheWrite1h);
    put(writer, "audio_input_tokens", tokens.audioInput);
    put(writer, "output_tokens", tokens.outputTotal());
    put(writer, "reasoning_tokens", tokens.reasoning);
    put(writer, "audio_output_tokens", tokens.audioOutput);
}

void putAttempts(json::Writer& writer, const std::vector<Attempt>& attempts) {
    writer.key("attempts").array();
    for (const Attempt& attempt : attempts) {
        writer.object();
        put(writer, "provider", attempt.provider);
        put(writer, "model", attempt.model);
        put(writer, "status", attempt.httpStatus);
        put(writer, "error", attempt.error);
        put(writer, "started_ms", attempt.startedMs);
        put(writer, "head_ms", attempt.headMs);
        put(writer, "ended_ms", attempt.endedMs);
        putTokens(writer, attempt.tokens);
        put(writer, "web_searches", attempt.tokens.webSearches);
        put(writer, "cost_usd", attempt.cost);
        put(writer, "cost_basis", nameOf(attempt.basis));
        if (attempt.basis == CostBasis::Reported)
            put(writer, "computed_usd", attempt.computed);
        writer.end();
    }
    writer.end();
}

}  // namespace

std::string_view nameOf(Outcome outcome) {
    switch (outcome) {
        case Outcome::Answered:
            return "answered";
        case Outcome::ClientGone:
            return "client_gone";
        case Outcome::Refused:
            return "refused";
        case Outcome::ProviderFailed:
            return "provider_failed";
        case Outcome::StreamBroken:
            return "stream_broken";
        case Outcome::Stopped:
            return "stopped";
    }
    return "unknown";
}

std::string_view nameOf(CostBasis basis) {
    switch (basis) {
        case CostBasis::Unknown:
            return "unknown";
        case CostBasis::Computed:
            return "computed";
        case CostBasis::Reported:
            return "reported";
        case CostBasis::Estimated:
            return "estimated";
        case CostBasis::Free:
            return "free";
    }
    return "unknown";
}

std::string asUtf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (length == 0)
            out += "\xef\xbf\xbd";
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

void writeMembers(json::Writer& writer, const RequestRecord& record) {
    put(writer, "id", record.id);
    put(writer, "started_at", isoTime(record.startedAt));
    put(writer, "client", record.client);
    put(writer, "endpoint", record.endpoint);
    put(writer, "asked_model", record.askedModel);
    put(writer, "provider", record.provider);
    put(writer, "model", record.model);
    put(writer, "outcome", nameOf(record.outcome));
    put(writer, "status", record.status);
    put(writer, "error", record.error);
    putAttempts(writer, record.attempts);
    putTokens(writer, record.tokens);
    put(writer, "cost_usd", record.cost);
    put(writer, "known_cost_usd", record.cost ? *record.cost : knownCostOf(record.attempts));
    writer.key("streamed").boolean(record.streamed).key("simulated").boolean(record.simulated);
    writer.key("reused").boolean(record.reused);
    put(writer, "first_token_ms", record.firstTokenMs);
    put(writer, "total_ms", record.totalMs);
}

}  // namespace gr::ledger
