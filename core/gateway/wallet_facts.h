// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::gateway {

// The wallet as people want to know it; holds no secret. Plain value; any thread.
struct WalletFacts {
    enum class State : std::uint8_t {
        None,       // there is none
        Locked,     // its key lies where nobody has opened it yet
        Ready,      // it can sign
        WatchOnly,  // its key is elsewhere: it receives alone
        Broken,     // `problem` says why it cannot be used
    };
    State state = State::None;
    std::string address;    // with the checksum of EIP-55; empty: not known
    bool backedUp = false;  // Ready: somebody showed that the backup is good
    bool words = false;     // Ready: it has words; else a private key alone
    bool inVault = true;    // its key lies in the vault, not elsewhere
    std::string problem;    // a sentence
};

// As "none" … "broken".
std::string_view nameOf(WalletFacts::State state);
std::optional<WalletFacts::State> walletState(std::string_view name);

// Reads the wallet's record, and forgets it. One thread at a time for `secrets`.
WalletFacts walletFacts(const settings::Wallet& wallet, settings::SecretSource& secrets);

}  // namespace gr::gateway
