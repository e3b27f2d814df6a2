// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/handler.h"

namespace gr::gateway {

struct ConnectedProgram {
    std::int64_t pid = 0;
    std::string path;  // of the executable
};

// Which program of this user is at the other end of a connection over loopback. Nothing when the
// other end is another machine or another user's, has gone, or hides its files (as a process that
// may not be dumped does), and on systems other than Linux. Asks the kernel for the other socket
// (sock_diag(7)), then looks through /proc: some milliseconds on a busy machine. Any thread that
// may wait.
std::optional<ConnectedProgram> connectedProgram(const http::SocketEnds& ends);

}  // namespace gr::gateway
