// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "ledger/purchase_state.h"

// What this gateway pays, as rows: plain values; any thread. For the ledger amounts of tokens are
// decimal texts, addresses, nonces and hashes lower-case hexadecimal ones; it reads none of them.
namespace gr::ledger {

// What is about to be bought.
struct PurchaseIntent {
    std::string key;  // 32 bytes: keyed digest of client, seller, body (and Idempotency-Key)
    std::string client;
    std::string requestId;
    std::string origin;  // of the seller: scheme://host:port
    std::string payee;   // address that is paid
    std::int64_t chainId = 0;
    std::string token;   // address
    std::string amount;  // atomic units
    Money usd;           // the same, rounded up; what the caps count
    std::string scheme;  // "exact-eip3009", "exact-permit2", "upto"
    Money quote;         // what the seller asks, as it says
    Money bound;         // what we think it is worth at most
    std::string note;
};

// The row.
struct Purchase : PurchaseIntent {
    std::int64_t sequence = 0;  // order of making, the cursor of pages
    std::string id;             // "pay_" and 26 characters that begin with the time (ULID)
    PurchaseState state = PurchaseState::Intended;
    // While it is open, the same purchase is this one: nothing else is signed for its key.
    bool open = true;
    UnixMs createdAt;
    UnixMs updatedAt;
    std::optional<UnixMs> bookedAt;  // since when it takes from the caps
    std::string nonce;
    std::int64_t validBefore = 0;  // seconds since 1970; 0: nothing is signed
    std::string headerName;
    std::string sealedHeader;  // the signed authorization, sealed by the caller: as good as money
    std::string transaction;   // hash
    std::string receipt;       // at most 16 KiB are kept
    bool delivered = false;    // the client has its answer
    std::string answerDigest;  // 32 bytes, keyed: of what came for it; empty: nothing, or not yet
};

// What was taken of a payment that may take less than was signed.
struct TakenPart {
    std::string amount;  // atomic units
    Money usd;           // the same, rounded up
};

// What a change of state brings along; absent members stay as they are.
struct PurchaseChange {
    std::optional<std::string> nonce = {};
    std::optional<std::int64_t> validBefore = {};
    std::optional<std::string> headerName = {};
    std::optional<std::string> sealedHeader = {};
    std::optional<std::string> transaction = {};
    std::optional<std::string> receipt = {};
    std::optional<std::string> note = {};
    std::optional<std::string> answerDigest = {};
    // Of what is settled: takes the place of amount and usd, unless it is more. Only so much counts
    // from then on; `quote` still says what was signed for.
    std::optional<TakenPart> taken = {};
    // The client has its answer. What is settled as well is closed: the same request is a new
    // purchase from then on, and the sealed header is forgotten.
    bool delivered = false;
};

// A seller who was seen.
struct Payee {
    std::string origin;
    std::string address;  // pinned: what was first asked for, or what a person allowed since
    UnixMs firstSeen;
    std::string allowedBy;  // who said that it may be paid; empty: nobody yet
    std::optional<UnixMs> allowedAt;
    Money alwaysUpTo;  // a payment up to this waits for nobody; 0: none
    // What the seller asked to pay to last, where that is not the pinned address: warn.
    std::string otherAddress;
};

// What is spent, as far as it counts. An hour is the last 60 minutes, a day that of UTC. Sums of a
// payee are those of its host at any port: another port is not another purse.
struct SpendingSums {
    UnixMs now;  // by which the windows are told; never backward
    // The wall clock is so far ahead of what is believed: hold until a person has seen it.
    std::optional<std::int64_t> clockDoubtMs;
    Money hour;
    Money day;
    Money total;
    Money outstanding;  // counted and not known to be paid
    Money payeeHour;
    Money payeeDay;
    Money payeeTotal;
    Money payeeOutstanding;
    Money originTotal;  // of payeeTotal, what this very origin was paid
    std::int64_t hourPurchases = 0;
    std::int64_t hourSame = 0;       // of them, those with the same key: a loop
    std::int64_t payeeMinute = 0;    // payments to this payee in the last 60 seconds
    std::int64_t payeeUnserved = 0;  // of this origin since it last took money and gave an answer
    std::optional<Payee> payee;      // absent: never seen
};

struct SpendDecision {
    enum class Verdict : std::uint8_t { Allow, Hold, Refuse };
    Verdict verdict = Verdict::Refuse;
    std::string reason;  // a sentence; noted in a row that is held

    static SpendDecision allow() { return {Verdict::Allow, {}}; }
    static SpendDecision hold(std::string reason) { return {Verdict::Hold, std::move(reason)}; }
    static SpendDecision refuse(std::string reason) { return {Verdict::Refuse, std::move(reason)}; }
};

// Runs while the ledger is locked: it must not ask the ledger anything, and be quick.
using Decide = std::function<SpendDecision(const SpendingSums&)>;

struct IntendAnswer {
    enum class Kind : std::uint8_t {
        New,      // the purchase is Intended
        Held,     // it waits for a person
        Open,     // there was one with the same key: its authorization is sent again
        Refused,  // nothing was written
    };
    Kind kind = Kind::Refused;
    Purchase purchase;   // but for Refused
    std::string reason;  // of Held and Refused
};

struct PurchaseAdvanced {
    bool done = false;  // false: it was in none of the states it had to be in
    Purchase purchase;  // as it is now
};

// Which purchases; empty or absent members do not restrict.
struct PurchaseFilter {
    std::vector<PurchaseState> states = {};
    std::string client = {};
    std::string origin = {};
    std::optional<UnixMs> from = {};  // inclusive; of the making
    std::optional<UnixMs> to = {};    // exclusive
};

// Where a ledger of payments stands: to be kept outside of it, in the vault.
struct LedgerMark {
    std::string lineage;      // which ledger: drawn at its first payment; empty before
    std::int64_t newest = 0;  // number of the last change

    // This ledger has not forgotten what `kept` knew of it.
    bool reaches(const LedgerMark& kept) const {
        return kept.lineage.empty() || (lineage == kept.lineage && newest >= kept.newest);
    }
};

}  // namespace gr::ledger
