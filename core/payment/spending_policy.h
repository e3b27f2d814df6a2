// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "ledger/purchase.h"
#include "payment/evm_types.h"

// What the wallet may pay, decided before anything is signed. Pure; any thread.
namespace gr::payment {

// Absent: no such cap.
struct SpendingCaps {
    std::optional<Money> perPayment{};
    std::optional<Money> perHour{};  // of any 60 minutes
    std::optional<Money> perDay{};   // of UTC
    std::optional<Money> total{};

    friend bool operator==(const SpendingCaps&, const SpendingCaps&) = default;
};

// Somebody who may be paid, with caps besides those of all.
struct PayeeRule {
    std::string host;  // as in the provider's address, in small letters; any port
    SpendingCaps caps;

    friend bool operator==(const PayeeRule&, const PayeeRule&) = default;
};

enum class NewPayee : std::uint8_t { Ask, WithinLimits };

struct SpendingPolicy {
    SpendingCaps caps{dollars(1), dollars(2), dollars(5), std::nullopt};
    Money askAbove = *Money::parse("0.50");  // above it a person is asked; at most perPayment
    std::int64_t fairPricePermille = 1'500;  // of our own bound: dearer offers are refused
    // Absent: anybody, the first payment to each is held unless `newPayee` says otherwise. Empty:
    // nobody.
    std::optional<std::vector<PayeeRule>> payees{};
    NewPayee newPayee = NewPayee::Ask;

    friend bool operator==(const SpendingPolicy&, const SpendingPolicy&) = default;

  private:
    static Money dollars(std::int64_t count) {
        return Money::fromPico(count * Money::kPicoPerDollar);
    }
};

struct PaymentAsk {
    std::string_view host;
    Address payTo;
    Money usd;                   // the most that it can cost
    std::optional<Money> bound;  // our own estimate of the most that the request may cost
    bool paused = false;         // by the user
};

enum class SpendingReason : std::uint8_t {
    None,
    // Refused.
    Paused,
    PayeeForbidden,
    PriceTooHigh,
    PerPayment,
    PerHour,
    PerDay,
    Total,
    PayeePerPayment,
    PayeePerHour,
    PayeePerDay,
    PayeeTotal,
    Outstanding,
    Loop,
    // Held.
    Clock,  // leapt ahead, so that windows cannot be told
    PriceUnknown,
    PayeeNew,
    PayeeMoved,  // another address than the one that was paid before
    Unserved,
    AskAbove,
};

struct SpendingVerdict {
    enum class Kind : std::uint8_t { Allow, Hold, Refuse };
    Kind kind = Kind::Allow;
    SpendingReason reason = SpendingReason::None;
    std::string words;  // a sentence with the figures; empty for Allow
};

// Whether this payment may be signed, must wait for a person, or may not be. Refusals come first:
// nobody is asked for what may not be.
SpendingVerdict decideSpending(const SpendingPolicy& policy, const PaymentAsk& ask,
                               const ledger::SpendingSums& sums);

// A payment that a person approves must still keep the caps; the holds are lifted.
SpendingVerdict decideApproved(const SpendingPolicy& policy, const PaymentAsk& ask,
                               const ledger::SpendingSums& sums);

}  // namespace gr::payment
