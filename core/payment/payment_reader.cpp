// SPDX-License-Identifier: MIT
#include "payment/payment_reader.h"

#include <algorithm>

#include "json/scan.h"
#include "payment/envelope.h"
#include "payment/object_reader.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostSignature = 4096;  // bytes; of contract wallets
constexpr std::size_t kMostName = 128;

PaymentReading refused(int status, std::string reason, std::string message) {
    return {std::nullopt, PaymentProblem{status, std::move(reason), std::move(message)}};
}

PaymentReading unreadable(const std::string& problem) {
    return refused(402, "invalid_payload", "The payment cannot be read: " + problem + ".");
}

bool isPaymentId(std::string_view id) {
    return id.size() >= 16 && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
           });
}

// Reads one decoded payment into m_payment; run() says what is wrong.
class PaymentParser final {
  public:
    PaymentParser(const json::Object& root, int version) : m_root(root) {
        m_payment.version = version;
    }

    PaymentReading run() {
        ObjectReader reader(m_root, {});
        const std::uint64_t written = reader.count("x402Version");
        if (!reader.ok() || written != static_cast<std::uint64_t>(m_payment.version))
            return refused(402, "invalid_x402_version",
                           "The payment's x402Version is not that of its header.");
        const auto payload = json::objectIn(reader.object("payload"));
        if (m_payment.version == 1)
            readKind(reader, {});
        else
            readAccepted(reader);
        if (reader.ok() && payload)
            readPayload(reader, *payload);
        if (!reader.ok())
            return unreadable(reader.problem());
        return m_problem.empty() ? withPaymentId(reader) : finished();
    }

  private:
    PaymentReading finished() {
        if (!m_problem.empty())
            return unreadable(m_problem);
        return {std::move(m_payment), std::nullopt};
    }

    void note(const ObjectReader& reader) {
        if (m_problem.empty())
            m_problem = reader.problem();
    }

    void readKind(ObjectReader& reader, std::string_view place) {
        const std::string scheme = reader.text("scheme", kMostName);
        m_payment.network = reader.text("network", kMostName);
        m_payment.chain = m_payment.version == 2 ? chainOf(m_payment.network).value_or(0) : 0;
        if (scheme == "upto" && m_payment.version == 2)
            m_payment.scheme = Scheme::Upto;
        else if (scheme != "exact" && m_problem.empty())
            m_problem = std::string(place) + "scheme is not one that is offered here";
    }

    void readAccepted(ObjectReader& reader) {
        const auto accepted = json::objectIn(reader.object("accepted"));
        if (!accepted)
            return;
        ObjectReader members(*accepted, "accepted");
        readKind(members, "accepted.");
        m_payment.amount = members.amount("amount");
        m_payment.asset = members.address("asset");
        m_payment.payTo = members.address("payTo");
        m_payment.extraJson = members.optionalObject("extra");
        note(members);
    }

    void readPayload(ObjectReader& reader, const json::Object& payload) {
        ObjectReader members(payload, "payload");
        m_payment.paid.signature = members.bytes("signature", kMostSignature);
        // Present is also what is null: others who read it may take it for one.
        const bool transfer = payload.find("authorization") != nullptr;
        if (transfer == (payload.find("permit2Authorization") != nullptr)) {
            reader.complain("payload", "needs one of authorization and permit2Authorization");
            return;
        }
        const auto inner =
            json::objectIn(members.object(transfer ? "authorization" : "permit2Authorization"));
        if (inner && transfer)
            readTransfer(*inner);
        else if (inner)
            readPermit2(*inner);
        note(members);
    }

    void readTransfer(const json::Object& json) {
        ObjectReader members(json, "payload.authorization");
        TransferAuthorization out;
        out.from = members.address("from");
        out.to = members.address("to");
        out.value = members.amount("value");
        out.validAfter = members.amount("validAfter");
        out.validBefore = members.amount("validBefore");
        out.nonce = members.bytes32("nonce");
        m_payment.paid.authorization = out;
        note(members);
    }

