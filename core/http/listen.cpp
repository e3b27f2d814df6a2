// SPDX-License-Identifier: MIT
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/url.h"
#include "http/server.h"

namespace gr::http {
namespace {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    explicit SocketAddress(const asio::ip::address& address, std::uint16_t port) {
        const Tcp::endpoint endpoint(address, port);
        std::memcpy(&storage, endpoint.data(), endpoint.size());
        size = static_cast<socklen_t>(endpoint.size());
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A listening descriptor, or -errno.
int listenOn(const asio::ip::address& address, std::uint16_t port) {
    const int family = address.is_v6() ? AF_INET6 : AF_INET;
    const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    const int one = 1;
    // Lets a restart take the port while old connections linger; two listeners stay impossible.
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (family == AF_INET6)
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    const SocketAddress target(address, port);
    if (::bind(fd, target.get(), target.size) != 0 || ::listen(fd, 1024) != 0) {
        const int error = errno;
        ::close(fd);
        return -error;
    }
    return fd;
}

std::uint16_t portOf(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    // The port stands at the same place in both families.
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

bool absentFamily(int error) {
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

}  // namespace

ListeningSockets& ListeningSockets::operator=(ListeningSockets&& other) noexcept {
    std::swap(descriptors, other.descriptors);
    port = other.port;
    return *this;
}

ListeningSockets::~ListeningSockets() {
    for (const int fd : descriptors)
        ::close(fd);
}

Result<ListeningSockets> ListeningSockets::bind(const std::string& address, std::uint16_t port) {
    const std::string host = address == "localhost" ? "127.0.0.1" : address;
    error_code parseError;
    const auto first = asio::ip::make_address(host, parseError);
    if (parseError) {
        return fail(ErrorCode::AddressUnavailable,
                    "\"" + address + "\" is not an address; listen.address takes an IP address.");
    }
    const bool loopback = isLoopbackHost(host);
    // With a port of the system's choice the twin address may be taken: try again with another.
    for (int attempt = 0; attempt < 20; ++attempt) {
        ListeningSockets sockets;
        int fd = listenOn(first, port);
        if (fd < 0 && absentFamily(-fd)) {
            return fail(ErrorCode::AddressUnavailable,
                        "This machine has no address " + address + " to listen on.");
        }
        if (fd < 0 && -fd == EACCES) {
            return fail(ErrorCode::AddressUnavailable,
                        "The system does not allow listening on port " + std::to_string(port) +
                            "; choose a port above 1023.");
        }
        if (fd < 0) {
            return fail(ErrorCode::PortInUse, "Port " + std::to_string(port) + " is in use.",
                        std::strerror(-fd));
        }
        sockets.descriptors.push_back(fd);
        sockets.port = portOf(fd);
        if (!loopback)
            return sockets;
        const auto twin = first.is_v4() ? asio::ip::address(asio::ip::address_v6::loopback())
                                        : asio::ip::address(asio::ip::address_v4::loopback());
        fd = listenOn(twin, sockets.port);
        if (fd >= 0)
            sockets.descriptors.push_back(fd);
        if (fd >= 0 || absentFamily(-fd))
            return sockets;
        if (port != 0) {
            return fail(ErrorCode::PortInUse,
                        "Port " + std::to_string(port) + " is in use at " + twin.to_string() + ".",
                        std::strerror(-fd));
        }
    }
    return fail(ErrorCode::PortInUse, "No free port was found.");
}

}  // namespace gr::http
