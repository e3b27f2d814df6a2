// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "http/ask_whole.h"
#include "payment/rpc.h"

namespace gr::payment {

// Asks the RPC servers of one chain, one after the other until one answers; the one that answered
// last is asked first. What a server says counts once it named the right chain. Lives in an io
// thread; what it is made of outlives it.
class ChainClient final {
  public:
    // `servers`: at least one.
    ChainClient(http::Client& client, http::Deadlines& deadlines, ChainId chain,
                const std::vector<Url>& servers);

    ChainId chain() const { return m_chain; }
    std::size_t servers() const { return m_servers.size(); }

    // The answers of one server, in the order of the calls: a call that the server objects to has
    // its problem there. Errors: Unreachable, no server gave an answer (its detail says why);
    // Cancelled.
    using Answers = Result<std::vector<rpc::Answer>>;
    http::Awaitable<Answers> ask(std::span<const rpc::Call> calls, http::AbortSlot& abort);

    // The same of one certain server (0 ... servers() - 1), for what more than one must say.
    http::Awaitable<Answers> askServer(std::size_t server, std::span<const rpc::Call> calls,
                                       http::AbortSlot& abort);

  private:
    struct Server {
        Url address;
        bool rightChain = false;  // it said so
    };

    http::Client& m_client;
    http::Deadlines& m_deadlines;
    ChainId m_chain;
    std::vector<Server> m_servers;
    std::size_t m_last = 0;  // that answered
};

}  // namespace gr::payment
