// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "gateway/policy.h"
#include "json/scan.h"
#include "json/writer.h"
#include "sandbox/server.h"

namespace gr::app {

// Where the play-money world of a running sandbox is, for whoever wants to pay there. All texts.
struct PlayMoney {
    std::string network;  // CAIP-2
    std::string rpc;
    std::string facilitator;
    std::string faucet;
    std::string token;   // its address
    std::string domain;  // of its signatures: name and version
    std::string version;
    std::string wallet;  // the gateway's address there
};

PlayMoney playMoneyOf(const sandbox::SandboxServer& server);
void write(json::Writer& out, const PlayMoney& play);  // an object
// From the object that write() made; what is missing is empty.
PlayMoney playMoneyIn(const json::Object& object);
std::string linesOf(const PlayMoney& play);  // for people; ends with a line break

// What a sandbox sells, and for how much; who is paid differs from run to run.
settings::Sell playTerms();

// Whoever comes to this gateway without a key may buy sandbox/paid for play money, and nothing
// else, whatever the configuration sells.
void sellForPlayMoney(const sandbox::SandboxServer& server, gateway::Policy& policy);

// What `gaterouterd sandbox` adds for the gateway behind `socket`; nothing where none runs, or none
// with a sandbox.
std::optional<PlayMoney> askPlayMoney(const std::filesystem::path& socket);

}  // namespace gr::app
