// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "payment/network.h"

// What a seller asks for, read as a buyer: the terms of an answer 402 (x402 versions 1 and 2). All
// of it is the text of a stranger. Pure; any thread.
namespace gr::payment {

enum class Scheme : std::uint8_t {
    Exact,  // the amount, no more and no less
    Upto,   // at most the amount, by what the work turned out to cost (version 2, Permit2)
};
std::string_view nameOf(Scheme scheme);

// When the seller takes the money.
enum class PaymentFlow : std::uint8_t {
    AfterWork,  // "authorization": verify, work, settle, answer
    Upfront,    // "upfront": settle, work, answer
};

// One way to pay.
struct Offer {
    Scheme scheme = Scheme::Exact;
    TransferMethod method = TransferMethod::Eip3009;
    ChainId chain = 0;
    std::string network;  // as written: "eip155:8453", or a name of version 1
    Uint256 amount;       // units of the token
    Address asset;
    Address payTo;
    std::string payToText;                // as written: some sellers compare letters
    std::uint64_t maxTimeoutSeconds = 0;  // as asked; the choice caps it
    PaymentFlow flow = PaymentFlow::AfterWork;
    std::optional<TokenDomain> domain;   // what the seller thinks it is
    std::optional<Address> facilitator;  // Upto: who settles
    std::size_t index = 0;               // in the seller's list, from 0
    std::string json;                    // the entry, byte for byte
};

// An entry that cannot be read or paid by this program, and why: a sentence's end ("is for the
// network solana:…, which this program does not pay on").
struct SkippedOffer {
    std::size_t index = 0;
    std::string reason;
};

struct ExtensionText {
    std::string name;
    std::string json;  // its value, byte for byte
};

struct Terms {
    int version = 2;
    std::vector<Offer> offers;
    std::vector<SkippedOffer> skipped;
    std::string error;  // the seller's words; plain text, as all of these
    std::string resource;
    std::string description;
    std::string serviceName;
    std::string resourceJson;  // version 2: the object, byte for byte; or empty
    // Version 2: the first 16, and payment-identifier wherever it stands.
    std::vector<ExtensionText> extensions;
    bool wantsPaymentId = false;  // the seller knows the extension payment-identifier
    bool needsPaymentId = false;  // and insists on it
};

// What an answer turned out to be.
struct TermsReading {
    enum class Kind : std::uint8_t {
        NotX402,  // an error as any other: pass it on
        Broken,   // meant as terms, but cannot be trusted or read: pay nothing
        Terms,
    };
    Kind kind = Kind::NotX402;
    std::string problem;  // Broken: a sentence for people, without text of the seller
    Terms terms;
};

constexpr std::size_t kMostTermsBody = 64 * 1024;  // bytes; larger ones are not x402
constexpr std::size_t kMostOffers = 32;            // those behind are skipped

// Version 2 from the field PAYMENT-REQUIRED of an answer 402 or 412, else version 1 from the body
// of a 402. `body` is decoded (no content coding), and may be cut behind kMostTermsBody + 1 bytes.
TermsReading readTerms(int status, const http::Fields& fields, std::string_view body,
                       const NetworkList& networks);

}  // namespace gr::payment
