// SPDX-License-Identifier: MIT
#include "payment/quote.h"

#include <algorithm>

#include "json/writer.h"
#include "payment/address.h"
#include "payment/envelope.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostDescription = 256;  // each entry of version 1 repeats it
constexpr std::string_view kFirstError = "Payment required";
constexpr std::string_view kFirstErrorV1 = "X-PAYMENT header is required";

// As the reference implementation declares it: clients hold what they add against the schema.
constexpr std::string_view kPaymentIdentifier =
    R"({"payment-identifier":{"info":{"required":false},"schema":{)"
    R"("$schema":"https://json-schema.org/draft/2020-12/schema",)"
    R"("type":"object","properties":{"required":{"type":"boolean"},)"
    R"("id":{"type":"string","minLength":16,"maxLength":128,"pattern":"^[a-zA-Z0-9_-]+$"}},)"
    R"("required":["required"]}}})";

void writeExtra(json::Writer& out, const SaleOffer& offer) {
    out.key("extra").object();
    if (offer.token.domain) {
        out.key("name").string(offer.token.domain->name);
        out.key("version").string(offer.token.domain->version);
    }
    if (offer.method == TransferMethod::Permit2)
        out.key("assetTransferMethod").string(nameOf(offer.method));
    if (offer.flow == PaymentFlow::Upfront)
        out.key("paymentFlow").string("upfront");
    if (offer.facilitator)
        out.key("facilitatorAddress").string(checksumText(*offer.facilitator));
    out.end();
}

std::string headerOf(const Quote& quote) {
    json::Writer out;
    out.object().key("x402Version").number(2);
    out.key("error").string(quote.error.empty() ? kFirstError : std::string_view(quote.error));
    out.key("resource").raw(resourceV2(quote));
    out.key("accepts").array();
    for (const SaleOffer& offer : quote.offers)
        out.raw(requirementV2(offer, offer.amount));
    out.end();
    if (quote.paymentId)
        out.key("extensions").raw(kPaymentIdentifier);
    return encodeEnvelope(out.end().text());
}

std::string bodyOf(const Quote& quote) {
    json::Writer accepts;
    accepts.array();
    std::vector<ChainId> named;
    for (const SaleOffer& offer : quote.offers) {
        const ChainId chain = offer.network.id;
        // Its payments do not say which token they are for.
        if (!isForV1(offer) || std::find(named.begin(), named.end(), chain) != named.end())
            continue;
        named.push_back(chain);
        accepts.raw(requirementV1(offer, quote));
    }
    json::Writer out;
    out.object();
    // Terms of version 1 have one entry at least: without any these are none.
    if (!named.empty())
        out.key("x402Version").number(1);
    out.key("error").string(quote.error.empty() ? kFirstErrorV1 : std::string_view(quote.error));
    if (!named.empty())
        out.key("accepts").raw(accepts.end().text());
    if (!quote.clientErrorName.empty())
        out.key(quote.clientErrorName).raw(quote.clientErrorJson);
    return out.end().take();
}

}  // namespace

WrittenQuote writeQuote(const Quote& quote) {
    return {headerOf(quote), bodyOf(quote)};
}

bool isForV1(const SaleOffer& offer) {
    return offer.scheme == Scheme::Exact && offer.method == TransferMethod::Eip3009 &&
           offer.network.v1Offered && offer.token.domain;
}

std::string resourceV2(const Quote& quote) {
    json::Writer out;
    out.object().key("url").string(quote.resource);
    out.key("description").string(plainText(quote.description, kMostDescription));
    out.key("mimeType").string(quote.mimeType);
    if (!quote.serviceName.empty())
        out.key("serviceName").string(asciiText(quote.serviceName, 32));
    return out.end().take();
}

std::string requirementV2(const SaleOffer& offer, const Uint256& amount) {
    json::Writer out;
    out.object().key("scheme").string(nameOf(offer.scheme));
    out.key("network").string(offer.network.caip2());
    out.key("amount").string(amount.toDecimal());
    out.key("asset").string(checksumText(offer.token.address));
    out.key("payTo").string(checksumText(offer.payTo));
    out.key("maxTimeoutSeconds").number(static_cast<std::int64_t>(offer.maxTimeoutSeconds));
    writeExtra(out, offer);
    return out.end().take();
}

std::string requirementV1(const SaleOffer& offer, const Quote& quote) {
    json::Writer out;
    out.object().key("scheme").string(nameOf(offer.scheme));
    out.key("network").string(offer.network.v1Name);
    out.key("maxAmountRequired").string(offer.amount.toDecimal());
    out.key("resource").string(quote.resource);
    out.key("description").string(asciiText(quote.description, kMostDescription));
    out.key("mimeType").string(quote.mimeType);
    out.key("payTo").string(checksumText(offer.payTo));
    out.key("maxTimeoutSeconds").number(static_cast<std::int64_t>(offer.maxTimeoutSeconds));
    out.key("asset").string(checksumText(offer.token.address));
    out.key("extra").object();
    if (offer.token.domain) {
        out.key("name").string(offer.token.domain->name);
        out.key("version").string(offer.token.domain->version);
    }
    return out.end().end().take();
}

}  // namespace gr::payment
