// SPDX-License-Identifier: MIT
#include "gateway/connected_program.h"

#if defined(__linux__)

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace gr::gateway {
namespace {

namespace fs = std::filesystem;

// An end as the kernel's table of sockets names it.
struct End {
    std::array<std::uint32_t, 4> address{};  // network order; IPv4 in the first
    std::uint16_t port = 0;                  // network order
    bool loopback = false;
};

std::optional<End> endOf(const sockaddr_storage& name) {
    End end;
    if (name.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &name, sizeof v4);
        end.address[0] = v4.sin_addr.s_addr;
        end.port = v4.sin_port;
        end.loopback = (ntohl(v4.sin_addr.s_addr) >> 24U) == IN_LOOPBACKNET;
        return end;
    }
    if (name.ss_family != AF_INET6)
        return std::nullopt;
    sockaddr_in6 v6{};
    std::memcpy(&v6, &name, sizeof v6);
    std::memcpy(end.address.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    end.port = v6.sin6_port;
    end.loopback =
        IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0 ||
        (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) != 0 && (ntohl(end.address[3]) >> 24U) == 127U);
    return end;
}

struct OtherSocket {
    unsigned uid = 0;
    unsigned inode = 0;
};

// The socket whose own end is `own` and whose other end is `other`.
std::optional<OtherSocket> findSocket(int family, const End& own, const End& other) {
    struct {
        nlmsghdr head;
        inet_diag_req_v2 body;
    } ask{};
    ask.head.nlmsg_len = sizeof ask;
    ask.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    ask.head.nlmsg_flags = NLM_F_REQUEST;
    ask.body.sdiag_family = static_cast<std::uint8_t>(family);
    ask.body.sdiag_protocol = IPPROTO_TCP;
    ask.body.idiag_states = ~0U;
    ask.body.id.idiag_sport = own.port;
    ask.body.id.idiag_dport = other.port;
    std::memcpy(ask.body.id.idiag_src, own.address.data(), sizeof own.address);
    std::memcpy(ask.body.id.idiag_dst, other.address.data(), sizeof other.address);
    ask.body.id.idiag_cookie[0] = ask.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;

    const int kernel = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (kernel < 0)
        return std::nullopt;
    struct {
        nlmsghdr head;
        inet_diag_msg body;
        std::array<char, 512> more;
    } answer{};
    ssize_t size = ::send(kernel, &ask, sizeof ask, 0);
    if (size == static_cast<ssize_t>(sizeof ask))
        size = ::recv(kernel, &answer, sizeof answer, 0);
    ::close(kernel);
    const auto least = static_cast<ssize_t>(sizeof answer.head + sizeof answer.body);
    if (size < least || answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return std::nullopt;
    return OtherSocket{answer.body.idiag_uid, answer.body.idiag_inode};
}

bool holds(const fs::path& process, const std::string& target) {
    std::error_code error;
    fs::directory_iterator it(process / "fd", error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
        std::error_code gone;
        if (fs::read_symlink(it->path(), gone) == target)
            return true;
    }
    return false;
}

std::optional<ConnectedProgram> holderOf(unsigned inode) {
    const std::string target = "socket:[" + std::to_string(inode) + "]";
    std::error_code error;
    fs::directory_iterator it("/proc", error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
        const std::string name = it->path().filename().string();
        ConnectedProgram found;
        const auto [end, wrong] =
            std::from_chars(name.data(), name.data() + name.size(), found.pid);
        if (wrong != std::errc() || end != name.data() + name.size() || !holds(it->path(), target))
            continue;
        std::error_code hidden;
        found.path = fs::read_symlink(it->path() / "exe", hidden).string();
        return found.path.empty() ? std::nullopt : std::optional(std::move(found));
    }
    return std::nullopt;
}

}  // namespace

std::optional<ConnectedProgram> connectedProgram(const http::SocketEnds& ends) {
    const auto own = endOf(ends.own);
    const auto other = endOf(ends.other);
    if (!own || !other || !other->loopback)
        return std::nullopt;
    const auto socket = findSocket(ends.other.ss_family, *other, *own);
    if (!socket || socket->inode == 0 || socket->uid != ::geteuid())
        return std::nullopt;
    return holderOf(socket->inode);
}

}  // namespace gr::gateway

#else

namespace gr::gateway {

std::optional<ConnectedProgram> connectedProgram(const http::SocketEnds&) {
    return std::nullopt;
}

}  // namespace gr::gateway

#endif
