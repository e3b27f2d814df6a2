// SPDX-License-Identifier: MIT
#include "app/balance_ask.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>

#include "http/client.h"
#include "http/deadlines.h"
#include "payment/token_amount.h"

namespace gr::app {
namespace {

using payment::ChainBalance;

ChainBalance unknown(payment::ChainId chain, std::string why) {
    ChainBalance balance;
    balance.chain = chain;
    balance.problem = std::move(why);
    return balance;
}

http::Awaitable<void> keep(payment::ChainClient& client, const BalanceQuestion& question,
                           const BalanceQuestion::Chain& chain, http::AbortSlot& abort,
                           ChainBalance& into, std::size_t& open) {
    into = co_await payment::lookUpBalances(client, question.owner, chain.tokens, question.what,
                                            abort);
    --open;
}

}  // namespace

BalanceQuestion balanceQuestion(const settings::Wallet& wallet, const payment::Address& owner) {
    BalanceQuestion question;
    question.owner = owner;
    for (const settings::Wallet::Chain& chain : wallet.networks) {
        BalanceQuestion::Chain& asked = question.chains.emplace_back();
        asked.id = chain.chain;
        for (const std::string& server : chain.rpc) {
            if (const auto url = Url::parse(server))
                asked.rpc.push_back(*url);
        }
        for (const payment::Token* token : wallet.known.tokensOf(chain.chain))
            asked.tokens.push_back(*token);
    }
    return question;
}

std::string balanceLine(const ChainBalance& balance, const payment::NetworkList& networks) {
    constexpr unsigned kWeiDecimals = 18;
    const payment::Network* const network = networks.find(balance.chain);
    std::string line =
        (network != nullptr ? network->name : "chain " + std::to_string(balance.chain)) + ": ";
    if (!balance.problem.empty())
        return line + "not known. " + balance.problem;
    const auto add = [&line](const std::optional<payment::Uint256>& units, unsigned decimals,
                             const std::string& symbol) {
        line += (units ? payment::decimalOf(*units, decimals) : "an unknown number of") + " " +
                symbol + ", ";
    };
    for (const payment::TokenBalance& one : balance.tokens)
        add(one.units, one.token.decimals, one.token.symbol);
    add(balance.wei, kWeiDecimals,
        network != nullptr && !network->coin.empty() ? network->coin : "of the chain's coin");
    line.resize(line.size() - 2);
    return line;
}

std::vector<ChainBalance> BalanceAsk::run() {
    std::vector<ChainBalance> balances;
    auto proxies = http::ProxyTable::read([](const char* name) {
        const char* const value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    });
    for (const BalanceQuestion::Chain& chain : m_question.chains)
        balances.push_back(unknown(
            chain.id, !proxies ? proxies.error().message.text
                               : "No RPC server is known for this chain; name one as its `rpc` "
                                 "under wallet.networks in the configuration."));
    if (!proxies)
        return balances;
    http::Deadlines deadlines(m_io.get_executor());
    http::Client client(m_io, deadlines, std::move(*proxies));
    std::list<payment::ChainClient> chains;
    std::size_t open = 0;
    for (std::size_t i = 0; i < m_question.chains.size(); ++i) {
        const BalanceQuestion::Chain& chain = m_question.chains[i];
        if (chain.rpc.empty())
            continue;
        payment::ChainClient& asked = chains.emplace_back(client, deadlines, chain.id, chain.rpc);
        http::AbortSlot& abort = m_aborts.emplace_back();
        if (m_stopped)
            abort.fire();
        ++open;
        http::asio::co_spawn(m_io, keep(asked, m_question, chain, abort, balances[i], open),
                             http::asio::detached);
    }
    while (open > 0 && m_io.run_one() > 0) {
    }
    deadlines.stop();
    return balances;
}

void BalanceAsk::stop() {
    http::asio::post(m_io, [this] {
        m_stopped = true;
        for (http::AbortSlot& abort : m_aborts)
            abort.fire();
    });
}

}  // namespace gr::app
