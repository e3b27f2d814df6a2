// SPDX-License-Identifier: MIT
// Load on one endpoint of 127.0.0.1, checked answer by answer. One thread, epoll. Prints JSON.
//   closed: every connection sends its next request when the answer is in; says requests a second
//   rate:   requests are due at a fixed rate; latency counts from when one was due, so that a stall
//           is not forgotten
//   stream: like closed, for SSE answers: counts events, wants [DONE] and the last chunk
//   idle:   opens all connections with one request each, lets them rest, asks each once more
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/net.h"

namespace {

using namespace bench;

constexpr std::int64_t kMs = 1'000'000;

struct Plan {
    std::string mode;
    std::uint16_t port;
    std::size_t connections;
    std::int64_t requests;    // closed, stream: at most; 0 = until the time is over
    std::int64_t durationNs;  // 0 = until the requests are done
    std::int64_t rate;        // a second
    std::int64_t restNs;      // idle
    std::uint64_t expectBytes;
    std::int64_t expectEvents;
    std::string request;
    std::string status;  // the beginning of the status line that every answer has
};

struct Connection {
    int socket = -1;
    bool connected = false;
    bool busy = false;
    bool watchesWrite = false;
    std::string in;
    std::string out;
    std::string body;
    Framing answer;
    std::int64_t startedNs = 0;
    std::int64_t firstNs = 0;  // first body byte
};

// Percentiles of a list of nanoseconds, in microseconds.
std::string percentiles(std::vector<std::int64_t> values) {
    if (values.empty()) {
        return "null";
    }
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
        return std::to_string(values[index] / 1000);
    };
    return R"({"p50":)" + at(0.5) + R"(,"p90":)" + at(0.9) + R"(,"p99":)" + at(0.99) +
           R"(,"p999":)" + at(0.999) + R"(,"max":)" + at(1.0) + "}";
}

std::int64_t countOf(std::string_view text, std::string_view piece) {
    std::int64_t count = 0;
    for (auto at = text.find(piece); at != std::string_view::npos;
         at = text.find(piece, at + piece.size())) {
        ++count;
    }
    return count;
}

class Load final {
  public:
    explicit Load(Plan plan) : m_plan(std::move(plan)), m_connections(m_plan.connections) {}

    // Runs to the end; a connection that makes no progress for 30 s counts as an error.
    void run() {
        m_startedNs = nowNs();
        openAll();
        if (m_plan.mode == "idle") {
            runIdle();
        } else if (m_plan.mode == "rate") {
            runRate();
        } else {
            runClosed();
        }
        m_endedNs = nowNs();
        print();
    }

  private:
    bool timeIsOver() const {
        return m_plan.durationNs > 0 && nowNs() - m_startedNs >= m_plan.durationNs;
    }
    bool mayStart() const {
        return !m_stopping && (m_plan.requests == 0 || m_begun < m_plan.requests) && !timeIsOver();
    }

    void openAll() {
        for (std::size_t i = 0; i < m_connections.size(); ++i) {
            open(i);
            // A burst beyond the listening queue would measure the kernel's retries.
            if (i % 256 == 255) {
                poll(kMs);
            }
        }
    }

    void open(std::size_t index) {
        auto& connection = m_connections[index];
        connection = Connection();
        connection.socket = connectTo(m_plan.port);
        if (connection.socket < 0) {
            fail("connection refused");
            m_stopping = true;
            return;
        }
        connection.watchesWrite = true;
        m_poller.add(connection.socket, index, true);
    }

    void runClosed() {
        m_refill = true;
        for (std::size_t i = 0; i < m_connections.size() && mayStart(); ++i) {
            start(i, nowNs());
        }
        drainBusy();
    }

    // Waits for running requests; in closed modes each answer starts the next request.
    void drainBusy() {
        auto progressNs = nowNs();
        auto seen = m_progress;
        while (m_busy > 0) {
            poll(50 * kMs);
            if (m_progress != seen) {
                seen = m_progress;
                progressNs = nowNs();
            } else if (nowNs() - progressNs > 30'000'000'000) {
                for (std::int64_t i = 0; i < m_busy; ++i) {
                    fail("no progress for 30 s");
                }
                return;
            }
        }
    }

    void runRate() {
        for (std::size_t i = 0; i < m_connections.size(); ++i) {
            m_free.push_back(i);
        }
        const std::int64_t gapNs = 1'000'000'000 / m_plan.rate;
        std::int64_t due = nowNs();
        while (!timeIsOver() && !m_stopping) {
            for (; due <= nowNs(); due += gapNs) {
                m_waiting.push_back(due);
            }
            startWaiting();
            poll(std::max(std::int64_t{0}, due - nowNs()));
        }
        m_waiting.clear();
        drainBusy();
    }

    void startWaiting() {
        while (!m_waiting.empty() && !m_free.empty()) {
            const auto index = m_free.front();
            m_free.pop_front();
            start(index, m_waiting.front());
            m_waiting.pop_front();
        }
    }

