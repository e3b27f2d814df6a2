// SPDX-License-Identifier: MIT
// A request of any protocol, written for any provider: JSON, and the provider's own reader takes
// it.
#include <string>

#include "fuzz.h"
#include "support/transcript_road.h"

using namespace gr;
using fuzz::must;

// The first byte says who speaks to whom, and whether it streams.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto client = test::kTranscriptClients[data[0] % 4];
    const auto& provider = test::kTranscriptProviders[data[0] / 4 % 7];
    using Form = test::TranscriptRoad::Form;
    const Form form = data[0] < 128 ? Form::Stream : Form::Whole;
    static test::Seals seals;
    std::string body(fuzz::asText(data + 1, size - 1));
    if (json::scanObject(body))  // proofs are text
        body = seals.closed(std::move(body));
    test::TranscriptRoad road(seals, client, provider, std::move(body), form);
    if (const auto opened = road.open(); !opened) {
        must(!opened.error().message.text.empty());
        return 0;
    }
    const std::string& written = road.written().body;
    must(json::scanObject(written).has_value());
    if (!road.translated())
        return 0;
    const auto again = protocol::adapter(provider.protocol).readRequest(written);
    must(again.has_value());
    must(provider.protocol == protocol::Protocol::Gemini || again->model == provider.model);
    return 0;
}
