// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/token_usage.h"
#include "ledger/limit.h"

// What the books hold of one request. Plain values; any thread.
namespace gr::ledger {

// How a request ended, or one attempt of it.
enum class Outcome : std::uint8_t {
    Answered,        // whole answer delivered
    ClientGone,      // the client hung up before the end
    Refused,         // by the gateway: bad request, unknown model, limit
    ProviderFailed,  // no candidate gave an answer
    StreamBroken,    // the answer began and did not end
    Stopped,         // the gateway was stopped in between
};

// How the cost of an attempt is known (docs/costs.md).
enum class CostBasis : std::uint8_t {
    Unknown,
    Computed,   // tokens as the provider counted them, at the price of this model
    Reported,   // by the provider itself
    Estimated,  // as Computed, where the tokens or the price are near enough only
    Free,       // nothing was taken: never sent, refused, or served by a machine of the user's own
};

struct Attempt {
    std::string provider;
    std::string model;                   // as sent to the provider
    int httpStatus = 0;                  // 0: no answer arrived
    std::string error;                   // slug of the ErrorCode, empty when it went well
    std::int64_t startedMs = 0;          // since the request began
    std::optional<std::int64_t> headMs;  // answer head, since the request began
    std::int64_t endedMs = 0;            // since the request began
    TokenUsage tokens{};
    std::optional<Money> cost{};  // absent: unknown, which is never zero
    CostBasis basis = CostBasis::Unknown;
    std::optional<Money> computed{};  // beside a reported cost: what our prices say
};

struct RequestRecord {
    std::string id;  // "req_" + 26 characters that begin with the time (ULID)
    UnixMs startedAt;
    std::string client;    // id of the client key; empty when refused before it was known
    std::string endpoint;  // "chat.completions", "models", …
    std::string askedModel;
    std::string provider;  // who answered; empty when nobody did
    std::string model;     // what answered, as the provider calls it
    std::vector<Attempt> attempts;
    TokenUsage tokens;
    std::optional<Money> cost;  // absent: unknown, which is never zero
    bool streamed = false;
    bool simulated = false;  // answered by a sandbox model
    bool reused = false;     // got the answer of an equal request; nobody was asked
    // No request: says later what the one named by `askedModel` took (settlement.h).
    bool settlement = false;
    int status = 0;  // HTTP status given to the client
    Outcome outcome = Outcome::Answered;
    std::string error;  // slug of the ErrorCode, empty when it went well
    std::optional<std::int64_t> firstTokenMs;
    std::int64_t totalMs = 0;
    std::vector<Charge> charges;  // what limits it took from, and how much
    // What routing knew of it (routing/trace.h), for a replay; the ledger only keeps it, apart from
    // the row and not signed. Empty: nothing is kept. Not filled in where rows are read, but by
    // Reader::traced() and Reader::addFeatures().
    std::string features;
};

// A client key made at run time. The key itself is shown once and never kept.
struct ClientKey {
    std::string id;      // unique, chosen by the user ("my-tools")
    std::string sha256;  // 32 raw bytes of the key's digest
    UnixMs createdAt;
    std::optional<UnixMs> expiresAt;
    std::optional<UnixMs> revokedAt;
    // What it may do, as a JSON object (settings/client_scope.h); empty: everything. The ledger
    // only keeps it.
    std::string scope{};
};

}  // namespace gr::ledger
