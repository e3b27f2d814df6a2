// SPDX-License-Identifier: MIT
// Seals open for their client alone and say what was sealed; embeddings in both directions are
// JSON.
#include <string>

#include "fuzz.h"
#include "json/scan.h"
#include "protocol/embeddings.h"
#include "protocol/opaque.h"

using namespace gr;
using fuzz::must;

namespace {

void checkSeal(std::string_view text) {
    static const protocol::Sealer sealer(Secret("0123456789abcdef0123456789abcdef"));
    must(!sealer.open("client", text));  // nobody guesses a MAC
    const std::string sealed = sealer.seal("client", "anthropic:redacted", text);
    const auto opened = sealer.open("client", sealed);
    must(opened && opened->vendor == "anthropic:redacted" && opened->signature == text);
    must(!sealer.open("clien", sealed) && !sealer.open("client2", sealed));
    std::string other = sealed;
    char& changed = other[4 + text.size() % (other.size() - 6)];
    changed = changed == 'A' ? 'B' : 'A';
    must(!sealer.open("client", other));
}

void checkEmbeddings(std::string_view request, std::string_view answer) {
    const auto ask = protocol::readEmbeddings(request);
    if (!ask)
        return;
    const auto written = protocol::writeGeminiEmbeddings(*ask, "m");
    must(json::scanObject(written.body).has_value());
    const auto back = protocol::embeddingsOfGemini(answer, *ask, "m", 7);
    must(!back || json::scanObject(*back).has_value());
}

}  // namespace

// A zero byte parts a request of embeddings from its answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::asText(data, size);
    checkSeal(text);
    const std::size_t zero = text.find('\0');
    if (zero != text.npos)
        checkEmbeddings(text.substr(0, zero), text.substr(zero + 1));
    return 0;
}
