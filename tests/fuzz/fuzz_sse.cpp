// SPDX-License-Identifier: MIT
// Events are cut at the same places however the stream is torn, and put together again they are
// the stream, byte for byte.
#include <string>
#include <vector>

#include "fuzz.h"
#include "http/sse.h"

using namespace gr;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto bytes = fuzz::asText(data + 1, size - 1);
    std::vector<std::string> events;
    std::string joined, scratch;
    http::SseSplitter whole;
    const auto fed = whole.feed(bytes, [&](std::string_view event) {
        must(!event.empty() && (event.back() == '\n' || event.back() == '\r'));
        must(http::sseData(event, scratch).size() <= event.size());
        must(http::sseName(event).size() <= event.size());
        events.emplace_back(event);
        joined += event;
    });
    must(fed.has_value());
    must(joined + std::string(whole.rest()) == bytes);

    std::size_t at = 0;
    http::SseSplitter torn;
    fuzz::Pieces pieces(data[0]);
    for (std::size_t have = 0; have < bytes.size();) {
        const auto length = pieces.next(bytes.size() - have);
        const auto step = torn.feed(bytes.substr(have, length), [&](std::string_view event) {
            must(at < events.size() && events[at] == event);
            ++at;
        });
        must(step.has_value());
        have += length;
    }
    must(at == events.size() && torn.rest() == whole.rest());
    return 0;
}
