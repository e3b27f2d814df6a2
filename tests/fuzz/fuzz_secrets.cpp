// SPDX-License-Identifier: MIT
// What is looked for in any bytes: nothing breaks, what is found in a text is found in it as JSON,
// and a key is found wherever it is put.
#include <string>

#include "base/text.h"
#include "fuzz.h"
#include "json/scan.h"
#include "routing/code_finder.h"
#include "routing/language.h"
#include "routing/secrets_finder.h"

using namespace gr;
using namespace gr::routing;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::asText(data, size);
    hasCode(text);
    languageOf(text);
    const bool found = findSecret(text).has_value();
    std::string body = "{\"a\":\"";
    appendJsonEscaped(body, text);
    body += "\"}";
    if (json::scanObject(body) && found && size < 512)  // longer: it may be data of a picture
        must(jsonHoldsSecret(body));
    static const std::string kKey = "sk-proj-aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0z";
    const std::size_t place = size > 0 ? data[0] % (size + 1) : 0;
    std::string with(text.substr(0, place));
    with.append("\n").append(kKey).append("\n").append(text.substr(place));
    must(findSecret(with).has_value());
    if (json::scanObject(text))
        jsonHoldsSecret(text);
    return 0;
}
