// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/model_traits.h"
#include "gateway/price_list.h"
#include "gateway/sale_entry.h"
#include "gateway/wallet_entry.h"
#include "settings/settings.h"

// What the gateway acts on: the settings with every reference resolved. An immutable snapshot; an
// exchange keeps the one it began with. Any thread.
namespace gr::gateway {

// The client of requests that are paid one by one. No key can have this name: theirs hold no colon.
inline constexpr std::string_view kPayer = "x402:payers";

struct ClientEntry {
    std::string id;
    Sha256 keyDigest;
    std::vector<std::string> models{"*"};
    std::optional<UnixMs> expires;
    bool usdLimited = false;          // the user set a limit in USD that holds for this key
    bool tokenLimited = false;        // or a hard one in tokens
    bool allowUnpriced = false;       // may ask for what cannot be priced beforehand all the same
    std::optional<UnixMs> revoked{};  // refused since then, in words that say so
};

struct ProviderEntry {
    std::string id;
    std::string kind;     // openai, anthropic, gemini
    std::string dialect;  // openai, ollama, …
    std::string baseUrl;  // as configured or from the catalog; no trailing slash
    std::vector<std::shared_ptr<const Secret>> keys;  // none for servers without one
    bool needsKey = true;                     // false: requests go out without Authorization
    bool simulated = false;                   // the sandbox
    bool paysX402 = false;                    // the wallet may pay it
    std::vector<std::string> models;          // offered in /v1/models
    std::vector<ModelTraits> traits;          // of these, in their order; may be shorter
    bool openEnded = true;                    // any other `provider/model` passes through
    std::shared_ptr<const PriceList> prices;  // null: nothing is known
};

struct Policy {
    settings::Listen listen;
    std::vector<ClientEntry> clients;
    std::vector<ProviderEntry> providers;
    settings::Routing routing;
    settings::Responses responses;
    std::vector<ledger::Limit> limits;
    WalletPtr wallet;   // null: there is none
    SalePtr sale;       // null: nothing is sold
    ClientEntry payer;  // whoever asks without a key, where something is sold
    // Made of the vault's key, for what the gateway keeps or hands out sealed; null while no vault
    // is open.
    std::shared_ptr<const Secret> stateKey;
    bool stateLocked = false;  // there is a vault, and it is not open
    bool locked = false;       // the vault is locked: the endpoint listens, /readyz is 503
    bool prometheus = true;
    bool logRequests = false;  // a line on standard error for each (RequestLog)
};

using PolicyPtr = std::shared_ptr<const Policy>;

}  // namespace gr::gateway