    void readPermit2(const json::Object& json) {
        ObjectReader members(json, "payload.permit2Authorization");
        Permit2Authorization out;
        out.from = members.address("from");
        out.spender = members.address("spender");
        out.nonce = members.amount("nonce");
        out.deadline = members.amount("deadline");
        if (const auto permitted = json::objectIn(members.object("permitted"))) {
            ObjectReader parts(*permitted, "payload.permit2Authorization.permitted");
            out.token = parts.address("token");
            out.amount = parts.amount("amount");
            note(parts);
        }
        if (const auto witness = json::objectIn(members.object("witness"))) {
            ObjectReader parts(*witness, "payload.permit2Authorization.witness");
            out.to = parts.address("to");
            out.validAfter = parts.amount("validAfter");
            out.facilitator = parts.optionalAddress("facilitator");
            note(parts);
        }
        m_payment.paid.authorization = out;
        note(members);
    }

    // extensions.payment-identifier.info.id; a wrong one is a wrong request, as nothing was paid.
    // Version 1 knows no extensions, but who sends this one means it.
    PaymentReading withPaymentId(ObjectReader& reader) {
        m_payment.extensionsJson = reader.optionalObject("extensions");
        const auto extensions = json::objectIn(m_payment.extensionsJson);
        const json::Member* const named =
            extensions ? extensions->find("payment-identifier") : nullptr;
        const auto extension =
            named == nullptr ? std::nullopt : json::objectIn(extensions->raw(*named));
        const json::Member* const info = extension ? extension->find("info") : nullptr;
        const auto object = info == nullptr ? std::nullopt : json::objectIn(extension->raw(*info));
        if (object && object->find("id") != nullptr) {
            ObjectReader members(*object, {});
            m_payment.paymentId = members.optionalText("id", kMostName);
            if (members.has("id") && !isPaymentId(m_payment.paymentId))
                return refused(400, "invalid_payload",
                               "The payment identifier must be 16 to 128 letters, digits, - and "
                               "_.");
        }
        if (!reader.ok())
            return unreadable(reader.problem());
        return finished();
    }

    const json::Object& m_root;
    ReceivedPayment m_payment;
    std::string m_problem;
};

PaymentReading parse(std::string_view value, int version) {
    const auto json = decodeEnvelope(value);
    if (!json)
        return unreadable("its header is longer than 16 kB or no base64");
    const auto root = json::scanObject(*json);
    if (!root)
        return unreadable("its header holds no sound JSON object");
    return PaymentParser(*root, version).run();
}

// Every member of our `extra` stands in theirs with the same value.
bool holdsExtra(const json::Object& theirs, std::string_view ours) {
    const auto object = json::objectIn(ours);
    for (const json::Member& member : object->members) {
        const json::Member* const same = theirs.find(member.key);
        if (same == nullptr || same->type != member.type)
            return false;
        const std::string a = json::unescape(object->raw(member));
        const std::string b = json::unescape(theirs.raw(*same));
        const auto address = Address::parse(a);
        if (a != b && (!address || Address::parse(b) != address))
            return false;
    }
    return true;
}

bool matches(const ReceivedPayment& payment, const SaleOffer& offer) {
    if (payment.scheme != offer.scheme)
        return false;
    if (payment.version == 1)
        return isForV1(offer) && payment.network == offer.network.v1Name;
    if (payment.chain != offer.network.id || payment.amount != offer.amount ||
        payment.asset != offer.token.address || payment.payTo != offer.payTo)
        return false;
    const std::string ours = requirementV2(offer, offer.amount);
    const auto entry = json::objectIn(ours);
    const std::string_view extra =
        payment.extraJson.empty() ? "{}" : std::string_view(payment.extraJson);
    const auto theirs = json::objectIn(extra);
    return theirs && holdsExtra(*theirs, entry->raw(*entry->find("extra")));
}

PaymentProblem problem(std::string_view reason, std::string message) {
    return {402, std::string(reason), std::move(message)};
}

