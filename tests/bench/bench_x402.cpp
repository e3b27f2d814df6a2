// SPDX-License-Identifier: MIT
// What the words of x402 cost a selling gateway: bench_x402 [ROUNDS]. CPU time of one thread.
// Exit code 1 when a bound is broken: 500 unpaid probes a second on one core leave 2 ms for each,
// of which the terms may take a tenth.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "payment/payment_reader.h"
#include "payment/payment_writer.h"

using namespace gr::payment;

namespace {

double cpuNow() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

bool measure(const char* what, int rounds, double bound, const std::function<bool(int)>& work) {
    bool good = true;
    const double begin = cpuNow();
    for (int i = 0; i < rounds; ++i)
        good = work(i) && good;
    const double us = (cpuNow() - begin) / rounds;
    std::printf("%-52s %7.1f us, bound %.0f us%s%s\n", what, us, bound,
                us > bound ? "  BROKEN" : "", good ? "" : "  WRONG");
    return good && us <= bound;
}

// What a gateway offers that sells on five networks, in USDC and USDT, and upto.
Quote quoteOf(const NetworkList& list) {
    Quote quote;
    quote.resource = "https://gateway.example/v1/chat/completions";
    quote.description = "One answer of gpt-5.5-mini: 1,234 tokens in, at most 4,096 out";
    quote.paymentId = true;
    for (const ChainId chain : {8453, 137, 42161, 10, 43114}) {
        for (const Token* const token : list.tokensOf(chain)) {
            SaleOffer offer;
            offer.network = *list.find(chain);
            offer.token = *token;
            offer.method = token->method();
            offer.amount = 12'345;
            offer.payTo = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
            quote.offers.push_back(offer);
        }
    }
    SaleOffer upto = quote.offers.front();
    upto.scheme = Scheme::Upto;
    upto.method = TransferMethod::Permit2;
    upto.facilitator = upto.payTo;
    quote.offers.push_back(upto);
    return quote;
}

// The payment that a buyer of ours sends for the offer `wanted`.
PaymentHeader paymentFor(const NetworkList& list, const std::string& header, std::size_t wanted) {
    gr::http::Fields fields;
    fields.add("PAYMENT-REQUIRED", header);
    const Terms terms = readTerms(402, fields, {}, list).terms;
    const Offer& offer = terms.offers.at(wanted);
    TransferAuthorization transfer;
    transfer.from = offer.asset;
    transfer.to = offer.payTo;
    transfer.value = offer.amount;
    transfer.validBefore = 4'102'444'800;
    return writePayment(terms, offer, {transfer, std::string(65, 'x')}, "0123456789abcdef");
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 20'000;
    const NetworkList list = NetworkList::embedded();
    Quote quote = quoteOf(list);
    const WrittenQuote written = writeQuote(quote);
    std::printf("%zu offers, header of %zu bytes, body of %zu bytes\n", quote.offers.size(),
                written.header.size(), written.body.size());
    bool good = measure("terms of both versions, written", rounds, 200, [&](int i) {
        for (SaleOffer& offer : quote.offers)
            offer.amount = 10'000 + static_cast<std::uint64_t>(i);
        return !writeQuote(quote).header.empty();
    });
    quote = quoteOf(list);
    // The sixth: Arbitrum's USDT, whose name is not ASCII.
    const PaymentHeader payment = paymentFor(list, written.header, 5);
    gr::http::Fields fields;
    fields.add(payment.name, payment.value);
    good =
        measure("a payment, read, matched and checked", rounds, 100,
                [&](int) {
                    const PaymentReading reading = readPayment(fields);
                    const auto place =
                        reading.payment ? matchOffer(*reading.payment, quote.offers) : std::nullopt;
                    return place &&
                           !checkPayment(*reading.payment, quote.offers[*place], 1'800'000'000, 6);
                }) &&
        good;
    gr::http::Fields terms;
    terms.add("PAYMENT-REQUIRED", written.header);
    good = measure("terms, read as a buyer", rounds, 100,
                   [&](int) {
                       return readTerms(402, terms, {}, list).terms.offers.size() ==
                              quote.offers.size();
                   }) &&
           good;
    return good ? 0 : 1;
}
