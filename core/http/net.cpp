// SPDX-License-Identifier: MIT
#include "http/net.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <cerrno>

namespace gr::http {

std::size_t writeNow(Socket& socket, std::span<const asio::const_buffer> buffers,
                     error_code& error) {
    std::array<iovec, 16> parts;
    std::size_t count = 0;
    for (const asio::const_buffer& buffer : buffers) {
        if (buffer.size() == 0)
            continue;
        if (count == parts.size())
            break;
        parts[count++] = {const_cast<void*>(buffer.data()), buffer.size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL);
    if (sent >= 0)
        return static_cast<std::size_t>(sent);
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        error.assign(errno, boost::system::system_category());
    return 0;
}

}  // namespace gr::http
