// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "gateway/policy.h"
#include "gateway/wallet_facts.h"
#include "payment/signing_key.h"

namespace gr::app {

// What Vault::derivedKey is asked for; the only one, so a locked wallet keeps this.
inline constexpr std::string_view kStatePurpose = "gateway state";

// Locks the wallet of a gateway that runs: its key, its words and what opens the vault leave the
// memory of this process, also where requests under way hold on to them. Provider keys stay, so
// that everything but paying goes on. Whoever opens the vault with its passphrase unlocks it
// (SecretStore). Main thread.
class WalletLock final {
  public:
    // Both outlive it.
    WalletLock(Configuration& configuration, const Clock& clock);

    // Nothing happens where it is locked already. InvalidField, with a sentence: a lock would
    // protect nothing (the keychain opens the vault, the key lies elsewhere), or there is no key.
    // Build the policy anew afterwards.
    Result<void> lock();
    bool locked() const;

    // For every policy that is built: takes the key out of it while the wallet is locked, and knows
    // from now on who holds it. Gives what is wrong with the timed lock.
    std::optional<settings::Problem> hold(gateway::Policy& policy);

    // The wallet for people; what is known of one that is locked comes from before.
    gateway::WalletFacts facts() const;

    // A payment was signed: the time until the timed lock begins anew.
    void used();
    // `arm` is called when somebody should call lockIfDue() after so long: once for each call of
    // this, and when the wallet was unlocked.
    void onArm(std::function<void(Milliseconds)> arm) { m_arm = std::move(arm); }
    // Locks it when its time has come (wallet.lock_after_minutes). True: it was locked now.
    bool lockIfDue();

  private:
    const settings::Wallet& wallet() const { return m_configuration.settings().wallet; }
    settings::SecretStore& secrets() const { return m_configuration.secrets(); }
    std::vector<std::string> entries() const;
    std::optional<Milliseconds> due() const;
    void arm();

    Configuration& m_configuration;
    const Clock& m_clock;
    std::function<void(Milliseconds)> m_arm;
    std::vector<std::weak_ptr<payment::SigningKey>> m_keys;  // that policies hold
    bool m_open = false;                                     // the last policy had a key to lock
    SteadyTime m_used;                                       // last, or unlocked
    UnixMs m_usedAt;                                         // the same by the wall clock
    std::string m_entry;                                     // whose facts these are
    gateway::WalletFacts m_facts;
};

}  // namespace gr::app
