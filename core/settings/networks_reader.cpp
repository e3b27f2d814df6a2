// SPDX-License-Identifier: MIT
#include "settings/networks_reader.h"

#include <algorithm>

#include "base/url.h"
#include "settings/json_take.h"
#include "settings/schema_validator.h"

namespace gr::settings {
namespace {

using payment::MoneyKind;

class NetworksReader final {
  public:
    NetworksReader(Wallet& out, std::vector<Problem>& problems)
        : m_out(out), m_problems(problems) {}

    void read(const JsonNode& node, const std::string& path) {
        const auto chain = payment::chainOf(section(node, "id").text);
        if (!chain)
            return error(memberPath(path, "id"),
                         "must name a chain as \"eip155:NUMBER\", without leading zeros");
        if (*chain == payment::kPlayChain)
            return error(memberPath(path, "id"),
                         "is the play-money chain of the sandbox, which no wallet pays on; remove "
                         "it and start with --sandbox");
        payment::Network network;
        network.id = *chain;
        if (const payment::Network* const known = m_out.known.find(*chain))
            network = *known;
        else
            network.name = "eip155:" + std::to_string(*chain);
        take(node, "name", network.name);
        if (const JsonNode& test = section(node, "test"); test.isBool())
            network.money = test.boolean ? MoneyKind::Test : MoneyKind::Real;
        if (!added(m_out.known.add(network), path))
            return;
        const JsonNode& assets = section(node, "assets");
        for (std::size_t i = 0; i < assets.items.size(); ++i)
            readAsset(assets.items[i], *chain, itemPath(memberPath(path, "assets"), i));
        m_out.networks.push_back({*chain, serversOf(section(node, "rpc"), path)});
        if (section(node, "rpc").isNull())
            m_problems.push_back(
                {Problem::Severity::Warning, memberPath(path, "rpc"),
                 "is missing, so nobody looks on the chain what became of payments: each counts "
                 "for ever, and once those to a payee are as much as per_hour allows it is paid no "
                 "more; name an RPC server of " +
                     network.name});
        checkMixture(network, path);
    }

  private:
    void error(std::string path, std::string message) {
        m_problems.push_back({Problem::Severity::Error, std::move(path), std::move(message)});
    }

    bool added(const Result<void>& result, const std::string& path) {
        if (!result)
            error(memberPath(path, result.error().field), result.error().message.text);
        return result.has_value();
    }

    std::vector<std::string> serversOf(const JsonNode& rpc, const std::string& path) {
        std::vector<std::string> servers;
        for (std::string& text : textsOf(rpc)) {
            const auto url = Url::parse(text);
            if (!url)
                error(memberPath(path, "rpc"),
                      "must hold absolute http or https addresses, "
                      "without user name, query or fragment");
            else if (std::find(servers.begin(), servers.end(), text) != servers.end())
                error(memberPath(path, "rpc"), "names a server twice: it would check itself");
            else if (url->scheme == "http" && !url->isLoopback())
                error(memberPath(path, "rpc"),
                      "would ask over plain http, where anybody on the way can lie about "
                      "payments; use https");
            else
                servers.push_back(std::move(text));
        }
        return servers;
    }

    void readAsset(const JsonNode& node, payment::ChainId chain, const std::string& path) {
        const auto address = payment::Address::parse(section(node, "address").text);
        if (!address)
            return;  // still to be filled in, or the schema has said so
        payment::Token token;
        token.chain = chain;
        token.address = *address;
        take(node, "symbol", token.symbol);
        takeNumber(node, "decimals", token.decimals);
        const JsonNode& domain = section(node, "eip712");
        if (domain.isObject()) {
            token.domain.emplace();
            take(domain, "name", token.domain->name);
            take(domain, "version", token.domain->version);
        }
        std::string method = token.domain ? "eip3009" : "permit2";
        take(node, "method", method);
        if (method == "eip3009" && !token.domain)
            return error(memberPath(path, "method"),
                         "needs eip712, the name and version of the token's signatures");
        // The user's word; the chain is asked before the first payment.
        token.eip3009 = token.verified = method == "eip3009";
        added(m_out.known.add(token), path);
    }

    void checkMixture(const payment::Network& network, const std::string& path) {
        const MoneyKind first = m_out.known.find(m_out.networks.front().chain)->money;
        if (network.money != first)
            error(memberPath(path, "id"),
                  "puts real and test money into one wallet; give test money a configuration and "
                  "a data directory of its own");
    }

    Wallet& m_out;
    std::vector<Problem>& m_problems;
};

}  // namespace

void readNetworks(const JsonNode& wallet, Wallet& out, std::vector<Problem>& problems) {
    out.known = payment::NetworkList::embedded();
    NetworksReader reader(out, problems);
    const JsonNode& networks = section(wallet, "networks");
    for (std::size_t i = 0; i < networks.items.size(); ++i)
        reader.read(networks.items[i], itemPath("$.wallet.networks", i));
}

}  // namespace gr::settings
