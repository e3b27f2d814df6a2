// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/job_thread.h"
#include "http/buffer.h"
#include "http/deadlines.h"
#include "http/handler.h"
#include "http/inflate.h"
#include "http/parser.h"

namespace gr::http {

// What the connections of one server share.
struct ServerShared {
    asio::io_context& io;
    Deadlines& deadlines;
    Handler& handler;
    JobThread& worker;
    ServerLimits limits;
    BufferPool bodies;
    std::size_t bytesInFlight = 0;
    bool stopping = false;
};

// One client connection. A coroutine reads requests from it until it ends; while a request is being
// answered, a read stays pending in the background, so that the client's leaving is seen at once
// and the first bytes of the next request are there already.
// Lives in the io thread; owned by its own pending operations; ends when the client, an error, a
// deadline or the server's shutdown ends it.
class Connection final : public std::enable_shared_from_this<Connection> {
  public:
    Connection(ServerShared& shared, Socket socket);
    ~Connection();

    Awaitable<void> run();
    void stop();       // shutdown: idle ones close, busy ones are told
    void forceStop();  // closes whatever it is doing

    // For Responder.
    Awaitable<void> send(int status, const HeaderLines& headers, std::string_view body);
    Awaitable<void> begin(int status, const HeaderLines& headers);
    Awaitable<void> chunk(std::span<const std::string_view> pieces);
    Awaitable<void> finish();
    bool begun() const { return m_begun; }
    bool gone() const { return m_gone; }
    bool stopping() const { return m_stopping; }
    AbortSlot& abort() { return m_abort; }
    SocketEnds ends();
    const void*& mark() { return m_mark; }

  private:
    enum class Phase : std::uint8_t { Idle, Head, Body, Busy, Closing };

    Awaitable<bool> readHead();
    bool takeBodyInPlace();
    Awaitable<bool> readBody();
    Awaitable<bool> readChunkedBody();
    Awaitable<void> receive();
    Awaitable<void> answer();
    Awaitable<std::optional<Error>> unpackBody(std::string_view coding);
    Awaitable<void> refuse(const Error& error, bool headKnown);
    Awaitable<void> reply(const Reply& reply);
    bool writeAtOnce(std::span<const asio::const_buffer> buffers, std::size_t& sent);
    Awaitable<void> writeRest(std::span<const asio::const_buffer> buffers, std::size_t sent);
    Awaitable<void> linger();
    bool reserveBytes(std::size_t count);
    void watch();
    void onWatched(error_code error, std::size_t count);
    void lost();
    void onDeadline();

    ServerShared& m_shared;
    Socket m_socket;
    Deadline m_deadline;
    Event m_wake;
    AbortSlot m_abort;
    RequestParser m_parser;
    Request m_request;
    ByteBuffer m_in;
    ByteBuffer m_body;                 // a body that did not come with its head
    std::optional<Gunzip> m_unpacked;  // a body that came packed
    std::string m_headOut;
    std::size_t m_reserved = 0;  // of bytesInFlight
    const void* m_mark = nullptr;
    Phase m_phase = Phase::Idle;
    bool m_watching = false;
    bool m_timedOut = false;
    bool m_gone = false;
    bool m_stopping = false;
    bool m_begun = false;     // an answer was started
    bool m_finished = false;  // and completed
    bool m_close = false;     // behind this answer
};

}  // namespace gr::http
