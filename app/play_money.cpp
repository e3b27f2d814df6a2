// SPDX-License-Identifier: MIT
#include "app/play_money.h"

#include <array>
#include <utility>

#include "app/control_line.h"
#include "gateway/control.h"
#include "payment/address.h"
#include "payment/network.h"

namespace gr::app {
namespace {

struct Part {
    std::string_view name;
    std::string PlayMoney::*text;
};
constexpr std::array<Part, 8> kParts{{{"network", &PlayMoney::network},
                                      {"rpc", &PlayMoney::rpc},
                                      {"facilitator", &PlayMoney::facilitator},
                                      {"faucet", &PlayMoney::faucet},
                                      {"token", &PlayMoney::token},
                                      {"domain", &PlayMoney::domain},
                                      {"version", &PlayMoney::version},
                                      {"wallet", &PlayMoney::wallet}}};

}  // namespace

PlayMoney playMoneyOf(const sandbox::SandboxServer& server) {
    const payment::Token& token = server.chain().token();
    return {.network = "eip155:" + std::to_string(token.chain),
            .rpc = server.rpcUrl(),
            .facilitator = server.address(),
            .faucet = server.address() + "/faucet",
            .token = payment::checksumText(token.address),
            .domain = token.domain->name,
            .version = token.domain->version,
            .wallet = payment::checksumText(server.wallet().address())};
}

void write(json::Writer& out, const PlayMoney& play) {
    out.object();
    for (const Part& part : kParts)
        out.key(part.name).string(play.*part.text);
    out.end();
}

PlayMoney playMoneyIn(const json::Object& object) {
    PlayMoney play;
    for (const Part& part : kParts)
        play.*part.text = member(object, part.name);
    return play;
}

std::string linesOf(const PlayMoney& play) {
    std::string lines = "play money (worth nothing; no chain but this program knows it):\n";
    lines += "  network:     " + play.network + ", RPC " + play.rpc + "\n";
    lines += "  token:       " + play.token + ", 6 decimals, signs as \"" + play.domain +
             "\" version " + play.version + "\n";
    lines += "  facilitator: " + play.facilitator + "\n";
    lines += "  wallet:      " + play.wallet + " (this gateway's, for this run)\n";
    lines +=
        "  for sale:    model sandbox/paid, to requests without a key (HTTP 402 says the price)\n";
    lines += "  10 dollars:  curl -d '{\"address\":\"0x...\"}' " + play.faucet + "\n";
    return lines;
}

settings::Sell playTerms() {
    settings::Sell terms;
    payment::Network network;
    network.id = payment::kPlayChain;
    terms.enabled = true;
    terms.networks = {network.caip2()};
    terms.upto = false;
    terms.models = {"sandbox/paid"};
    terms.minimum = *Money::parse("0.01");
    return terms;
}

void sellForPlayMoney(const sandbox::SandboxServer& server, gateway::Policy& policy) {
    const auto sale = std::make_shared<gateway::SaleEntry>();
    const payment::Token& token = server.chain().token();
    payment::Network network;
    network.id = token.chain;
    network.name = "play money";
    network.money = payment::MoneyKind::Play;
    // Neither can contradict a list that knows nothing of this chain.
    if (!sale->networks.add(network) || !sale->networks.add(token))
        return;
    sale->terms = playTerms();
    sale->terms.payTo = server.wallet().address();
    sale->facilitator = Url::parse(server.address());
    sale->chains.push_back({network, {*Url::parse(server.rpcUrl())}});
    policy.sale = sale;
    policy.payer.id = gateway::kPayer;
    policy.payer.models = sale->terms.models;
}

std::optional<PlayMoney> askPlayMoney(const std::filesystem::path& socket) {
    const auto answer = gateway::askControl(socket, R"({"command":"status"})");
    const auto status =
        answer ? json::scanObject(*answer) : Result<json::Object>(fail(answer.error()));
    const json::Member* const play = status ? status->find("play") : nullptr;
    const auto object = play != nullptr ? json::objectIn(status->raw(*play)) : std::nullopt;
    return object ? std::optional(playMoneyIn(*object)) : std::nullopt;
}

}  // namespace gr::app
