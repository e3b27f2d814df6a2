// SPDX-License-Identifier: MIT
// A chunked body gives the same bytes, the same end and the same refusal however it is torn, in a
// request and in an answer.
#include <string>

#include "fuzz.h"
#include "http/parser.h"

using namespace gr;
using fuzz::must;

namespace {

struct Outcome {
    bool refused = false;
    bool done = false;
    std::string body;
    std::size_t consumed = 0;
    bool operator==(const Outcome&) const = default;
};

constexpr std::string_view kRequest =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// `tear` 0: all at once. What a step did not use comes again with the next piece, as a connection
// does it.
template <class Parser, class Head>
Outcome read(std::string_view headText, std::string_view bytes, const std::uint8_t* tear) {
    Parser parser;
    Head head;
    must(*parser.head(headText, head) == headText.size());
    Outcome outcome;
    fuzz::Pieces pieces(tear == nullptr ? std::uint8_t{0} : *tear);
    const http::BodySink sink = [&](std::string_view piece) { outcome.body += piece; };
    for (std::size_t have = 0; have < bytes.size() && !outcome.done && !outcome.refused;) {
        have += tear == nullptr ? bytes.size() : pieces.next(bytes.size() - have);
        const auto step =
            parser.body(bytes.substr(outcome.consumed, have - outcome.consumed), sink);
        outcome.refused = !step;
        if (step) {
            must(step->consumed <= have - outcome.consumed);
            outcome.consumed += step->consumed;
            outcome.done = step->done;
        }
    }
    if (outcome.refused) {  // how far it got before is not part of the contract
        outcome.body.clear();
        outcome.consumed = 0;
    }
    return outcome;
}

// Read whole and read torn mean the same. A rest too short to judge may wait for more bytes before
// it is refused.
bool agree(const Outcome& whole, const Outcome& torn, std::size_t size) {
    const bool refusalWaits = whole.refused && !torn.refused && size - torn.consumed < 5;
    return whole.done == torn.done && (whole.refused == torn.refused || refusalWaits) &&
           (!whole.done || whole == torn);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto bytes = fuzz::asText(data + 1, size - 1);
    const auto whole = read<http::RequestParser, http::RequestHead>(kRequest, bytes, nullptr);
    must(whole.body.size() <= bytes.size());
    const auto torn = read<http::RequestParser, http::RequestHead>(kRequest, bytes, data);
    must(agree(whole, torn, bytes.size()));

    const auto answer = read<http::ResponseParser, http::ResponseHead>(kAnswer, bytes, data);
    must(agree(whole, answer, bytes.size()));
    return 0;
}
