// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "http/handler.h"
#include "sandbox/play_chain.h"

// The play-money world as programs of this machine see it over HTTP:
//   POST /rpc                         a node of the chain (play_rpc.h)
//   POST /verify, /settle             its facilitator (play_facilitator.h)
//   GET  /supported
//   POST /faucet {"address":"0x…"}    10 play dollars
//   POST /cancel {"authorizer","nonce","signature"}   EIP-3009's cancelAuthorization
namespace gr::sandbox {

// Whether the path is one of these.
bool isPlayPath(std::string_view path);

// Refuses what web pages send (a foreign Host or any Origin), other methods and large bodies.
std::optional<http::Reply> admitToPlay(const http::RequestHead& head);

// Any thread.
http::Reply answerPlay(PlayChain& chain, std::string_view path, std::string_view body);

}  // namespace gr::sandbox
