// SPDX-License-Identifier: MIT
#include "gateway/control.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kMaxLine = 1024 * 1024;
constexpr Milliseconds kPeerPatience{5'000};

class Descriptor final {
  public:
    explicit Descriptor(int fd = -1) : m_fd(fd) {}
    Descriptor(Descriptor&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    int get() const { return m_fd; }
    explicit operator bool() const { return m_fd >= 0; }

  private:
    int m_fd;
};

bool makeAddress(const std::filesystem::path& path, sockaddr_un& address) {
    address = {};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path)
        return false;
    std::memcpy(address.sun_path, text.data(), text.size());
    return true;
}

bool waitFor(int fd, short events, Milliseconds patience) {
    pollfd entry{fd, events, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) == 1;
}

// One line, without its end; empty when the peer closed, was silent or sent too much.
std::string readLine(int fd, Milliseconds patience) {
    std::string line;
    std::array<char, 4096> piece{};
    while (line.size() < kMaxLine && waitFor(fd, POLLIN, patience)) {
        const ssize_t got = ::recv(fd, piece.data(), piece.size(), 0);
        if (got <= 0)
            return {};
        line.append(piece.data(), static_cast<std::size_t>(got));
        if (const auto end = line.find('\n'); end != std::string::npos)
            return line.substr(0, end);
    }
    return {};
}

bool sendLine(int fd, std::string_view line, Milliseconds patience) {
    std::string text(line);
    text.push_back('\n');
    std::size_t sent = 0;
    while (sent < text.size() && waitFor(fd, POLLOUT, patience)) {
        const ssize_t count = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        sent += static_cast<std::size_t>(count);
    }
    return sent == text.size();
}

bool sameUser(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::getuid();
}

}  // namespace

class ControlServer::Impl final {
  public:
    Impl(Descriptor listener, std::filesystem::path path, Handler handler)
        : m_listener(std::move(listener)),
          m_wake(::eventfd(0, EFD_CLOEXEC)),
          m_path(std::move(path)),
          m_handler(std::move(handler)) {
        const BlockedSignals blocked;
        m_thread = std::jthread([this] { run(); });
    }
    ~Impl() {
        const std::uint64_t one = 1;
        (void)!::write(m_wake.get(), &one, sizeof one);
        m_thread.join();
        std::error_code ignored;
        std::filesystem::remove(m_path, ignored);
    }

  private:
    void run() {
        std::array<pollfd, 2> entries{pollfd{m_listener.get(), POLLIN, 0},
                                      pollfd{m_wake.get(), POLLIN, 0}};
        for (;;) {
            if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR)
                return;
            if (entries[1].revents != 0)
                return;
            if (entries[0].revents == 0)
                continue;
            const Descriptor peer(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!peer || !sameUser(peer.get()))
                continue;
            const std::string line = readLine(peer.get(), kPeerPatience);
            if (!line.empty())
                sendLine(peer.get(), m_handler(line), kPeerPatience);
        }
    }

    Descriptor m_listener;
    Descriptor m_wake;
    std::filesystem::path m_path;
    Handler m_handler;
    std::jthread m_thread;
};

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::filesystem::path& socket,
                                                            Handler handler) {
    const auto problem = [&socket](const std::string& why) {
        return fail(ErrorCode::FileUnwritable,
                    "The control socket " + socket.string() + " cannot be made: " + why + ".");
    };
    sockaddr_un address;
    if (!makeAddress(socket, address))
        return problem("its path is longer than 107 bytes; choose a shorter data directory");
    std::error_code ignored;
    std::filesystem::remove(socket, ignored);
    Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Nobody can connect before listen(), so the mode is right from the first moment that counts.
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(socket.c_str(), 0600) != 0 || ::listen(listener.get(), 16) != 0)
        return problem(std::strerror(errno));
    return std::unique_ptr<ControlServer>(
        new ControlServer(std::make_unique<Impl>(std::move(listener), socket, std::move(handler))));
}

Result<std::string> askControl(const std::filesystem::path& socket, std::string_view line,
                               Milliseconds patience) {
    sockaddr_un address;
    const Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!makeAddress(socket, address) ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(ErrorCode::Unreachable, "No gateway is running in " +
                                                socket.parent_path().string() +
                                                "; start one with \"gaterouterd serve\".");
    }
    if (!sendLine(fd.get(), line, patience))
        return fail(ErrorCode::Unreachable, "The running gateway does not take commands.");
    std::string answer = readLine(fd.get(), patience);
    if (answer.empty())
        return fail(ErrorCode::Unreachable, "The running gateway did not answer.");
    return answer;
}

}  // namespace gr::gateway
