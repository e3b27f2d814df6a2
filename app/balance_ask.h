// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <vector>

#include "http/net.h"
#include "payment/balances.h"
#include "settings/settings.h"

namespace gr::app {

// What an address holds, and who is asked.
struct BalanceQuestion {
    struct Chain {
        payment::ChainId id = 0;
        std::vector<Url> rpc;  // none: nothing can be known
        std::vector<payment::Token> tokens;
    };
    payment::Address owner;
    std::vector<Chain> chains;
    payment::AskFor what = payment::AskFor::Balances;
};

// The chains of the configuration with all their tokens. Pure.
BalanceQuestion balanceQuestion(const settings::Wallet& wallet, const payment::Address& owner);

// "Base: 12.5 USDC, 0 USDT, 0.001 ETH", or why that is not known.
std::string balanceLine(const payment::ChainBalance& balance, const payment::NetworkList& networks);

// Asks the chains, all at once, with a loop of its own. One question; made and run on one thread.
class BalanceAsk final {
  public:
    explicit BalanceAsk(BalanceQuestion question) : m_question(std::move(question)) {}

    // Blocks, at most ten seconds for each server of a chain. In the order of the question.
    std::vector<payment::ChainBalance> run();
    void stop();  // any thread: run() gives what it has, soon

  private:
    BalanceQuestion m_question;
    http::asio::io_context m_io{1};
    std::list<http::AbortSlot> m_aborts;  // one a chain
    bool m_stopped = false;               // of the loop
};

}  // namespace gr::app
