// SPDX-License-Identifier: MIT
#include "http/connection.h"

#include <array>
#include <charconv>

#include "base/log.h"
#include "base/text.h"
#include "http/offload.h"

namespace gr::http {
namespace {

constexpr std::size_t kFirstRead = 4 * 1024;
constexpr std::size_t kSlowestBytesPerMs = 16;    // of a body: 16 KB/s
constexpr std::size_t kWatchRoom = 512;           // what the background read needs at least
constexpr std::size_t kUnpackHere = 128 * 1024;   // of a packed body, on the io thread: 0.3 ms
constexpr std::size_t kUnpackThere = 512 * 1024;  // at once on the other thread

}  // namespace

Connection::Connection(ServerShared& shared, Socket socket)
    : m_shared(shared),
      m_socket(std::move(socket)),
      m_deadline(
          shared.deadlines, [](void* self) { static_cast<Connection*>(self)->onDeadline(); }, this),
      m_wake(m_socket.get_executor()) {}

Connection::~Connection() {
    m_shared.bytesInFlight -= m_reserved;
}

SocketEnds Connection::ends() {
    SocketEnds ends;
    socklen_t size = sizeof ends.own;
    ::getsockname(m_socket.native_handle(), reinterpret_cast<sockaddr*>(&ends.own), &size);
    size = sizeof ends.other;
    ::getpeername(m_socket.native_handle(), reinterpret_cast<sockaddr*>(&ends.other), &size);
    return ends;
}

Awaitable<void> Connection::run() {
    const auto self = shared_from_this();
    while (!m_gone && !m_close && !m_shared.stopping) {
        m_phase = Phase::Idle;
        m_deadline.in(m_shared.limits.idleTimeout);
        m_begun = m_finished = false;
        m_abort = AbortSlot();
        m_request.admission.reset();
        const bool haveHead = co_await readHead();
        if (!haveHead)
            break;
        m_close = !m_request.head.keepAlive;
        const std::optional<Reply> refusal =
            m_shared.handler.admit(m_request.head, m_request.admission);
        if (refusal) {
            const bool bodyFollows =
                m_request.head.chunked || m_request.head.contentLength.value_or(0) > 0;
            m_close = m_close || bodyFollows;
            co_await reply(*refusal);
            continue;
        }
        bool haveBody = takeBodyInPlace();
        if (!haveBody)
            haveBody = co_await readBody();
        if (!haveBody)
            break;
        co_await answer();
        if (m_body.capacity() > 0)
            m_shared.bodies.give(std::move(m_body));
        m_unpacked.reset();
        m_shared.bytesInFlight -= std::exchange(m_reserved, 0);
    }
    m_phase = Phase::Closing;
    if (!m_gone)
        co_await linger();
    error_code ignored;
    m_socket.close(ignored);
    m_deadline.clear();
}

// Bytes until a whole head is there. False when the connection is over.
Awaitable<bool> Connection::readHead() {
    m_parser.reset();
    for (;;) {
        if (!m_watching)
            m_in.compact();
        // Empty lines before a request are skipped (RFC 9112, 2.2).
        while (m_in.size() >= 2 && m_in.view().starts_with("\r\n"))
            m_in.consume(2);
        if (!m_in.empty()) {
            const auto size = m_parser.head(m_in.view(), m_request.head);
            if (!size) {
                co_await refuse(size.error(), false);
                co_return false;
            }
            if (*size) {
                m_in.consume(**size);
                co_return true;
            }
            if (m_phase == Phase::Idle) {
                m_phase = Phase::Head;
                m_deadline.in(m_shared.limits.headTimeout);
            }
        }
        co_await receive();
        if (m_timedOut && m_phase == Phase::Head) {
            const Error error(ErrorCode::RequestTimeout,
                              "The head of the request did not arrive in time.");
            co_await refuse(error, false);
            co_return false;
        }
        if (m_gone || m_timedOut)
            co_return false;
    }
}

// True when the whole body came with its head: it stays where it was received, and the background
// read only fills the room behind it.
bool Connection::takeBodyInPlace() {
    const std::uint64_t length = m_request.head.contentLength.value_or(0);
    if (m_request.head.chunked || length > m_in.size() ||
        (!m_watching && m_in.room() < kWatchRoom) || !reserveBytes(length))
        return false;
    m_request.body = m_in.view().substr(0, length);
    return true;
}

Awaitable<bool> Connection::readBody() {
    const RequestHead& head = m_request.head;
    const std::size_t length = static_cast<std::size_t>(head.contentLength.value_or(0));
    m_phase = Phase::Body;
    m_request.body = {};
    std::optional<Error> problem;
    if (length > m_shared.limits.maxBody)
        problem.emplace(ErrorCode::BodyTooLarge, "The body is larger than 64 MB.");
    else if (!reserveBytes(length))
        problem.emplace(ErrorCode::Overloaded,
                        "Too many large requests are under way; try again in a moment.");
    if (problem) {
        co_await refuse(*problem, true);
        co_return false;
    }
    if (head.expectContinue && m_in.empty()) {
        const std::array<asio::const_buffer, 1> go{
            asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25)};
        if (std::size_t sent = 0; !writeAtOnce(go, sent))
            co_await writeRest(go, sent);
    }
    // One bound for the whole body, so that a trickle of bytes cannot hold the connection.
    m_deadline.in(m_shared.limits.bodyTimeout +
                  Milliseconds(head.chunked ? 90'000 : length / kSlowestBytesPerMs));
    if (head.chunked) {
        const bool complete = co_await readChunkedBody();
        co_return complete;
    }
    m_body = m_shared.bodies.take(length);
    while (!m_gone && !m_timedOut) {
        const std::size_t here = std::min(length - m_body.size(), m_in.size());
        m_body.append(m_in.view().substr(0, here));
        m_in.consume(here);
        if (m_body.size() == length)
            break;
        if (m_watching) {
            co_await m_wake.wait(kAwait);
            continue;
        }
        error_code error;
        const std::size_t count =
            co_await m_socket.async_read_some(asio::buffer(m_body.tail(), length - m_body.size()),
                                              asio::redirect_error(kAwait, error));
        m_body.produced(count);
        if (error)
            m_gone = !m_timedOut;
    }
    if (m_timedOut) {
        const Error error(ErrorCode::RequestTimeout, "The body did not arrive in time.");
        co_await refuse(error, true);
        co_return false;
    }
    m_request.body = m_body.view();
    co_return !m_gone;
}

Awaitable<bool> Connection::readChunkedBody() {
    m_body = m_shared.bodies.take(16 * 1024);
    const BodySink sink = [this](std::string_view bytes) { m_body.append(bytes); };
    for (;;) {
        const auto step = m_parser.body(m_in.view(), sink);
        std::optional<Error> problem;
        if (!step)
            problem = step.error();
        else if (m_body.size() > m_shared.limits.maxBody)
            problem.emplace(ErrorCode::BodyTooLarge, "The body is larger than 64 MB.");
        else if (m_body.size() > m_reserved && !reserveBytes(m_body.size() - m_reserved))
            problem.emplace(ErrorCode::Overloaded,
                            "Too many large requests are under way; try again in a moment.");
        if (!problem) {
            m_in.consume(step->consumed);
            if (step->done) {
                m_request.body = m_body.view();
                co_return true;
            }
            co_await receive();
            if (m_timedOut)
                problem.emplace(ErrorCode::RequestTimeout, "The body did not arrive in time.");
        }
        if (problem) {
            co_await refuse(*problem, true);
            co_return false;
        }
        if (m_gone)
            co_return false;
    }
}

// Hands the request to the handler and consumes it.
Awaitable<void> Connection::answer() {
    m_phase = Phase::Busy;
    m_deadline.clear();
    const bool inPlace = m_body.capacity() == 0;
    const std::size_t inPlaceSize = inPlace ? m_request.body.size() : 0;
    if (!inPlace && !m_watching)
        m_in.compact();
    watch();
    if (const auto coding = m_request.head.fields.find("Content-Encoding");
        coding && !equalsIgnoreCase(*coding, "identity")) {
        const std::optional<Error> problem = co_await unpackBody(*coding);
        if (problem) {
            co_await refuse(*problem, true);
            co_return;
        }
    }
    try {
        co_await m_shared.handler.handle(m_request, Responder(*this));
    } catch (const std::exception& e) {
        log::write(LogLevel::Error, "request.crashed", {{"what", e.what()}});
    }
    if (!m_begun && !m_gone) {
        const Error error(ErrorCode::Internal, "The gateway failed on this request.");
        co_await refuse(error, true);
    }
    if (!m_finished)
        m_gone = true;  // a cut answer: the client must see a broken connection
    m_in.consume(inPlaceSize);
    m_close = m_close || m_stopping;
}

// The beginning here, what is long on another thread, so that no other connection waits for it.
Awaitable<std::optional<Error>> Connection::unpackBody(std::string_view coding) {
    using Problem = std::optional<Error>;
    if (!equalsIgnoreCase(coding, "gzip") && !equalsIgnoreCase(coding, "x-gzip"))
        co_return Problem(
            Error(ErrorCode::UnsupportedMediaType, "Content-Encoding takes gzip or identity."));
    Gunzip& packed = m_unpacked.emplace(m_request.body, m_shared.limits.maxBody);
    const std::size_t reservedBefore = m_reserved;
    std::size_t most = kUnpackHere;
    const std::function<Result<bool>()> unpack = [&packed, &most] { return packed.more(most); };
    for (bool whole = false; !whole; most = kUnpackThere) {
        if (!reserveBytes(most))
            co_return Problem(
                Error(ErrorCode::Overloaded,
                      "Too many large requests are under way; try again in a moment."));
        Result<bool> done = false;
        if (most == kUnpackHere)
            done = unpack();
        else
            done = co_await offload(m_shared.worker, m_socket.get_executor(), m_abort, unpack);
        if (m_stopping && !m_gone)
            co_return Problem(Error(ErrorCode::ShuttingDown, "The gateway is stopping."));
        if (!done)
            co_return Problem(std::move(done.error()));
        whole = *done;
    }
    const std::size_t unused = m_reserved - reservedBefore - packed.text().size();
    m_reserved -= unused;
    m_shared.bytesInFlight -= unused;
    m_request.body = packed.text();
    co_return Problem();
}

Awaitable<void> Connection::refuse(const Error& error, bool headKnown) {
    m_close = true;
    const Reply answer = m_shared.handler.refuse(error, headKnown ? &m_request.head : nullptr);
    co_await reply(answer);
}

Awaitable<void> Connection::reply(const Reply& reply) {
    co_await send(reply.status, reply.headers, reply.body);
}

Awaitable<void> Connection::send(int status, const HeaderLines& headers, std::string_view body) {
    m_begun = true;
    writeResponseHead(m_headOut, status, headers, BodyFraming::Length, body.size(),
                      !(m_close || m_stopping));
    const bool headOnly = m_request.head.method == "HEAD";
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(m_headOut), headOnly ? asio::const_buffer() : asio::buffer(body)};
    if (std::size_t sent = 0; !writeAtOnce(parts, sent))
        co_await writeRest(parts, sent);
    m_finished = true;
}

Awaitable<void> Connection::begin(int status, const HeaderLines& headers) {
    m_begun = true;
    BodyFraming framing = BodyFraming::Chunked;
    if (m_request.head.http10) {
        framing = BodyFraming::UntilClose;
        m_close = true;
    }
    writeResponseHead(m_headOut, status, headers, framing, 0, !(m_close || m_stopping));
    const std::array<asio::const_buffer, 1> parts{asio::buffer(m_headOut)};
    if (std::size_t sent = 0; !writeAtOnce(parts, sent))
        co_await writeRest(parts, sent);
}

Awaitable<void> Connection::chunk(std::span<const std::string_view> pieces) {
    std::array<asio::const_buffer, 16> parts;
    std::size_t size = 0;
    for (const std::string_view piece : pieces)
        size += piece.size();
    if (size == 0)  // an empty chunk would end the body
        co_return;
    std::array<char, 20> line;
    std::size_t count = 0;
    if (!m_request.head.http10) {
        char* end = std::to_chars(line.data(), line.data() + 16, size, 16).ptr;
        *end++ = '\r';
        *end++ = '\n';
        parts[count++] = asio::buffer(line.data(), static_cast<std::size_t>(end - line.data()));
    }
    for (const std::string_view piece : pieces)
        parts[count++] = asio::buffer(piece);
    if (!m_request.head.http10)
        parts[count++] = asio::buffer("\r\n", 2);
    const std::span whole(parts.data(), count);
    if (std::size_t sent = 0; !writeAtOnce(whole, sent))
        co_await writeRest(whole, sent);
}

Awaitable<void> Connection::finish() {
    if (!m_request.head.http10) {
        const std::array<asio::const_buffer, 1> parts{asio::buffer("0\r\n\r\n", 5)};
        if (std::size_t sent = 0; !writeAtOnce(parts, sent))
            co_await writeRest(parts, sent);
    }
    m_finished = true;
}

// Hands `buffers` to the socket: true when it took everything, or the connection is gone. Most
// answers need no more than this, and so no coroutine of their own.
bool Connection::writeAtOnce(std::span<const asio::const_buffer> buffers, std::size_t& sent) {
    if (m_gone)
        return true;
    error_code error;
    sent = writeNow(m_socket, buffers, error);
    if (error)
        lost();
    return m_gone || sent == totalSize(buffers);
}

// Everything behind the first `sent` bytes, or the connection is gone.
Awaitable<void> Connection::writeRest(std::span<const asio::const_buffer> buffers,
                                      std::size_t sent) {
    const std::vector<asio::const_buffer> all(buffers.begin(), buffers.end());
    const std::size_t total = totalSize(all);
    error_code error;
    while (!error && sent < total) {
        m_deadline.in(m_shared.limits.writeTimeout);
        co_await m_socket.async_wait(Socket::wait_write, asio::redirect_error(kAwait, error));
        if (error)
            break;
        std::size_t skip = sent;
        std::vector<asio::const_buffer> open;
        for (const auto& buffer : all) {
            const std::size_t passed = std::min(skip, buffer.size());
            skip -= passed;
            if (buffer.size() > passed)
                open.push_back(buffer + passed);
        }
        sent += writeNow(m_socket, open, error);
    }
    m_deadline.clear();
    if (error)
        lost();
}

// Reads what the client still sends for a moment, so that closing does not reset the connection
// under an answer it has not read yet.
Awaitable<void> Connection::linger() {
    if (m_watching) {  // the background read tells when the client is gone
        error_code ignored;
        m_socket.shutdown(Socket::shutdown_send, ignored);
        co_return;
    }
    error_code error;
    m_socket.shutdown(Socket::shutdown_send, error);
    m_deadline.in(Milliseconds(2000));
    m_in.clear();
    m_in.reserve(kFirstRead);
    std::size_t budget = 4 * 1024 * 1024;
    while (!error && !m_timedOut && budget > 0) {
        const std::size_t count = co_await m_socket.async_read_some(
            asio::buffer(m_in.tail(), m_in.room()), asio::redirect_error(kAwait, error));
        budget -= std::min(budget, count);
    }
}

// More bytes into m_in, from the background read where one is pending.
Awaitable<void> Connection::receive() {
    if (m_watching) {
        co_await m_wake.wait(kAwait);
        co_return;
    }
    m_in.compact();
    m_in.reserve(m_in.capacity() == 0 ? kFirstRead : 1);
    error_code error;
    const std::size_t count = co_await m_socket.async_read_some(
        asio::buffer(m_in.tail(), m_in.room()), asio::redirect_error(kAwait, error));
    m_in.produced(count);
    if (error && !m_timedOut)
        m_gone = true;
}

bool Connection::reserveBytes(std::size_t count) {
    if (m_shared.bytesInFlight + count > m_shared.limits.maxBytesInFlight)
        return false;
    m_shared.bytesInFlight += count;
    m_reserved += count;
    return true;
}

// Keeps one read pending behind the request that is being answered.
void Connection::watch() {
    if (m_watching || m_gone)
        return;
    if (m_in.room() == 0)  // a flood of pipelined requests: look again when they are consumed
        return;
    m_watching = true;
    m_socket.async_read_some(asio::buffer(m_in.tail(), m_in.room()),
                             [self = shared_from_this()](error_code error, std::size_t count) {
                                 self->onWatched(error, count);
                             });
}

void Connection::onWatched(error_code error, std::size_t count) {
    m_watching = false;
    if (error) {
        if (!m_timedOut)
            lost();
        m_wake.set();
        return;
    }
    m_in.produced(count);
    if (m_phase == Phase::Busy)
        watch();
    else
        m_wake.set();
}

void Connection::lost() {
    m_gone = true;
    m_abort.fire();
}

void Connection::onDeadline() {
    m_timedOut = true;
    error_code ignored;
    if (m_phase == Phase::Head || m_phase == Phase::Body)
        m_socket.cancel(ignored);
    else
        m_socket.close(ignored);
}

void Connection::stop() {
    m_stopping = true;
    if (m_phase == Phase::Busy)
        m_abort.fire();
    else
        forceStop();
}

void Connection::forceStop() {
    m_gone = true;
    error_code ignored;
    m_socket.close(ignored);
    m_abort.fire();
}

Awaitable<void> Responder::send(int status, const HeaderLines& headers, std::string_view body) {
    return m_connection.send(status, headers, body);
}

Awaitable<void> Responder::begin(int status, const HeaderLines& headers) {
    return m_connection.begin(status, headers);
}

Awaitable<void> Responder::chunk(std::span<const std::string_view> pieces) {
    return m_connection.chunk(pieces);
}

Awaitable<void> Responder::finish() {
    return m_connection.finish();
}

bool Responder::begun() const {
    return m_connection.begun();
}

AbortSlot& Responder::abort() {
    return m_connection.abort();
}

bool Responder::clientGone() const {
    return m_connection.gone();
}

bool Responder::stopping() const {
    return m_connection.stopping();
}
SocketEnds Responder::ends() const {
    return m_connection.ends();
}
const void*& Responder::mark() {
    return m_connection.mark();
}

}  // namespace gr::http
