// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/sha256_sum.h"
#include "gateway/exchange_state.h"
#include "http/deadlines.h"

namespace gr::gateway {

// Gives what fills the silence of a stream: nothing that means anything.
class KeepAliveSource {
  public:
    virtual void keepAlive(std::string& out) = 0;

  protected:
    ~KeepAliveSource() = default;
};

// The bytes of an answer as its client gets them, keep-alives too; only while they are no more than
// `most`.
class AnswerCopy final {
  public:
    explicit AnswerCopy(std::size_t most) : m_most(most) {}

    void add(std::string_view bytes);
    void streams() { m_stream = true; }

    bool isStream() const { return m_stream; }
    bool tooLong() const { return m_tooLong; }
    std::string take() { return std::move(m_bytes); }

  private:
    std::size_t m_most;
    std::string m_bytes;
    bool m_stream = false;
    bool m_tooLong = false;
};

// The way of one answer to its client: adds our headers, speaks the client's error format, and
// books the status. Lives in the io thread, as long as its exchange.
class ClientAnswer final {
  public:
    explicit ClientAnswer(ExchangeState& state)
        : m_state(state), m_settled(state.services.io.get_executor()) {}
    ClientAnswer(const ClientAnswer&) = delete;
    ClientAnswer& operator=(const ClientAnswer&) = delete;

    // From now on a stream's silence of 10 s is filled by `source`, also before its first content;
    // null: by nobody.
    void fillSilence(KeepAliveSource* source);
    // `source` does so no longer, if it did.
    void leaveSilence(const KeepAliveSource* source) {
        if (m_source == source)
            m_source = nullptr;
    }
    // Whether it ever was. Then `settle()` has to be awaited before this goes.
    bool fillsSilence() const { return m_silence.has_value(); }
    http::Awaitable<void> settle();

    // What goes well is copied there from now on; null: nowhere.
    void copyTo(AnswerCopy* copy) { m_copy = copy; }

    // From now on what goes well is summed up, too.
    void sumUp() { m_sum.emplace(); }
    // SHA-256 of all that the client was given since, keep-alives too; empty: of nothing. Once.
    std::string sum();

    // What was held back of a stream that failed is not the answer's: another one is tried.
    void dropHeld() { m_held.clear(); }
    // More is held back than is good for anybody's memory.
    bool holdsTooMuch() const { return m_held.size() > kMostHeld; }

    // The head of a stream is out, for keep-alives, while the answer has yet to come.
    bool opened() const { return m_opened && !m_given; }
    // The client has an answer, or its beginning.
    bool given() const { return m_given; }

    // A whole JSON answer, where the stream is not opened. `errorSlug` is empty when it went well.
    http::Awaitable<void> whole(int status, std::string_view body, std::string_view errorSlug);

    // Our own words, as an error event where the stream is opened; `retryAfter` becomes a header
    // where the code allows it.
    http::Awaitable<void> refuse(const Error& error, std::optional<Milliseconds> retryAfter);

    // Asks for payment in place of an answer. `more`: the fields that say so.
    http::Awaitable<void> demand(int status, const http::HeaderLines& more, std::string_view body);

    // A stream of server-sent events: the first piece brings the head with it. Where the answer
    // waits for its money, all of it goes out with finish(), if at all.
    http::Awaitable<void> piece(std::string_view events);
    http::Awaitable<void> finish();

    // What stands in front of every answer; `contentType` may be empty.
    http::HeaderLines headers(std::string_view contentType) const;

  private:
    static constexpr std::size_t kMostHeld = 64 * 1024 * 1024;

    bool holdsBack() const;
    void begin();
    http::Awaitable<void> open();
    void note(std::string_view bytes);
    http::Awaitable<void> breakOff(const Error& error);
    void onSilence();
    http::Awaitable<void> beat(std::string words);

    ExchangeState& m_state;
    KeepAliveSource* m_source = nullptr;
    AnswerCopy* m_copy = nullptr;
    std::string m_held;  // of a stream whose money comes at its end
    std::optional<Sha256Sum> m_sum;
    bool m_summed = false;  // there was something
    std::optional<http::Deadline> m_silence;
    http::Event m_settled;
    bool m_opened = false;
    bool m_given = false;
    bool m_beating = false;  // a keep-alive is on its way
    bool m_awaited = false;  // and somebody waits for its end
};

// While it lives, `source` fills the silence of a stream, unless another took over.
class SilenceScope final {
  public:
    SilenceScope(ClientAnswer& out, KeepAliveSource* source) : m_out(out), m_source(source) {
        m_out.fillSilence(source);
    }
    ~SilenceScope() { m_out.leaveSilence(m_source); }
    SilenceScope(const SilenceScope&) = delete;
    SilenceScope& operator=(const SilenceScope&) = delete;

  private:
    ClientAnswer& m_out;
    KeepAliveSource* m_source;
};

}  // namespace gr::gateway
