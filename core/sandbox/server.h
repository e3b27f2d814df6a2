// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "payment/evm_key.h"
#include "sandbox/play_chain.h"

namespace gr::sandbox {

// The world in a box behind one loopback address: simulated models, which the gateway reaches like
// any provider and which answer to the key of this object alone, at a human pace; and a play-money
// chain with its facilitator and faucet (play_desk.h), open to every program of this machine.
// Owns a thread; created and destroyed on the main thread.
class SandboxServer final {
  public:
    // Errors: AddressUnavailable, PortInUse.
    static Result<std::unique_ptr<SandboxServer>> start();
    ~SandboxServer();

    const std::string& address() const;  // "http://127.0.0.1:PORT": of the facilitator, too
    std::string modelsUrl() const { return address() + "/v1"; }
    std::string rpcUrl() const { return address() + "/rpc"; }
    std::shared_ptr<const Secret> key() const;

    PlayChain& chain() const;  // any thread
    // A key of this run, in memory alone, with what the faucet gives at a time. It is the gateway's
    // own in the sandbox; the user's wallet has no part in it.
    const payment::EvmKey& wallet() const;

  private:
    class Impl;
    explicit SandboxServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::sandbox
