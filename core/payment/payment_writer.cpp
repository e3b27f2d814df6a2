// SPDX-License-Identifier: MIT
#include "payment/payment_writer.h"

#include <algorithm>

#include "json/scan.h"
#include "json/writer.h"
#include "payment/address.h"
#include "payment/envelope.h"

namespace gr::payment {
namespace {

constexpr std::string_view kPaymentId = "payment-identifier";
constexpr std::size_t kMostSent = 6 * 1024;  // bytes before base64: 8 kB is what proxies take

void writeTransfer(json::Writer& out, const TransferAuthorization& transfer,
                   std::string_view payTo) {
    out.key("authorization").object();
    out.key("from").string(checksumText(transfer.from));
    out.key("to").string(payTo.empty() ? checksumText(transfer.to) : std::string(payTo));
    out.key("value").string(transfer.value.toDecimal());
    out.key("validAfter").string(transfer.validAfter.toDecimal());
    out.key("validBefore").string(transfer.validBefore.toDecimal());
    out.key("nonce").string(transfer.nonce.toHex());
    out.end();
}

void writePermit2(json::Writer& out, const Permit2Authorization& paid, std::string_view payTo) {
    const Permit2Transfer& transfer = paid;
    out.key("permit2Authorization").object();
    out.key("from").string(checksumText(paid.from));
    out.key("permitted").object();
    out.key("token").string(checksumText(transfer.token));
    out.key("amount").string(transfer.amount.toDecimal()).end();
    out.key("spender").string(checksumText(transfer.spender));
    out.key("nonce").string(transfer.nonce.toDecimal());
    out.key("deadline").string(transfer.deadline.toDecimal());
    out.key("witness").object();
    out.key("to").string(payTo.empty() ? checksumText(transfer.to) : std::string(payTo));
    if (transfer.facilitator)
        out.key("facilitator").string(checksumText(*transfer.facilitator));
    out.key("validAfter").string(transfer.validAfter.toDecimal());
    out.end().end();
}

// The extension with `id` added to its info; as it was where the seller set one already.
std::string withPaymentId(std::string_view extension, std::string_view id) {
    const auto object = json::objectIn(extension);
    if (!object)
        return std::string(extension);
    json::Writer out;
    out.object().key("info").object();
    if (const json::Member* const info = object->find("info")) {
        const auto members = json::objectIn(object->raw(*info));
        for (std::size_t i = 0; members && i < members->members.size(); ++i) {
            const json::Member& member = members->members[i];
            if (member.key != "id")
                out.key(member.key).raw(members->raw(member));
        }
    }
    out.key("id").string(id).end();
    for (const json::Member& member : object->members) {
        if (member.key != "info")
            out.key(member.key).raw(object->raw(member));
    }
    return out.end().take();
}

void writeExtensions(json::Writer& out, const Terms& terms, std::string_view paymentId,
                     std::size_t room) {
    json::Writer extensions;
    extensions.object();
    for (const ExtensionText& extension : terms.extensions) {
        const bool identifier = extension.name == kPaymentId && !paymentId.empty();
        if (extension.name == kPaymentId && !identifier)
            continue;
        const std::string json =
            identifier ? withPaymentId(extension.json, paymentId) : extension.json;
        if (identifier || json.size() + extension.name.size() < room) {
            room -= std::min(room, json.size() + extension.name.size());
            extensions.key(extension.name).raw(json);
        }
    }
    extensions.end();
    if (extensions.text() != "{}")
        out.key("extensions").raw(extensions.text());
}

std::string paymentV2(const Terms& terms, const Offer& offer, std::string_view payload,
                      std::string_view paymentId) {
    json::Writer out;
    out.object().key("x402Version").number(2);
    out.key("payload").raw(payload);
    if (!terms.resourceJson.empty() && terms.resourceJson.size() < kMostSent / 4)
        out.key("resource").raw(terms.resourceJson);
    out.key("accepted").raw(offer.json);
    const std::size_t used = out.text().size();
    writeExtensions(out, terms, paymentId, used < kMostSent ? kMostSent - used : 0);
    return out.end().take();
}

std::string paymentV1(const Offer& offer, std::string_view payload) {
    json::Writer out;
    out.object().key("x402Version").number(1);
    out.key("scheme").string(nameOf(offer.scheme));
    out.key("network").string(offer.network);
    out.key("payload").raw(payload);
    return out.end().take();
}

}  // namespace

std::string payloadJson(const SignedAuthorization& paid, std::string_view payTo) {
    json::Writer out;
    out.object().key("signature").string(hexOf(paid.signature));
    if (const auto* const transfer = std::get_if<TransferAuthorization>(&paid.authorization))
        writeTransfer(out, *transfer, payTo);
    else
        writePermit2(out, std::get<Permit2Authorization>(paid.authorization), payTo);
    return out.end().take();
}

PaymentHeader writePayment(const Terms& terms, const Offer& offer, const SignedAuthorization& paid,
                           std::string_view paymentId) {
    const std::string payload = payloadJson(paid, offer.payToText);
    if (terms.version == 1)
        return {field::kPayment, encodeEnvelope(paymentV1(offer, payload))};
    return {field::kSignature, encodeEnvelope(paymentV2(terms, offer, payload, paymentId))};
}

}  // namespace gr::payment
