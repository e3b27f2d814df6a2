// SPDX-License-Identifier: MIT
// Words of strangers about money: what a seller asks, what a buyer sends, what a facilitator says.
// Nothing is paid that the wallet does not know or that is dearer than its bound, and what we write
// we read again. The first byte says which of them the rest is.
#include <algorithm>
#include <string>

#include "fuzz.h"
#include "json/scan.h"
#include "payment/envelope.h"
#include "payment/facilitator.h"
#include "payment/offer_choice.h"
#include "payment/payment_writer.h"
#include "payment/token_amount.h"

using namespace gr;
using namespace gr::payment;
using fuzz::must;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

const NetworkList& networks() {
    static const NetworkList list = NetworkList::embedded();
    return list;
}

bool isPlain(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }) &&
           plainText(text, text.size()) == text;
}

SignedAuthorization paymentOf(const Offer& offer) {
    const Address from = *Address::parse("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23");
    if (offer.method == TransferMethod::Permit2) {
        Permit2Authorization permit;
        permit.from = from;
        permit.token = offer.asset;
        permit.amount = offer.amount;
        permit.to = offer.payTo;
        permit.facilitator = offer.facilitator;
        return {permit, std::string(65, 'x')};
    }
    TransferAuthorization transfer;
    transfer.from = from;
    transfer.to = offer.payTo;
    transfer.value = offer.amount;
    return {transfer, std::string(65, 'x')};
}

PaymentReading readBack(const PaymentHeader& header) {
    http::Fields fields;
    fields.add(header.name, header.value);
    return readPayment(fields);
}

void checkPaid(const Terms& terms, const ChosenOffer& chosen, const ChoiceWishes& wishes) {
    const Offer& offer = chosen.offer;
    must(networks().token(offer.chain, offer.asset) != nullptr);
    must(!offer.amount.isZero() && !offer.payTo.isZero());
    must(chosen.seconds <= wishes.mostSeconds);
    must(chosen.usd <= *wishes.bound->times(2));
    must(*unitsFor(chosen.usd, chosen.token.decimals) >= offer.amount);
    const SignedAuthorization paid = paymentOf(offer);
    const PaymentHeader header = writePayment(terms, offer, paid, "0123456789abcdef");
    if (header.value.size() > kMostHeader)
        return;
    const auto back = readBack(header);
    must(back.payment && back.payment->paid.authorization == paid.authorization);
    must(terms.version == 1 ||
         (back.payment->amount == offer.amount && back.payment->asset == offer.asset));
}

void checkTerms(const TermsReading& reading) {
    if (reading.kind != TermsReading::Kind::Terms) {
        must(reading.terms.offers.empty());
        must((reading.kind == TermsReading::Kind::Broken) == !reading.problem.empty());
        return;
    }
    const Terms& terms = reading.terms;
    must(terms.offers.size() <= kMostOffers);
    must(isPlain(terms.error) && isPlain(terms.resource) && isPlain(terms.description));
    for (const SkippedOffer& skipped : terms.skipped)
        must(!skipped.reason.empty() && isPlain(skipped.reason));
    ChoiceWishes wishes;
    wishes.bound = Money::parse("0.05");
    wishes.fairPermille = 2'000;
    for (const Token& token : networks().tokens())
        wishes.tokens.push_back({token, std::nullopt, Uint256::max()});
    const OfferChoice choice = chooseOffer(terms, wishes);
    must(choice.chosen.has_value() == choice.reason().empty());
    if (choice.chosen)
        checkPaid(terms, *choice.chosen, wishes);
}

SaleOffer sale(ChainId chain, Scheme scheme) {
    SaleOffer offer;
    offer.network = *networks().find(chain);
    offer.token = *networks().tokensOf(chain).front();
    offer.amount = scheme == Scheme::Exact ? 10'000 : 500'000;
    offer.payTo = *Address::parse("0x209693Bc6afc0C5328bA36FaF03C514EF312287C");
    offer.scheme = scheme;
    if (scheme == Scheme::Upto) {
        offer.method = TransferMethod::Permit2;
        offer.facilitator = Address::parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    }
    return offer;
}

void checkPayment(const PaymentReading& reading) {
    must(reading.payment.has_value() != reading.problem.has_value());
    if (!reading.payment)
        return must(isPlain(reading.problem->message) && !reading.problem->reason.empty());
    const ReceivedPayment& payment = *reading.payment;
    must(payment.paid.signature.size() <= 4096);
    Quote quote;
    quote.offers = {sale(84532, Scheme::Exact), sale(84532, Scheme::Upto)};
    const auto place = matchOffer(payment, quote.offers);
    if (!place)
        return;
    const SaleOffer& ours = quote.offers[*place];
    must(json::scanObject(facilitatorRequest(payment, ours, quote, ours.amount)).has_value());
    if (payment::checkPayment(payment, ours, kNow, 6))
        return;
    if (const auto* transfer = std::get_if<TransferAuthorization>(&payment.paid.authorization)) {
        must(transfer->to == ours.payTo && transfer->value == ours.amount);
        must(transfer->validBefore > Uint256(kNow + 6) && transfer->validAfter < Uint256(kNow));
    } else {
        const auto& permit = std::get<Permit2Authorization>(payment.paid.authorization);
        must(permit.to == ours.payTo && permit.amount == ours.amount);
        must(permit.token == ours.token.address && permit.facilitator == ours.facilitator);
    }
}

void checkFacilitator(std::string_view text) {
    if (const auto settled = readSettleAnswer(text)) {
        must(isPlain(settled->errorReason) && isPlain(settled->transaction));
        http::Fields fields;
        const std::string value = writeReceipt(*settled, 2);
        fields.add("PAYMENT-RESPONSE", value);
        const auto back = readReceipt(fields);
        must(value.size() > kMostHeader || (back && back->success == settled->success &&
                                            back->transaction == settled->transaction));
    }
    if (const auto verified = readVerifyAnswer(text))
        must(isPlain(verified->reason) && isPlain(verified->message));
    (void)readSupported(text);
    (void)NetworkList::parse(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text = fuzz::asText(data + 1, size - 1);
    const std::string envelope = encodeEnvelope(text);
    must(envelope.size() > kMostHeader || decodeEnvelope(envelope) == text);
    http::Fields fields;
    switch (data[0] % 6) {
        case 0:
            fields.add("PAYMENT-REQUIRED", envelope);
            checkTerms(readTerms(402, fields, {}, networks()));
            break;
        case 1:
            checkTerms(readTerms(402, fields, text, networks()));
            break;
        case 2:
            checkPayment(readBack({"PAYMENT-SIGNATURE", envelope}));
            break;
        case 3:
            checkPayment(readBack({"X-PAYMENT", envelope}));
            break;
        case 4:  // whatever stands in the field itself
            checkPayment(readBack({"PAYMENT-SIGNATURE", std::string(text)}));
            break;
        default:
            checkFacilitator(text);
    }
    return 0;
}
