// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "http/client.h"
#include "http/deadlines.h"
#include "payment/chain_client.h"

namespace gr::app {

// A chain's RPC servers for a command: it asks and waits, with a loop of its own. One thread.
class ChainLine final {
  public:
    // Fails where the environment names proxies that cannot be read.
    static Result<std::unique_ptr<ChainLine>> open(payment::ChainId chain,
                                                   const std::vector<Url>& servers);
    ChainLine(const ChainLine&) = delete;
    ChainLine& operator=(const ChainLine&) = delete;
    ~ChainLine();

    // Blocks, at most ten seconds for each server. As ChainClient::ask.
    payment::ChainClient::Answers ask(std::span<const payment::rpc::Call> calls);
    void stop();  // any thread: from now on there are no answers

  private:
    ChainLine(payment::ChainId chain, const std::vector<Url>& servers, http::ProxyTable proxies);

    http::asio::io_context m_io{1};
    http::Deadlines m_deadlines;
    http::Client m_client;
    payment::ChainClient m_chain;
    http::AbortSlot m_abort;
};

}  // namespace gr::app
