// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

// The control socket of a running gateway: one line of JSON asks, one line answers. The only door
// for what must not go over HTTP. 0600, and the peer must be the same user.
namespace gr::gateway {

class ControlServer final {
  public:
    // Gives the answer's line, without its end, to who asked: once, from any thread, now or much
    // later. Does nothing when they are gone by then, or the server is.
    using Answer = std::function<void(std::string line)>;
    // Called on the control thread for each question; must not wait.
    using Handler = std::function<void(std::string line, Answer answer)>;

    // Errors: FileUnwritable. A socket file that a dead process left is replaced: the caller holds
    // the lock of the data directory. At most kMostPeers are served at once; who does not send a
    // line of at most 1 MB within 5 seconds, or does not take its answer, is cut off.
    static Result<std::unique_ptr<ControlServer>> start(const std::filesystem::path& socket,
                                                        Handler handler);
    ~ControlServer();  // removes the socket file; who still waits sees the connection end

    static constexpr std::size_t kMostPeers = 32;

  private:
    class Impl;
    explicit ControlServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

// Asks a running gateway; blocks. Errors: Unreachable when none is running or it does not answer
// within `patience`.
Result<std::string> askControl(const std::filesystem::path& socket, std::string_view line,
                               Milliseconds patience = Milliseconds(10'000));

}  // namespace gr::gateway
