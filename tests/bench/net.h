// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// What the bench's stub and load generator share: sockets, epoll, options and HTTP framing. Small
// and trusting: it talks to programs under test on loopback, never to strangers.
namespace bench {

// Nanoseconds of the monotonic clock.
std::int64_t nowNs();

// Timers of this process fire when they are due, not up to 50 us later.
void preciseTimers();

// As many descriptors as the hard limit allows.
void raiseDescriptorLimit();

// Ends the program with exit code 1.
[[noreturn]] void die(const std::string& message);

// Listening socket on 127.0.0.1:`port` (0: any free one); non-blocking. Dies when it cannot.
int listenOn(std::uint16_t port);
std::uint16_t portOf(int socket);

// Non-blocking connect to 127.0.0.1:`port`; -1 when refused at once.
int connectTo(std::uint16_t port);

// One epoll instance; events come back as the number given at `add`.
class Poller final {
  public:
    Poller();
    void add(int descriptor, std::uint64_t number, bool wantWrite);
    void change(int descriptor, std::uint64_t number, bool wantWrite);
    // Calls `ready(number, events)` for each; waits at most `timeoutNs`, for ever when negative.
    void wait(std::int64_t timeoutNs,
              const std::function<void(std::uint64_t, std::uint32_t)>& ready);

  private:
    int m_epoll = -1;
};

// Sends from `out` what the socket takes and removes it. False: the connection is gone.
bool flush(int socket, std::string& out);

// Appends what has arrived. False: the peer closed or the connection broke.
bool drain(int socket, std::string& in);

// Follows the framing of one message (request or answer) as its bytes arrive.
class Framing final {
  public:
    enum class State : std::uint8_t { Head, Body, Done, Broken };

    // Takes bytes from the front of `in` until the message ends; body bytes go to `body`, which
    // may be nullptr. What belongs to the next message stays in `in`.
    State take(std::string& in, std::string* body);

    State state() const { return m_state; }
    const std::string& head() const { return m_head; }  // with its blank line; empty before
    std::uint64_t bodyBytes() const { return m_bodyBytes; }
    bool chunked() const { return m_chunked; }
    void reset() { *this = Framing(); }

  private:
    bool takeHead(std::string& in);
    void takeCounted(std::string_view& rest, std::string* body);
    bool takeChunkLine(std::string_view& rest);

    State m_state = State::Head;
    std::string m_head;
    bool m_chunked = false;
    bool m_lastChunk = false;
    bool m_afterChunk = false;
    std::uint64_t m_left = 0;  // of the body or the chunk
    std::uint64_t m_bodyBytes = 0;
};

// Value of header `name` (lower case) in a head; empty when absent.
std::string_view header(std::string_view head, std::string_view name);

// `--name value` pairs with defaults; dies on unknown names.
class Options final {
  public:
    struct Option {
        std::string name;
        std::string value;
        std::string help;
    };
    Options(std::string title, std::vector<Option> options);
    void parse(int argc, char** argv);
    const std::string& text(std::string_view name) const;
    std::int64_t number(std::string_view name) const;

  private:
    std::string m_title;
    std::vector<Option> m_options;
};

}  // namespace bench
