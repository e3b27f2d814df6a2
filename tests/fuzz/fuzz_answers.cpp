// SPDX-License-Identifier: MIT
// A provider's answer of any protocol for a client of any protocol: events of JSON, the same
// however the network tears the stream; what broke off never looks finished, what ended well does.
#include <array>
#include <string>

#include "fuzz.h"
#include "support/transcript_road.h"

using namespace gr;
using fuzz::must;
using protocol::Protocol;

namespace {

// They carry a seal, so that answers of the same protocol are translated as well.
constexpr std::array<std::string_view, 4> kRequests{
    R"({"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"gr1."}],
"tools":[{"type":"function","function":{"name":"look"}},{"type":"custom","custom":{"name":"apply_patch"}}]})",
    R"({"model":"m","stream":true,"input":"gr1.","tools":[{"type":"function","name":"look"},
{"type":"custom","name":"apply_patch"},{"type":"namespace","name":"shell","description":"d","tools":[
{"type":"function","name":"run"}]}],"include":["reasoning.encrypted_content"]})",
    R"({"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"gr1."}],
"tools":[{"name":"look","input_schema":{"type":"object"}}],"thinking":{"type":"adaptive"}})",
    R"({"contents":[{"role":"user","parts":[{"text":"Z3IxLg=="}]}],
"tools":[{"functionDeclarations":[{"name":"look"}]}]})"};

bool geminiFinished(const json::Object& chunk) {
    const json::Member* candidates = chunk.find("candidates");
    if (candidates == nullptr)
        return false;
    for (const auto element : json::elementsIn(chunk.raw(*candidates))) {
        const auto candidate = json::objectIn(element);
        if (candidate && candidate->find("finishReason") != nullptr)
            return true;
    }
    return false;
}

// Checks the form of one event; true for a mark of a good end.
bool finishes(Protocol client, std::string_view event, std::string& scratch) {
    const std::string_view data = http::sseData(event, scratch);
    if (client == Protocol::OpenAiChat && data == "[DONE]")
        return true;
    const auto object = json::scanObject(data);
    must(object.has_value());
    const std::string_view name = http::sseName(event);
    if (client == Protocol::Gemini)
        return geminiFinished(*object);
    if (client == Protocol::OpenAiResponses)
        return name == "response.completed" || name == "response.incomplete";
    return client == Protocol::Anthropic && name == "message_stop";
}

void checkStream(Protocol client, const std::string& out, bool ended) {
    std::string scratch;
    bool finished = false;
    http::SseSplitter splitter;
    const auto fed = splitter.feed(out, [&](std::string_view event) {
        finished = finishes(client, event, scratch) || finished;
    });
    must(fed.has_value() && splitter.rest().empty());
    must(ended || !finished);
}

// Gemini's stream without alt=sse: an array that is whole where the stream is, and only there.
void checkArray(const std::string& out, bool ended) {
    must(json::scanObject("{\"a\":" + out + "}").has_value() == ended);
}

using Form = test::TranscriptRoad::Form;

Form formOf(Protocol client, std::uint8_t mark) {
    if (mark == 255)
        return Form::Whole;
    return mark > 127 && client == Protocol::Gemini ? Form::Array : Form::Stream;
}

}  // namespace

// The first byte says who answers whom, the second how the stream is torn and which form the client
// wants.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::size_t index = data[0] % 4;
    const auto& provider = test::kTranscriptProviders[data[0] / 4 % 7];
    const auto answer = fuzz::asText(data + 2, size - 2);
    static test::Seals seals;
    const Protocol client = test::kTranscriptClients[index];
    const Form form = formOf(client, data[1]);
    test::TranscriptRoad road(seals, client, provider, std::string(kRequests[index]), form);
    must(road.open().has_value());
    if (form == Form::Whole) {
        const auto passage = road.passage();
        const auto whole = passage->whole(answer);
        must(!whole || json::scanObject(*whole).has_value());
        return 0;
    }
    bool ended = false;
    const auto all = [](std::size_t left) { return left; };
    const std::string out = test::playStream(*road.passage(), answer, all, &ended);
    fuzz::Pieces pieces(data[1]);
    const auto torn = [&pieces](std::size_t left) { return pieces.next(left); };
    must(test::playStream(*road.passage(), answer, torn) == out);
    if (form == Form::Array)
        checkArray(out, ended);
    else if (road.translated())
        checkStream(client, out, ended);
    return 0;
}
