// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "sandbox/play_chain.h"

namespace gr::sandbox {

// What a call of the play token's contract gives: bytes, or why it reverts.
struct PlayAnswer {
    std::string data;
    std::string revert;  // a sentence; empty where it did not

    // The bytes of such a revert: Error(string).
    std::string revertData() const;
};

// Runs `input` (a selector and its arguments, bytes) at the token as eth_call does: nothing is
// changed. Any thread.
PlayAnswer callToken(const PlayChain& chain, std::string_view input);

}  // namespace gr::sandbox