    void runIdle() {
        for (int round = 0; round < 2; ++round) {
            for (std::size_t i = 0; i < m_connections.size(); ++i) {
                if (m_connections[i].socket >= 0) {
                    start(i, nowNs());
                }
                // In waves, so that latencies speak of holding connections and not of a burst.
                if (i % 64 == 63) {
                    drainBusy();
                }
            }
            drainBusy();
            const auto until = nowNs() + (round == 0 ? m_plan.restNs : 0);
            while (nowNs() < until) {
                poll(100 * kMs);
            }
        }
        m_open = std::count_if(m_connections.begin(), m_connections.end(),
                               [](const Connection& c) { return c.socket >= 0; });
    }

    void start(std::size_t index, std::int64_t dueNs) {
        auto& connection = m_connections[index];
        if (connection.socket < 0) {
            return;
        }
        ++m_begun;
        ++m_busy;
        connection.busy = true;
        connection.startedNs = dueNs;
        connection.firstNs = 0;
        connection.answer.reset();
        connection.body.clear();
        connection.out = m_plan.request;
        if (connection.connected) {
            send(index);
        }
    }

    void send(std::size_t index) {
        auto& connection = m_connections[index];
        if (!flush(connection.socket, connection.out)) {
            broken(index, "write failed");
            return;
        }
        const bool wants = !connection.out.empty();
        if (wants != connection.watchesWrite) {
            m_poller.change(connection.socket, index, wants);
            connection.watchesWrite = wants;
        }
    }

    void poll(std::int64_t timeoutNs) {
        m_poller.wait(timeoutNs, [this](std::uint64_t number, std::uint32_t events) {
            const auto index = static_cast<std::size_t>(number);
            auto& connection = m_connections[index];
            if (connection.socket < 0) {
                return;
            }
            if ((events & EPOLLOUT) != 0) {
                connection.connected = true;
                send(index);
            }
            if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && m_connections[index].socket >= 0) {
                receive(index);
            }
        });
    }

    void receive(std::size_t index) {
        auto& connection = m_connections[index];
        const bool alive = drain(connection.socket, connection.in);
        ++m_progress;
        if (connection.busy && !connection.in.empty()) {
            const auto state = connection.answer.take(connection.in, &connection.body);
            if (connection.firstNs == 0 && connection.answer.bodyBytes() > 0) {
                connection.firstNs = nowNs();
            }
            if (state == Framing::State::Done) {
                finish(index);
            } else if (state == Framing::State::Broken) {
                broken(index, "broken framing");
                return;
            }
        } else if (!connection.busy && !connection.in.empty()) {
            broken(index, "bytes that nobody asked for");
            return;
        }
        if (!alive && m_connections[index].socket >= 0) {
            broken(index, "closed by the peer");
        }
    }

    void finish(std::size_t index) {
        auto& connection = m_connections[index];
        const auto now = nowNs();
        --m_busy;
        connection.busy = false;
        if (check(connection)) {
            m_latencies.push_back(now - connection.startedNs);
            m_firsts.push_back(connection.firstNs - connection.startedNs);
        }
        if (m_plan.mode == "rate") {
            m_free.push_back(index);
            startWaiting();
        } else if (m_refill && mayStart()) {
            start(index, now);
        }
    }

    bool check(const Connection& connection) {
        if (!connection.answer.head().starts_with(m_plan.status)) {
            return fail(connection.answer.head().substr(0, 40) + connection.body.substr(0, 120));
        }
        if (m_plan.mode == "stream") {
            const auto events = countOf(connection.body, "data: {");
            m_events += events;
            if (!connection.answer.chunked() || !connection.body.ends_with("data: [DONE]\n\n")) {
                return fail("a stream without its end");
            }
            return m_plan.expectEvents == 0 || events == m_plan.expectEvents ||
                   fail("a stream of " + std::to_string(events) + " events");
        }
        if (!connection.body.starts_with('{') || !connection.body.ends_with('}')) {
            return fail("an answer that is not whole");
        }
        return m_plan.expectBytes == 0 || connection.body.size() == m_plan.expectBytes ||
               fail("an answer of " + std::to_string(connection.body.size()) + " bytes");
    }

    bool fail(std::string why) {
        std::replace_if(
            why.begin(), why.end(),
            [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }, ' ');
        ++m_errors[why];
        return false;
    }

    void broken(std::size_t index, const std::string& why) {
        auto& connection = m_connections[index];
        ::close(connection.socket);
        connection.socket = -1;
        const bool wasBusy = std::exchange(connection.busy, false);
        fail(why + (wasBusy ? " during a request" : " while idle"));
        if (wasBusy) {
            --m_busy;
        }
        ++m_brokenConnections;
        if (m_plan.mode == "idle" || m_brokenConnections > 10'000) {
            m_stopping = m_stopping || m_plan.mode != "idle";
            return;
        }
        open(index);
        if (m_plan.mode == "rate") {
            m_free.push_back(index);
        } else if (m_refill && mayStart()) {
            start(index, nowNs());
        }
    }

    void print() {
        std::int64_t errors = 0;
        std::string kinds;
        for (const auto& [why, count] : m_errors) {
            errors += count;
            kinds += (kinds.empty() ? "\"" : ",\"") + why + "\":" + std::to_string(count);
        }
        const double seconds = static_cast<double>(m_endedNs - m_startedNs) / 1e9;
        const auto done = m_latencies.size();
        std::printf(R"({"mode":"%s","connections":%zu,"requests":%zu,"errors":%lld,"seconds":%.3f,)"
                    R"("rps":%.1f,"events":%lld,"held":%lld,"latency_us":%s,"first_us":%s,)"
                    R"("error_kinds":{%s}})"
                    "\n",
                    m_plan.mode.c_str(), m_plan.connections, done, static_cast<long long>(errors),
                    seconds, static_cast<double>(done) / seconds, static_cast<long long>(m_events),
                    static_cast<long long>(m_open), percentiles(m_latencies).c_str(),
                    percentiles(m_firsts).c_str(), kinds.c_str());
    }

    Plan m_plan;
    Poller m_poller;
    std::vector<Connection> m_connections;
    std::deque<std::size_t> m_free;      // rate: connections without a request
    std::deque<std::int64_t> m_waiting;  // rate: when the requests were due
    std::vector<std::int64_t> m_latencies;
    std::vector<std::int64_t> m_firsts;
    std::map<std::string, std::int64_t> m_errors;
    std::int64_t m_startedNs = 0;
    std::int64_t m_endedNs = 0;
    std::int64_t m_begun = 0;
    std::int64_t m_busy = 0;
    std::int64_t m_progress = 0;
    std::int64_t m_events = 0;
    std::int64_t m_open = 0;
    std::int64_t m_brokenConnections = 0;
    bool m_refill = false;
    bool m_stopping = false;
};