std::optional<PaymentProblem> checkTransfer(const TransferAuthorization& transfer,
                                            const SaleOffer& offer, int version, std::uint64_t now,
                                            std::uint64_t margin) {
    if (transfer.to != offer.payTo)
        return problem("invalid_exact_evm_recipient_mismatch",
                       "The authorization pays somebody else.");
    if (transfer.value != offer.amount)
        return problem(version == 1 ? "invalid_exact_evm_authorization_value"
                                    : "invalid_exact_evm_payload_authorization_value_mismatch",
                       "The authorization is not for the amount asked.");
    if (transfer.validBefore <= Uint256(now + margin))
        return problem("invalid_exact_evm_payload_authorization_valid_before",
                       "The authorization is over, or ends too soon to be settled.");
    if (transfer.validAfter >= Uint256(now))
        return problem("invalid_exact_evm_payload_authorization_valid_after",
                       "The authorization is not valid yet.");
    return std::nullopt;
}

std::optional<PaymentProblem> checkPermit2(const Permit2Transfer& transfer, const SaleOffer& offer,
                                           std::uint64_t now, std::uint64_t margin) {
    const bool upto = offer.scheme == Scheme::Upto;
    if (transfer.spender != (upto ? kUptoProxy : kExactProxy))
        return problem("invalid_permit2_spender", "The permit is not for x402's proxy.");
    if (transfer.to != offer.payTo)
        return problem("invalid_permit2_recipient_mismatch", "The permit pays somebody else.");
    if (transfer.facilitator != offer.facilitator)
        return problem("upto_facilitator_mismatch", "The permit names another facilitator.");
    if (transfer.deadline <= Uint256(now + margin))
        return problem("permit2_deadline_expired",
                       "The permit is over, or ends too soon to be settled.");
    if (transfer.validAfter > Uint256(now))
        return problem("permit2_not_yet_valid", "The permit is not valid yet.");
    if (transfer.amount != offer.amount)
        return problem("permit2_amount_mismatch", "The permit is not for the amount asked.");
    if (transfer.token != offer.token.address)
        return problem("permit2_token_mismatch", "The permit is for another token.");
    return std::nullopt;
}

}  // namespace

PaymentReading readPayment(const http::Fields& fields) {
    const std::size_t second = fields.count(field::kSignature);
    const std::size_t first = fields.count(field::kPayment);
    if (first + second == 0)
        return {};
    if (first + second > 1)
        return refused(400, "invalid_payload",
                       "Send one payment, in PAYMENT-SIGNATURE or in X-PAYMENT: not two headers.");
    return second == 1 ? parse(*fields.find(field::kSignature), 2)
                       : parse(*fields.find(field::kPayment), 1);
}

std::optional<std::size_t> matchOffer(const ReceivedPayment& payment,
                                      const std::vector<SaleOffer>& offers) {
    const auto found = std::find_if(offers.begin(), offers.end(), [&](const SaleOffer& offer) {
        return matches(payment, offer);
    });
    if (found == offers.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - offers.begin());
}

std::optional<PaymentProblem> checkPayment(const ReceivedPayment& payment, const SaleOffer& offer,
                                           std::uint64_t now, std::uint64_t margin) {
    const auto* const transfer = std::get_if<TransferAuthorization>(&payment.paid.authorization);
    if ((transfer != nullptr) != (offer.method == TransferMethod::Eip3009))
        return problem("unsupported_payload_type",
                       "The payment is not of the transfer method that was offered.");
    const bool permit2 = transfer == nullptr;
    // Permit2 takes the 64 bytes of EIP-2098 too.
    const std::size_t size = payment.paid.signature.size();
    if (size < 65 && !(permit2 && size == 64))
        return problem(permit2 ? "invalid_permit2_signature" : "invalid_exact_evm_signature",
                       "The signature is too short.");
    if (payerOf(payment.paid.authorization).isZero())
        return problem("invalid_payload", "The payer is the zero address.");
    if (transfer != nullptr)
        return checkTransfer(*transfer, offer, payment.version, now, margin);
    return checkPermit2(std::get<Permit2Authorization>(payment.paid.authorization), offer, now,
                        margin);
}

}  // namespace gr::payment
