// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "ledger/limit.h"
#include "payment/network.h"
#include "payment/spending_policy.h"
#include "routing/rules.h"

// The configuration as values. One struct a section of config.json; every member's default is the
// default of the product. Plain data, any thread. Parsing and writing: settings_file.h.
namespace gr::settings {

// Where a secret lies. `Value` is the secret itself, in clear (accepted with a warning).
struct SecretRef {
    enum class Kind : std::uint8_t { Vault, Keychain, Env, File, Value };
    Kind kind = Kind::Vault;
    std::string name;  // entry, variable, path or, for Value, the text
};

struct Listen {
    std::string address = "127.0.0.1";
    std::uint16_t port = 4402;
    unsigned threads = 1;  // io threads, 1..64
    std::vector<std::string> allowedHosts;
    std::vector<std::string> allowedOrigins;
    bool allowPlainHttpOnNetwork = false;  // permits an address that is not loopback
};

struct Client {
    std::string id;
    std::optional<SecretRef> key;          // exactly one of key and keySha256 is set
    std::string keySha256;                 // 32 raw bytes
    std::vector<std::string> models{"*"};  // names with `*` as wildcard
    std::optional<UnixMs> expires;
    bool allowUnpriced = false;
};

// USD per million tokens.
struct Price {
    Money input;
    Money output;
    // Absent: as the catalog's fallbacks have it (catalog/rates.h).
    std::optional<Money> cacheRead{};
    std::optional<Money> cacheWrite{};
    std::optional<Money> cacheWrite1h{};
    std::optional<Money> audioInput{};
    std::optional<Money> audioOutput{};
    std::optional<Money> reasoning{};
};

// The optional rates by their names in the file.
inline constexpr std::array<std::pair<const char*, std::optional<Money> Price::*>, 6> kMoreRates{{
    {"cache_read", &Price::cacheRead},
    {"cache_write", &Price::cacheWrite},
    {"cache_write_1h", &Price::cacheWrite1h},
    {"audio_input", &Price::audioInput},
    {"audio_output", &Price::audioOutput},
    {"reasoning", &Price::reasoning},
}};

struct Model {
    std::string id;
    std::optional<Price> price;
    std::optional<std::uint64_t> context;    // tokens
    std::optional<std::uint64_t> maxOutput;  // tokens
};

struct Provider {
    std::string id;
    std::string kind;     // openai, anthropic, gemini; empty: the catalog's, else openai
    std::string dialect;  // empty: from the catalog, by id or address
    std::string baseUrl;  // empty: the catalog's address for this id
    std::optional<std::vector<SecretRef>> keys;  // absent: the environment variable of the catalog
    bool paysX402 = false;
    std::vector<Model> models;  // empty: the catalog's
    bool enabled = true;
};

struct Alias {
    std::string name;
    std::vector<std::string> models;  // tried in this order
};

// Answers that are given again to equal requests of the same client.
struct AnswerCache {
    bool exact = false;         // those of lately
    bool singleFlight = false;  // those that are on their way
    unsigned maxMegabytes = 64;
    unsigned maxCount = 1'000;
    unsigned keepSeconds = 3'600;
};

// A second call beside one that is slow.
struct Hedge {
    bool enabled = false;
    Money maxCost = Money::fromPico(Money::kPicoPerDollar / 20);  // of the second call, at most
    double after = 1;  // times what the first usually takes to begin (95th percentile)
};

struct Routing {
    std::string defaultModel = "auto";
    double preference = 0.5;
    std::vector<routing::Rule> rules;
    std::shared_ptr<const ledger::ZoneTable> zone;  // of the hours that rules name; null: UTC
    std::vector<Alias> aliases;
    std::vector<std::string> cheaper;  // where a limit says so; empty: the catalog decides
    bool fallback = true;
    unsigned retries = 2;  // further attempts at one candidate
    AnswerCache cache;
    Hedge hedge;
    double explore = 0;  // share of requests at which somebody near the best is tried
    bool learn = true;   // how answers turn out corrects what is expected of models
};

struct Ledger {
    std::string url = "sqlite";
    unsigned keepDays = 365;
    bool recordBodies = false;
};

// What is kept of OpenAI Responses, so that `previous_response_id` finds it. The oldest go first.
struct Responses {
    unsigned keepDays = 30;  // 0: nothing is kept
    unsigned maxCount = 10'000;
    unsigned maxMegabytes = 256;  // as they lie in the file
};

// What pays providers that ask for it (x402).
struct Wallet {
    // A chain that is paid on, and its JSON-RPC servers, of which there may be none.
    struct Chain {
        payment::ChainId chain = 0;
        std::vector<std::string> rpc;
    };

    SecretRef key{SecretRef::Kind::Vault, "wallet/main"};  // see payment::WalletRecord
    std::optional<payment::Address> watchOnly;  // it receives and is looked at; the key is not used
    payment::SpendingPolicy policy;
    std::uint32_t lockAfterMinutes = 0;  // without a payment; 0: never
    payment::NetworkList known;          // the program's chains and tokens, and what the user added
    std::vector<Chain> networks;         // those named in the file, in its order
};

// Who brings payments to the chain: a facilitator, or the gateway itself.
struct Settlement {
    std::string facilitator;  // its address; empty: the gateway
    // What the facilitator wants to see: a fixed bearer token; or a key of Coinbase's developer
    // platform, with which a token for each call is signed.
    std::optional<SecretRef> bearer;
    std::string cdpKeyId;
    std::optional<SecretRef> cdpKey;

    std::optional<SecretRef> relayerKey;     // that pays the gas
    std::string rpc;                         // of chains that wallet.networks has none for
    Money coinUsd = *Money::parse("10000");  // the coin that gas is paid in, rather too dear
    Money gasPerSettlement = *Money::parse("0.05");
    Money gasPerDay = *Money::parse("5.00");
};

// Requests without a client key are answered for payment (x402).
struct Sell {
    bool enabled = false;
    std::optional<payment::Address> payTo;
    std::vector<std::string> networks;  // "eip155:8453", in the order of preference
    bool exact = true;
    bool upto = true;
    std::vector<std::string> models{"*"};  // names with `*` as wildcard
    std::int64_t markupPermyriad = 2'000;  // on what the request costs: hundredths of 1 %
    Money minimum = *Money::parse("0.001");
    std::uint64_t defaultOutput = 4'096;  // tokens, where the request names no maximum
    Settlement settlement;
    bool acceptTestMoney = false;
    std::string publicUrl;  // that payers know; empty: this machine's own address
    // From there on, two servers must have seen the money, in a block that others followed.
    Money large = *Money::parse("1.00");
    Money unfinal = *Money::parse("50.00");  // income that may wait for its blocks, at most
};

struct Settings {
    Listen listen;
    std::vector<Client> clients;
    std::vector<Provider> providers;
    Routing routing;
    Ledger ledger;
    Responses responses;
    Wallet wallet;
    Sell sell;
    bool prometheus = true;
    std::vector<ledger::Limit> limits;  // those of clients, too; the standard one where none is set
    // What stands at the top for all limits (`guarantee`, `limit_wait_seconds`, `time_zone`), as
    // the text of a JSON object.
    std::string limitDefaults = "{}";
};

// A finding about the configuration. `path` is a JSON path such as `$.providers[1].base_url`.
struct Problem {
    enum class Severity : std::uint8_t { Error, Warning };
    Severity severity = Severity::Error;
    std::string path;
    std::string message;  // a sentence: what is wrong and what to do
};

}  // namespace gr::settings
