// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

// HTTP/1.1 reading (RFC 9112) on Boost.Beast's push parser, hardened where it is lenient: folded
// lines, transfer codings other than `chunked`, repeated Content-Length and codings in HTTP/1.0 are
// refused. Pure: bytes in, values out. One object reads one message; `reset()` begins the next.
namespace gr::http {

constexpr std::size_t kMaxHead = 32 * 1024;

// What `body()` did with the bytes it was given.
struct BodyStep {
    std::size_t consumed = 0;
    bool done = false;  // the last byte of the message was read
};

// Called with pieces of a body that lie in the bytes given to `body()`.
using BodySink = std::function<void(std::string_view)>;

class RequestParser final {
  public:
    RequestParser();
    ~RequestParser();
    void reset();

    // `bytes`: everything received from the first byte of the message on. Gives the size of the
    // head once it is complete and fills `head`; nothing while more is needed. Errors: BadRequest,
    // HeadTooLarge, NotImplemented; the connection must be closed behind them.
    Result<std::optional<std::size_t>> head(std::string_view bytes, RequestHead& head);

    // The body of a chunked request, after the head. Errors: BadRequest.
    Result<BodyStep> body(std::string_view bytes, const BodySink& sink);

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

class ResponseParser final {
  public:
    ResponseParser();
    ~ResponseParser();
    void reset();

    // As above; informational answers (1xx) other than 101 must be skipped by the caller, which
    // resets and goes on behind them. Errors: ProviderAnswerInvalid.
    Result<std::optional<std::size_t>> head(std::string_view bytes, ResponseHead& head);

    // The body by any framing: length, chunks, or until the end of the connection (then `done`
    // never comes from here). Errors: ProviderAnswerInvalid.
    Result<BodyStep> body(std::string_view bytes, const BodySink& sink);

    // The body ends with the connection (neither length nor chunks).
    bool endsWithConnection() const;

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::http
