// SPDX-License-Identifier: MIT
// A provider that costs next to nothing: answers every chat request with the same bytes, at once or
// as a stream of chunks at a fixed interval. One thread, epoll. Prints its port when it listens.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "bench/net.h"

namespace {

using namespace bench;

std::string chunk(const std::string& data) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + data + "\r\n";
}

std::string whole(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

const std::string kUsage =
    R"("usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46})";
const std::string kChunkStart =
    R"(data: {"id":"chatcmpl-stub","object":"chat.completion.chunk","created":1767225600,)"
    R"("model":"bench","choices":[)";

// The bytes of every answer, made once.
struct Answers {
    std::string full;
    std::string models;
    std::string streamHead;
    std::string streamChunk;
    std::string streamEnd;           // finish, [DONE], last chunk
    std::string streamEndWithUsage;  // the same with the usage chunk in between

    explicit Answers(std::size_t bytes) {
        std::string body =
            R"({"id":"chatcmpl-stub","object":"chat.completion","created":1767225600,)"
            R"("model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":")";
        const std::string end = R"("},"finish_reason":"stop"}],)" + kUsage + "}";
        body += std::string(bytes > body.size() + end.size() ? bytes - body.size() - end.size() : 1,
                            'x');
        full = whole("200 OK", body + end);
        models = whole("200 OK", R"({"object":"list","data":[{"id":"bench","object":"model",)"
                                 R"("created":1767225600,"owned_by":"stub"}]})");
        streamHead =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n";
        streamChunk =
            chunk(kChunkStart + R"({"index":0,"delta":{"content":" token"},"finish_reason":null}]})"
                                "\n\n");
        const std::string finish =
            chunk(kChunkStart + R"({"index":0,"delta":{},"finish_reason":"stop"}]})" + "\n\n");
        const std::string done = chunk("data: [DONE]\n\n") + "0\r\n\r\n";
        streamEnd = finish + done;
        streamEndWithUsage = finish + chunk(kChunkStart + "]," + kUsage + "}\n\n") + done;
    }
};

struct Connection {
    int socket = -1;
    std::string in;
    std::string out;
    Framing request;
    std::string body;
    std::int64_t chunksLeft = -1;  // -1: no stream is running
    bool wantsUsage = false;
    bool watchesWrite = false;
};

class Stub final {
  public:
    explicit Stub(const Options& options)
        : m_answers(static_cast<std::size_t>(options.number("answer-bytes"))),
          m_chunks(options.number("chunks")),
          m_intervalNs(options.number("interval-ms") * 1'000'000),
          m_listener(listenOn(static_cast<std::uint16_t>(options.number("port")))) {
        m_poller.add(m_listener, 0, false);
        std::printf("%u\n", portOf(m_listener));
        std::fflush(stdout);
    }

    [[noreturn]] void run() {
        while (true) {
            const std::int64_t timeoutNs =
                m_due.empty() ? -1 : std::max(std::int64_t{0}, m_due.front().first - nowNs());
            m_poller.wait(timeoutNs, [this](std::uint64_t number, std::uint32_t) {
                number == 0 ? accept() : serve(number);
            });
            sendDue();
        }
    }

  private:
    void accept() {
        int socket = -1;
        while ((socket = ::accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
               0) {
            auto connection = std::make_unique<Connection>();
            connection->socket = socket;
            m_poller.add(socket, ++m_last, false);
            m_connections.emplace(m_last, std::move(connection));
        }
    }

    void serve(std::uint64_t number) {
        const auto found = m_connections.find(number);
        if (found == m_connections.end()) {
            return;
        }
        auto& connection = *found->second;
        const bool alive = drain(connection.socket, connection.in);
        while (alive && connection.chunksLeft < 0 &&
               connection.request.take(connection.in, &connection.body) == Framing::State::Done) {
            answer(number, connection);
            connection.request.reset();
            connection.body.clear();
        }
        if (!alive || !send(number, connection)) {
            ::close(connection.socket);
            m_connections.erase(found);
        }
    }

    void answer(std::uint64_t number, Connection& connection) {
        const std::string& head = connection.request.head();
        if (head.starts_with("GET /v1/models")) {
            connection.out += m_answers.models;
        } else if (!head.starts_with("POST /v1/chat/completions")) {
            connection.out += whole("404 Not Found", R"({"error":{"message":"no such path"}})");
        } else if (connection.body.find("\"stream\":true") == std::string::npos &&
                   connection.body.find("\"stream\": true") == std::string::npos) {
            connection.out += m_answers.full;
        } else {
            connection.wantsUsage =
                connection.body.find("\"include_usage\":true") != std::string::npos ||
                connection.body.find("\"include_usage\": true") != std::string::npos;
            connection.out += m_answers.streamHead;
            connection.chunksLeft = m_chunks;
            m_due.emplace_back(nowNs() + m_intervalNs, number);
        }
    }

    // Due times are in order, because the interval is the same for all.
    void sendDue() {
        const auto now = nowNs();
        while (!m_due.empty() && m_due.front().first <= now) {
            const auto [due, number] = m_due.front();
            m_due.pop_front();
            const auto found = m_connections.find(number);
            if (found == m_connections.end()) {
                continue;
            }
            auto& connection = *found->second;
            if (--connection.chunksLeft >= 0) {
                connection.out += m_answers.streamChunk;
                m_due.emplace_back(std::max(due + m_intervalNs, now), number);
            } else {
                connection.out +=
                    connection.wantsUsage ? m_answers.streamEndWithUsage : m_answers.streamEnd;
            }
            if (!send(number, connection)) {
                ::close(connection.socket);
                m_connections.erase(found);
            }
        }
    }

    bool send(std::uint64_t number, Connection& connection) {
        if (!flush(connection.socket, connection.out)) {
            return false;
        }
        const bool wants = !connection.out.empty();
        if (wants != connection.watchesWrite) {
            m_poller.change(connection.socket, number, wants);
            connection.watchesWrite = wants;
        }
        return true;
    }

    Answers m_answers;
    std::int64_t m_chunks;
    std::int64_t m_intervalNs;
    int m_listener;
    Poller m_poller;
    std::uint64_t m_last = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> m_connections;
    std::deque<std::pair<std::int64_t, std::uint64_t>> m_due;  // next chunk: time, connection
};

}  // namespace

int main(int argc, char** argv) {
    Options options("A fast OpenAI-like stub. Prints the port it listens on.",
                    {{"port", "0", "port on 127.0.0.1, 0 for any free one"},
                     {"chunks", "100", "content chunks of a stream"},
                     {"interval-ms", "10", "time between chunks"},
                     {"answer-bytes", "1024", "body of a whole answer"}});
    options.parse(argc, argv);
    raiseDescriptorLimit();
    preciseTimers();
    Stub(options).run();
}
