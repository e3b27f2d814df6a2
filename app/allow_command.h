// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/wallet_commands.h"

namespace gr::app {

struct AllowOptions {
    std::string network;  // "eip155:8453", or its name
    std::string token;    // symbol or address
    std::string upTo;     // in whole tokens, as "2.50"; empty: the usual amount
    int waitSeconds = 180;
};

// `wallet allow`: sends the transaction that lets Permit2 move so much of a token of the wallet,
// when a person at the terminal says yes, and waits for its block. 1 also where it is sent and not
// in a block in time; the same command goes on with it then.
int allowPermit2(const settings::Paths& paths, const WalletOptions& wallet,
                 const AllowOptions& options);

}  // namespace gr::app
