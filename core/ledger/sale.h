// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "ledger/sale_state.h"

// What others pay this gateway, as rows: plain values; any thread. Amounts of tokens are decimal
// texts, addresses and hashes lower-case hexadecimal ones with 0x before them.
namespace gr::ledger {

// A payment whose signature was checked, for one request.
struct SaleIntent {
    std::int64_t chainId = 0;
    std::string token;   // address
    std::string payer;   // address
    std::string nonce;   // 0x and 64 digits, or a decimal number
    std::string payTo;   // address
    std::string amount;  // atomic units; the most, where use decides
    Money usd;           // the same
    std::string scheme;
    SaleOrder order = SaleOrder::PaidFirst;
    std::int64_t validBefore = 0;   // seconds since 1970
    std::string requestDigest;      // 32 bytes, keyed
    std::string paymentIdentifier;  // the payer's own, at most 128 bytes; may be empty
    std::string model;
    std::string requestId;
};

// The note of a sale whose money was found on the chain after its payer was told that nobody knows.
inline constexpr const char* kFoundLater = "settled, and found out later";
// How the note of a sale begins whose payer was told, with a reason, that nothing was taken.
inline constexpr const char* kTurnedAway = "turned away: ";

// The row.
struct Sale : SaleIntent {
    std::int64_t sequence = 0;  // order of making, the cursor of pages
    std::string id;             // "sale_" and 26 characters that begin with the time (ULID)
    SaleState state = SaleState::Reserved;
    std::string gateway;  // who made it (ReceiptKeys::home)
    UnixMs createdAt;
    UnixMs updatedAt;
    std::optional<UnixMs> paidAt;    // since when the money is there
    std::optional<UnixMs> servedAt;  // since when bytes may have gone out
    bool final = false;              // nothing about the money will change any more
    std::string transaction;         // hash
    std::int64_t block = 0;
    std::string charged;  // atomic units; empty: not known yet
    Money chargedUsd;
    std::string receipt;  // at most 16 KiB are kept
    std::string note;
    std::string answerDigest;  // 32 bytes, keyed: of what was delivered; empty: nothing, or not yet

    SaleStand stand() const { return {order, state, paidAt.has_value(), servedAt.has_value()}; }
};

// What a change of state brings along; absent members stay as they are.
struct SaleChange {
    std::optional<std::string> transaction = {};
    std::optional<std::int64_t> block = {};
    std::optional<std::string> charged = {};  // else, when it is settled, all of it
    std::optional<Money> chargedUsd = {};
    std::optional<std::string> receipt = {};
    std::optional<std::string> note = {};
    std::optional<std::string> answerDigest = {};
    bool final = false;  // of sales that are paid: the block will stay
};

struct SaleReserved {
    enum class Kind : std::uint8_t {
        New,
        SameNonce,       // there is a sale with this nonce: `sale`
        SameIdentifier,  // … with this identifier of the payer, and not failed: `sale`
        TooMuchUnfinal,  // more money would wait for its blocks than is allowed
        OtherPayTo,      // this ledger's sales go to another address: `payTo`
    };
    Kind kind = Kind::New;
    Sale sale;                 // of the first three
    bool sameRequest = false;  // of the second and third: same digest, token, chain and amount
    bool elsewhere = false;    // another gateway on this ledger made it
    std::string payTo;
};

struct SaleAdvanced {
    bool done = false;  // false: it was in none of the states it had to be in
    Sale sale;          // as it is now
};

enum class CreditState : std::uint8_t { Open, Taken, Spent, Void };
std::string_view nameOf(CreditState state);  // "open" … "void"
std::optional<CreditState> creditState(std::string_view name);

// Paid and not served: the payer may ask once more for the same.
struct Credit {
    std::string id;  // that of its sale
    std::string payer;
    std::string paymentIdentifier;
    std::string requestDigest;
    Money usd;
    UnixMs createdAt;
    UnixMs expiresAt;
    CreditState state = CreditState::Open;
    std::string requestId;  // that took it
    std::string gateway;    // whose
};

// How much may be owed in credits, a new one included.
struct CreditBounds {
    int perPayer = 0;
    Money payerUsd;
    Money totalUsd;
};

struct CreditClaim {
    std::string payer;
    std::string requestDigest;
    std::string paymentIdentifier;
    bool signedAnew = false;  // the payer has just signed: the identifier does not matter
    std::string requestId;
};

// Which sales; empty or absent members do not restrict.
struct SaleFilter {
    std::vector<SaleState> states = {};
    std::string payer = {};
    std::string model = {};
    std::optional<UnixMs> from = {};  // inclusive; of the making
    std::optional<UnixMs> to = {};    // exclusive
};

struct IncomeSums {
    std::int64_t sales = 0;  // that were paid
    Money income;
    Money unfinal;  // of all time: what is, or may be, paid and can still go
    Money credits;  // of all time: what is owed
};

}  // namespace gr::ledger