// A chat request of `bytes` body bytes.
std::string chatBody(std::size_t bytes, const std::string& model, bool stream) {
    const std::string start = R"({"model":")" + model + R"(",)" +
                              (stream ? R"("stream":true,)" : "") +
                              R"("messages":[{"role":"user","content":")";
    const std::string end = R"("}]})";
    const std::string_view words = "The quick brown fox jumps over the lazy dog. ";
    std::string body = start;
    while (body.size() + end.size() < bytes) {
        body += words.substr(0, std::min(words.size(), bytes - body.size() - end.size()));
    }
    return body + end;
}

std::string requestOf(const Options& options) {
    std::string headers = "Host: 127.0.0.1:" + options.text("port") + "\r\nAuthorization: Bearer " +
                          options.text("key") + "\r\n";
    std::string_view more = options.text("headers");
    while (!more.empty()) {
        const auto end = std::min(more.find('|'), more.size());
        headers += std::string(more.substr(0, end)) + "\r\n";
        more.remove_prefix(std::min(end + 1, more.size()));
    }
    const auto body = !options.text("body").empty()
                          ? options.text("body")
                          : chatBody(static_cast<std::size_t>(options.number("body-bytes")),
                                     options.text("model"), options.text("mode") == "stream");
    return "POST " + options.text("path") + " HTTP/1.1\r\n" + headers +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

}  // namespace

int main(int argc, char** argv) {
    Options options("Load on one endpoint of 127.0.0.1. Prints JSON.",
                    {{"mode", "closed", "closed, rate, stream or idle"},
                     {"port", "0", "port on 127.0.0.1"},
                     {"path", "/v1/chat/completions", "path"},
                     {"key", "bench", "bearer key"},
                     {"headers", "", "more headers, separated by |"},
                     {"model", "bench", "model name in the body"},
                     {"connections", "16", "connections"},
                     {"requests", "0", "requests in all, 0 = as the time allows"},
                     {"seconds", "0", "how long to start requests, 0 = until all are done"},
                     {"rate", "1000", "mode rate: requests a second"},
                     {"rest-seconds", "5", "mode idle: how long connections rest"},
                     {"body-bytes", "1024", "request body"},
                     {"body", "", "the request body itself, in place of one of so many bytes"},
                     {"expect-status", "200", "HTTP status of every answer"},
                     {"expect-bytes", "0", "answer body, 0 = any"},
                     {"expect-events", "0", "mode stream: events with data, 0 = any"}});
    options.parse(argc, argv);
    if (options.number("requests") == 0 && options.number("seconds") == 0 &&
        options.text("mode") != "idle") {
        die("one of --requests and --seconds must bound the run");
    }
    raiseDescriptorLimit();
    preciseTimers();
    Plan plan{options.text("mode"),
              static_cast<std::uint16_t>(options.number("port")),
              static_cast<std::size_t>(options.number("connections")),
              options.number("requests"),
              options.number("seconds") * 1'000'000'000,
              options.number("rate"),
              options.number("rest-seconds") * 1'000'000'000,
              static_cast<std::uint64_t>(options.number("expect-bytes")),
              options.number("expect-events"),
              requestOf(options),
              "HTTP/1.1 " + options.text("expect-status")};
    Load(std::move(plan)).run();
}
