// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "payment/payment_reader.h"
#include "payment/quote.h"
#include "payment/settle_answer.h"

// What is said to a facilitator (POST /verify, POST /settle, GET /supported) and what it answers,
// of both versions. Its word is outside input, and never proves that money moved. Pure; any thread.
namespace gr::payment {

// The body of /verify and of /settle: the payment, written anew of what was read of it (its
// extensions as they came), and our own terms. `amount` is the offer's own, or what is charged of
// an upto payment at /settle. The same arguments give the same
// bytes: a facilitator knows a settlement that is asked for again.
std::string facilitatorRequest(const ReceivedPayment& payment, const SaleOffer& offer,
                               const Quote& quote, const Uint256& amount);

struct VerifyAnswer {
    bool valid = false;
    std::string reason;   // a code; plain text
    std::string message;  // plain text
    std::optional<Address> payer{};
};
// Whatever the HTTP status was. Fails where `isValid` is not there as a truth value: such an
// answer is no yes and no no.
Result<VerifyAnswer> readVerifyAnswer(std::string_view json);

// The answer to /settle is a SettleAnswer (settle_answer.h).

struct SupportedKind {
    int version = 2;
    Scheme scheme = Scheme::Exact;
    std::string network;                   // as written
    std::optional<Address> facilitator{};  // upto: whom the payer must name
};
struct Supported {
    std::vector<SupportedKind> kinds;     // those of schemes that we know
    std::vector<std::string> extensions;  // names

    // Whether the offer can be settled there; version 1 and 2 alike, by either name of the network.
    const SupportedKind* find(const SaleOffer& offer, int version) const;
};
// Kinds that cannot be read are left out. Fails where there is no list of kinds.
Result<Supported> readSupported(std::string_view json);

constexpr std::size_t kMostFacilitatorAnswer = 256 * 1024;  // bytes; longer ones are refused

}  // namespace gr::payment
