// SPDX-License-Identifier: MIT
#include "gateway/control.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

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

namespace {

// Answers on their way to the control thread. Outlives the server where somebody still holds one.
struct Outbox {
    std::mutex mutex;
    Descriptor wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    bool ending = false;
    std::vector<std::pair<std::uint64_t, std::string>> answers;  // by number of the peer

    void ring() const {
        const std::uint64_t one = 1;
        (void)!::write(wake.get(), &one, sizeof one);
    }
};

// One who asks: sends a line, waits as long as it takes, gets a line.
struct Peer {
    enum class State : std::uint8_t { Asking, Waiting, Answering };
    std::uint64_t number = 0;
    Descriptor fd;
    State state = State::Asking;
    std::string text;  // what came, or what is still to be sent
    SteadyTime deadline{};

    short events() const {
        return state == State::Asking      ? POLLIN
               : state == State::Answering ? POLLOUT
                                           : 0;  // a full hang-up shows by itself
    }
};

}  // namespace

class ControlServer::Impl final {
  public:
    Impl(Descriptor listener, std::filesystem::path path, Handler handler)
        : m_listener(std::move(listener)), m_path(std::move(path)), m_handler(std::move(handler)) {
        const BlockedSignals blocked;
        m_thread = std::jthread([this] { run(); });
    }
    ~Impl() {
        {
            const std::lock_guard lock(m_outbox->mutex);
            m_outbox->ending = true;
        }
        m_outbox->ring();
        m_thread.join();
        std::error_code ignored;
        std::filesystem::remove(m_path, ignored);
    }

  private:
    void run() {
        while (takeAnswers()) {
            std::vector<pollfd> entries{{m_outbox->wake.get(), POLLIN, 0},
                                        {m_listener.get(), POLLIN, 0}};
            for (const Peer& peer : m_peers)
                entries.push_back({peer.fd.get(), peer.events(), 0});
            if (::poll(entries.data(), entries.size(), patience()) < 0 && errno != EINTR)
                return;
            auto entry = entries.begin() + 2;
            const SteadyTime now = std::chrono::steady_clock::now();
            for (auto peer = m_peers.begin(); peer != m_peers.end(); ++entry) {
                const bool stays = entry->revents == 0 ? !overdue(*peer, now) : serve(*peer);
                peer = stays ? std::next(peer) : m_peers.erase(peer);
            }
            if (entries[1].revents != 0)
                welcome();
        }
    }

    static bool overdue(const Peer& peer, SteadyTime now) {
        return peer.state != Peer::State::Waiting && now >= peer.deadline;
    }

    // Until the next peer is overdue; nobody: for ever.
    int patience() const {
        const bool timed = std::any_of(m_peers.begin(), m_peers.end(), [](const Peer& peer) {
            return peer.state != Peer::State::Waiting;
        });
        return timed ? 1'000 : -1;
    }

    void welcome() {
        Descriptor fd(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd || !sameUser(fd.get()) || m_peers.size() >= kMostPeers)
            return;
        m_peers.push_back({++m_lastNumber,
                           std::move(fd),
                           Peer::State::Asking,
                           {},
                           std::chrono::steady_clock::now() + kPeerPatience});
    }

    // False when the peer is done with.
    bool serve(Peer& peer) {
        switch (peer.state) {
            case Peer::State::Asking:
                return read(peer);
            case Peer::State::Waiting:
                return false;  // it hung up
            case Peer::State::Answering:
                return write(peer);
        }
        return false;
    }

    bool read(Peer& peer) {
        std::array<char, 16 * 1024> piece{};
        const ssize_t got = ::recv(peer.fd.get(), piece.data(), piece.size(), 0);
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        peer.text.append(piece.data(), static_cast<std::size_t>(got));
        const auto end = peer.text.find('\n');
        if (end == std::string::npos)
            return peer.text.size() < kMaxLine;
        std::string line = std::exchange(peer.text, {});
        line.resize(end);
        peer.state = Peer::State::Waiting;
        m_handler(std::move(line), [outbox = m_outbox, number = peer.number](std::string answer) {
            {
                const std::lock_guard lock(outbox->mutex);
                outbox->answers.emplace_back(number, std::move(answer));
            }
            outbox->ring();
        });
        return true;
    }

    static bool write(Peer& peer) {
        const ssize_t sent =
            ::send(peer.fd.get(), peer.text.data(), peer.text.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        peer.text.erase(0, static_cast<std::size_t>(sent));
        return !peer.text.empty();
    }

    // False when the server ends.
    bool takeAnswers() {
        std::uint64_t count = 0;
        (void)!::read(m_outbox->wake.get(), &count, sizeof count);
        decltype(m_outbox->answers) answers;
        {
            const std::lock_guard lock(m_outbox->mutex);
            answers.swap(m_outbox->answers);
            // Who was answered before the end gets it: "stop" is answered by who then ends.
            if (m_outbox->ending && answers.empty() && !isAnswering())
                return false;
        }
        for (auto& [number, line] : answers) {
            const auto peer = std::find_if(m_peers.begin(), m_peers.end(),
                                           [n = number](const Peer& p) { return p.number == n; });
            if (peer == m_peers.end())
                continue;
            peer->state = Peer::State::Answering;
            peer->text = std::move(line) + '\n';
            peer->deadline = std::chrono::steady_clock::now() + kPeerPatience;
        }
        return true;
    }

    bool isAnswering() const {
        return std::any_of(m_peers.begin(), m_peers.end(),
                           [](const Peer& peer) { return peer.state == Peer::State::Answering; });
    }

    Descriptor m_listener;
    std::shared_ptr<Outbox> m_outbox = std::make_shared<Outbox>();
    std::filesystem::path m_path;
    Handler m_handler;
    std::list<Peer> m_peers;
    std::uint64_t m_lastNumber = 0;
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
