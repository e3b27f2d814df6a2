// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace gr::sandbox {

// Simulated models behind a loopback address of their own, so that the gateway reaches them like
// any provider. They answer at a human pace and only to the key of this object.
// Owns a thread; created and destroyed on the main thread.
class SandboxModels final {
  public:
    // Errors: AddressUnavailable, PortInUse.
    static Result<std::unique_ptr<SandboxModels>> start();
    ~SandboxModels();

    const std::string& baseUrl() const;  // "http://127.0.0.1:PORT/v1"
    std::shared_ptr<const Secret> key() const;

  private:
    class Impl;
    explicit SandboxModels(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::sandbox
