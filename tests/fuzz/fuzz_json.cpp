// SPDX-License-Identifier: MIT
// The validating walk agrees with simdjson on what is JSON, and its spans are the source's own.
#include <simdjson.h>

#include <string>

#include "fuzz.h"
#include "json/scan.h"

using namespace gr;
using fuzz::must;

namespace {

// Reads every value below `object` again through the spans that the walk gave.
void descend(const json::Object& object, int depth) {
    std::size_t last = 0;
    for (const auto& member : object.members) {
        must(member.keyBegin >= last && member.valueBegin > member.keyBegin);
        must(member.valueEnd > member.valueBegin && member.valueEnd <= object.text.size());
        last = member.valueEnd;
        const auto raw = object.raw(member);
        if (member.type == json::Type::String) {
            must(simdjson::validate_utf8(json::unescape(raw)));
        } else if (member.type == json::Type::Number) {
            json::integerIn(raw);
        } else if (member.type == json::Type::Object) {
            const auto inner = json::objectIn(raw);
            must(inner.has_value());
            descend(*inner, depth + 1);
        } else if (member.type == json::Type::Array) {
            for (const auto element : json::elementsIn(raw)) {
                must(!element.empty() && element.data() >= raw.data() &&
                     element.data() + element.size() <= raw.data() + raw.size());
                if (element.front() == '{') {
                    const auto inner = json::objectIn(element);
                    must(inner.has_value());
                    descend(*inner, depth + 1);
                }
            }
        }
    }
}

// What simdjson's tree cannot hold although it is JSON: long numbers, lone surrogates.
bool onlyTooMuchForTree(simdjson::error_code error) {
    return error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR ||
           error == simdjson::CAPACITY;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::asText(data, size);
    static simdjson::dom::parser parser;
    simdjson::dom::element tree;
    const auto error = parser.parse(simdjson::padded_string(text)).get(tree);
    const auto object = json::scanObject(text);
    if (object) {
        must(error == simdjson::SUCCESS || onlyTooMuchForTree(error));
        descend(*object, 0);
    } else if (object.error().code == ErrorCode::InvalidJson) {
        const bool tooDeep = object.error().message.text.find("levels deep") != std::string::npos;
        must(error != simdjson::SUCCESS || !tree.is_object() || tooDeep);
    }
    return 0;
}
