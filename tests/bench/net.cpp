// SPDX-License-Identifier: MIT
#include "bench/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void noDelay(int socket) {
    const int one = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

std::int64_t nowNs() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void preciseTimers() {
    ::prctl(PR_SET_TIMERSLACK, 1UL);
}

void raiseDescriptorLimit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void die(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(1);
}

int listenOn(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const auto address = loopback(port);
    if (::bind(socket, generic(address), sizeof address) != 0 || ::listen(socket, 4096) != 0) {
        die("cannot listen on port " + std::to_string(port) + ": " + std::strerror(errno));
    }
    return socket;
}

std::uint16_t portOf(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

int connectTo(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        die(std::string("no more sockets: ") + std::strerror(errno));
    }
    noDelay(socket);
    const auto address = loopback(port);
    if (::connect(socket, generic(address), sizeof address) != 0 && errno != EINPROGRESS) {
        ::close(socket);
        return -1;
    }
    return socket;
}

Poller::Poller() : m_epoll(::epoll_create1(EPOLL_CLOEXEC)) {}

void Poller::add(int descriptor, std::uint64_t number, bool wantWrite) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (wantWrite ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.u64 = number;
    ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void Poller::change(int descriptor, std::uint64_t number, bool wantWrite) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (wantWrite ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.u64 = number;
    ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::wait(std::int64_t timeoutNs,
                  const std::function<void(std::uint64_t, std::uint32_t)>& ready) {
    std::array<epoll_event, 512> events{};
    timespec timeout{};
    timeout.tv_sec = timeoutNs / 1'000'000'000;
    timeout.tv_nsec = timeoutNs % 1'000'000'000;
    const int count = ::epoll_pwait2(m_epoll, events.data(), static_cast<int>(events.size()),
                                     timeoutNs < 0 ? nullptr : &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        const auto& event = events.at(static_cast<std::size_t>(i));
        ready(event.data.u64, event.events);
    }
}

bool flush(int socket, std::string& out) {
    std::size_t sent = 0;
    while (sent < out.size()) {
        const auto count = ::send(socket, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN) {
                break;
            }
            return false;
        }
        sent += static_cast<std::size_t>(count);
    }
    out.erase(0, sent);
    return true;
}

bool drain(int socket, std::string& in) {
    static std::array<char, 256 * 1024> buffer;
    while (true) {
        const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count < 0) {
            return errno == EAGAIN;
        }
        if (count == 0) {
            return false;
        }
        in.append(buffer.data(), static_cast<std::size_t>(count));
        if (static_cast<std::size_t>(count) < buffer.size()) {
            return true;
        }
    }
}

std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
         at = head.find("\r\n", at)) {
        at += 2;
        const auto line = head.substr(at, head.find("\r\n", at) - at);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
            auto value = line.substr(name.size() + 1);
            value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
            return value;
        }
    }
    return {};
}

Framing::State Framing::take(std::string& in, std::string* body) {
    if (m_state == State::Head && !takeHead(in)) {
        return m_state;
    }
    std::string_view rest = in;
    while (m_state == State::Body) {
        if (m_left > 0) {
            if (rest.empty()) {
                break;
            }
            takeCounted(rest, body);
        } else if (!m_chunked) {
            m_state = State::Done;
        } else if (!takeChunkLine(rest)) {
            break;
        }
    }
    in.erase(0, in.size() - rest.size());
    return m_state;
}

bool Framing::takeHead(std::string& in) {
    const auto end = in.find("\r\n\r\n");
    if (end == std::string::npos) {
        return false;
    }
    m_head = in.substr(0, end + 4);
    in.erase(0, end + 4);
    m_state = State::Body;
    m_chunked = header(m_head, "transfer-encoding") == "chunked";
    const auto length = header(m_head, "content-length");
    std::from_chars(length.data(), length.data() + length.size(), m_left);
    return true;
}

void Framing::takeCounted(std::string_view& rest, std::string* body) {
    const auto count = std::min<std::uint64_t>(m_left, rest.size());
    if (body != nullptr) {
        body->append(rest.substr(0, count));
    }
    rest.remove_prefix(count);
    m_left -= count;
    m_bodyBytes += count;
    m_afterChunk = m_chunked && m_left == 0;
}

// A chunk's size line, the line end after a chunk, or the trailer. False: more bytes are needed.
bool Framing::takeChunkLine(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos) {
        return false;
    }
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (m_afterChunk) {
        m_afterChunk = false;
        m_state = line.empty() ? State::Body : State::Broken;
    } else if (m_lastChunk) {
        m_state = line.empty() ? State::Done : State::Body;
    } else {
        const auto parsed = std::from_chars(line.data(), line.data() + line.size(), m_left, 16);
        m_state = parsed.ec == std::errc() ? State::Body : State::Broken;
        m_lastChunk = m_left == 0;
    }
    return true;
}

Options::Options(std::string title, std::vector<Option> options)
    : m_title(std::move(title)), m_options(std::move(options)) {}

void Options::parse(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const auto found = std::find_if(m_options.begin(), m_options.end(),
                                        [&](const Option& o) { return "--" + o.name == name; });
        if (found == m_options.end() || i + 1 >= argc) {
            std::fprintf(stderr, "%s\n", m_title.c_str());
            for (const auto& option : m_options) {
                std::fprintf(stderr, "  --%-14s %s (%s)\n", option.name.c_str(),
                             option.help.c_str(), option.value.c_str());
            }
            std::exit(name == "--help" ? 0 : 2);
        }
        found->value = argv[++i];
    }
}

const std::string& Options::text(std::string_view name) const {
    const auto found = std::find_if(m_options.begin(), m_options.end(),
                                    [&](const Option& o) { return o.name == name; });
    if (found == m_options.end()) {
        die("no such option: " + std::string(name));
    }
    return found->value;
}

std::int64_t Options::number(std::string_view name) const {
    return std::atoll(text(name).c_str());
}

}  // namespace bench
