// SPDX-License-Identifier: MIT
#include "gateway/generation.h"

#include <utility>

#include "base/log.h"
#include "base/time_text.h"
#include "gateway/endpoints.h"
#include "http/offload.h"
#include "json/writer.h"
#include "ledger/record_text.h"

namespace gr::gateway {
namespace {

using ledger::RequestRecord;
using Found = Result<std::optional<RequestRecord>>;

// A look takes far less than a millisecond: this many wait some milliseconds.
constexpr std::size_t kMostWaiting = 64;

void putNumber(json::Writer& out, std::string_view key, std::optional<std::int64_t> number) {
    out.key(key);
    if (number)
        out.number(*number);
    else
        out.null();
}

void putDollars(json::Writer& out, std::string_view key, const std::optional<Money>& amount) {
    out.key(key);
    if (amount)
        out.raw(amount->toDecimal());
    else
        out.null();
}

}  // namespace

BookDesk::BookDesk(const ledger::Ledger& ledger)
    : m_ledger(ledger), m_thread("books", kMostWaiting) {}

http::Awaitable<Found> BookDesk::find(std::string requestId, http::Executor io,
                                      http::AbortSlot& abort) {
    std::function<Found()> work = [this, &requestId] { return look(requestId); };
    Found found = co_await http::offload(m_thread, io, abort, std::move(work));
    co_return found;
}

Found BookDesk::look(const std::string& requestId) {
    // In this order: a row leaves the queue only when it is on disk.
    if (auto pending = m_ledger.findPending(requestId))
        return pending;
    Error error(ErrorCode::Internal, "The ledger cannot be read right now; its log says why.");
    if (!m_reader) {
        auto opened = ledger::Reader::open(m_ledger.location());
        if (opened)
            m_reader.emplace(std::move(*opened));
        else
            error.detail.text = opened.error().message.text;
    }
    if (m_reader) {
        auto stored = m_reader->find(requestId);
        if (stored && *stored)
            return std::move((*stored)->record);
        if (stored)
            return std::nullopt;
        error.detail.text = stored.error().message.text;
        m_reader.reset();
    }
    log::write(LogLevel::Error, "ledger_read_failed", {{"why", error.detail.text}});
    return fail(std::move(error));
}

http::Awaitable<Result<std::string>> answerGeneration(BookDesk& desk, std::string_view target,
                                                      const std::string& client, http::Executor io,
                                                      http::AbortSlot& abort) {
    const auto id = generationId(target);
    if (!id)
        co_return fail(id.error());
    const Found found = co_await desk.find(*id, io, abort);
    if (!found)
        co_return fail(found.error());
    if (!*found || (*found)->client != client)
        co_return failField(ErrorCode::RecordNotFound, "id",
                            "This key has made no request with this id, or it has not ended yet, "
                            "or its record was removed (ledger.keep_days).");
    co_return generationBody(**found);
}

std::string generationBody(const RequestRecord& record) {
    json::Writer out;
    out.object().key("data").object();
    ledger::writeMembers(out, record);
    out.key("created_at").string(isoTime(record.startedAt));
    out.key("provider_name");
    if (record.provider.empty())
        out.null();
    else
        out.string(ledger::asUtf8(record.provider));
    out.key("cancelled").boolean(record.outcome == ledger::Outcome::ClientGone);
    putDollars(out, "total_cost", record.cost);
    putDollars(out, "usage", record.cost);
    putNumber(out, "latency", record.totalMs);
    std::optional<std::int64_t> generating;
    if (record.firstTokenMs)
        generating = record.totalMs - *record.firstTokenMs;
    putNumber(out, "generation_time", generating);
    const std::optional<std::int64_t> input = record.tokens.inputTotal();
    const std::optional<std::int64_t> output = record.tokens.outputTotal();
    putNumber(out, "tokens_prompt", input);
    putNumber(out, "tokens_completion", output);
    putNumber(out, "native_tokens_prompt", input);
    putNumber(out, "native_tokens_completion", output);
    putNumber(out, "native_tokens_cached", record.tokens.cacheRead);
    putNumber(out, "native_tokens_reasoning", record.tokens.reasoning);
    return out.end().end().take();
}

}  // namespace gr::gateway
