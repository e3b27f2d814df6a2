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
    // Called on the control thread, one line at a time; gives the answer's line without its end.
    using Handler = std::function<std::string(std::string_view line)>;

    // Errors: FileUnwritable. A socket file that a dead process left is replaced: the caller holds
    // the lock of the data directory.
    static Result<std::unique_ptr<ControlServer>> start(const std::filesystem::path& socket,
                                                        Handler handler);
    ~ControlServer();  // removes the socket file

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
