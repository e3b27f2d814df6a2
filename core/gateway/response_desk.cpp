// SPDX-License-Identifier: MIT
#include "gateway/response_desk.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/cipher.h"
#include "base/log.h"
#include "base/text.h"
#include "http/offload.h"

namespace gr::gateway {
namespace {

// A step takes about a millisecond: this many wait some hundred of them.
constexpr std::size_t kMostWaiting = 256;
constexpr std::int64_t kMegabyte = 1024 * 1024;
constexpr std::int64_t kMemoryBytes = 64 * kMegabyte;  // while there is no file
constexpr std::chrono::hours kDay{24};
constexpr Milliseconds kBetweenClearings{std::chrono::minutes(10)};

void tell(LogLevel level, std::string_view event, const Error& error) {
    log::write(level, event, {{"why", error.message.text}, {"detail", error.detail.text}});
}

}  // namespace

ResponseDesk::ResponseDesk(std::filesystem::path file, const Clock& clock)
    : m_file(std::move(file)), m_clock(clock), m_thread("responses", kMostWaiting) {}

void ResponseDesk::apply(const settings::Responses& limits, std::shared_ptr<const Secret> stateKey,
                         bool locked) {
    m_keeps = limits.keepDays > 0;
    const auto job = [this, limits, stateKey = std::move(stateKey), locked] {
        m_locked = locked;
        use(limits, stateKey);
    };
    while (!m_thread.post(job))  // the key must not be lost because many are waiting
        std::this_thread::sleep_for(Milliseconds(1));
}

void ResponseDesk::use(const settings::Responses& limits, std::shared_ptr<const Secret> stateKey) {
    m_limits = limits;
    const bool other =
        stateKey && (!m_stateKey || stateKey->reveal() != m_stateKey->reveal()) && !m_file.empty();
    if (stateKey)
        m_stateKey = std::move(stateKey);
    if (other)
        openFile();
    if (m_onDisk)
        clear();
}

// What was kept in memory until now goes with it.
void ResponseDesk::openFile() {
    auto opened = ResponseStore::open(m_file, deriveKey(*m_stateKey, "responses"));
    if (!opened)
        return tell(LogLevel::Error, "responses.file_unusable", opened.error());
    if (m_store && !m_onDisk) {
        if (auto copied = m_store->copyTo(**opened); !copied)
            tell(LogLevel::Warning, "responses.not_moved", copied.error());
    }
    m_store = std::move(*opened);
    m_onDisk = true;
}

ResponseStore* ResponseDesk::store() {
    if (m_store)
        return m_store.get();
    auto opened = ResponseStore::open({}, Secret(randomBytes(kCipherKeySize)));
    if (opened)
        m_store = std::move(*opened);
    else
        tell(LogLevel::Error, "responses.memory_unusable", opened.error());
    return m_store.get();
}

bool ResponseDesk::fileIsLocked() const {
    std::error_code ignored;
    return m_locked && !m_onDisk && std::filesystem::exists(m_file, ignored);
}

UnixMs ResponseDesk::since() const {
    if (m_limits.keepDays == 0)
        return UnixMs{m_clock.now().value + 1};
    const auto age = std::chrono::duration_cast<Milliseconds>(m_limits.keepDays * kDay);
    return UnixMs{m_clock.now().value - age.count()};
}

ResponseDesk::Answer<void> ResponseDesk::keep(std::shared_ptr<const KeptResponse> response,
                                              http::Executor io, http::AbortSlot& abort) {
    std::function<Result<void>()> work = [this, response] { return write(*response); };
    Result<void> done = co_await http::offload(m_thread, io, abort, std::move(work));
    co_return done;
}

Result<void> ResponseDesk::write(const KeptResponse& response) {
    ResponseStore* where = store();
    if (where == nullptr)
        return fail(ErrorCode::Internal, "Nothing can be kept here.");
    if (!m_onDisk && !std::exchange(m_toldMemory, true))
        log::write(LogLevel::Info, "responses.in_memory_only",
                   {{"why",
                     "No vault is open: answers that are kept for previous_response_id are "
                     "gone when the gateway ends."}});
    ResponseLimits limits;
    limits.maxCount = m_limits.maxCount;
    limits.maxBytes = m_limits.maxMegabytes * kMegabyte;
    if (!m_onDisk)
        limits.maxBytes = std::min(limits.maxBytes, kMemoryBytes);
    auto kept = where->keep(response, limits);
    if (!m_cleared || m_clock.now().value - m_cleared->value > kBetweenClearings.count())
        clear();
    return kept;
}

void ResponseDesk::clear() {
    m_cleared = m_clock.now();
    if (auto done = m_store->removeOlder(since()); !done)
        tell(LogLevel::Warning, "responses.not_cleared", done.error());
}

template <class T>
ResponseDesk::Answer<T> ResponseDesk::ask(Question question,
                                          std::function<Result<T>(ResponseStore&, UnixMs)> work) {
    std::function<Result<T>()> job = [this, &work]() -> Result<T> {
        ResponseStore* where = store();
        auto found = where != nullptr
                         ? work(*where, since())
                         : Result<T>(fail(ErrorCode::Internal, "Nothing can be kept here."));
        if (found && !*found && fileIsLocked())
            return fail(ErrorCode::Locked,
                        "The vault is locked, and with it the responses that were kept earlier. "
                        "Unlock it, then try again.");
        if (found || found.error().code == ErrorCode::InvalidField)
            return found;
        tell(LogLevel::Error, "responses.unreadable", found.error());
        return fail(ErrorCode::Internal,
                    "The kept responses cannot be read right now; the log says why.");
    };
    Result<T> answer =
        co_await http::offload(m_thread, question.io, question.abort, std::move(job));
    co_return answer;
}

ResponseDesk::Answer<std::optional<ResponseStore::History>> ResponseDesk::history(
    Question question, ResponseStore::UpTo upTo) {
    using Found = std::optional<ResponseStore::History>;
    std::function<Result<Found>(ResponseStore&, UnixMs)> work =
        [client = question.client, id = question.id, upTo](ResponseStore& store, UnixMs since) {
            return store.history(client, id, since, upTo);
        };
    return ask<Found>(std::move(question), std::move(work));
}

ResponseDesk::Answer<std::optional<std::string>> ResponseDesk::object(Question question) {
    std::function<Result<std::optional<std::string>>(ResponseStore&, UnixMs)> work =
        [client = question.client, id = question.id](ResponseStore& store, UnixMs since) {
            return store.object(client, id, since);
        };
    return ask<std::optional<std::string>>(std::move(question), std::move(work));
}

ResponseDesk::Answer<bool> ResponseDesk::remove(Question question) {
    std::function<Result<bool>(ResponseStore&, UnixMs)> work =
        [client = question.client, id = question.id](ResponseStore& store, UnixMs since) {
            return store.remove(client, id, since);
        };
    return ask<bool>(std::move(question), std::move(work));
}

}  // namespace gr::gateway
