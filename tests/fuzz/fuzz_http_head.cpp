// SPDX-License-Identifier: MIT
// A request head that is accepted has one meaning: one framing, whole lines, nothing hidden. Torn
// into pieces it reads as in one.
#include <string>

#include "fuzz.h"
#include "http/parser.h"

using namespace gr;
using fuzz::must;

namespace {

void checkMeaning(const http::RequestHead& head, std::size_t size, std::string_view bytes) {
    must(size <= bytes.size() && size <= http::kMaxHead);
    must(head.text == bytes.substr(0, size));
    must(head.text.ends_with("\r\n\r\n") && head.text.find('\0') == std::string::npos);
    must(head.text.find("\r\n\r\n") == size - 4);
    must(!head.method.empty() && !head.target.empty());
    const auto codings = head.fields.count("transfer-encoding");
    const auto lengths = head.fields.count("content-length");
    must(codings + lengths <= 1);
    must(head.chunked == (codings == 1) && head.contentLength.has_value() == (lengths == 1));
    for (const auto& field : head.fields.all()) {
        must(!field.name.empty() && field.name.find_first_of(" \t\r\n:") == std::string_view::npos);
        must(field.value.find_first_of("\r\n") == std::string_view::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto bytes = fuzz::asText(data + 1, size - 1);
    http::RequestParser whole;
    http::RequestHead head;
    const auto result = whole.head(bytes, head);
    if (result && *result)
        checkMeaning(head, **result, bytes);

    http::RequestParser torn;
    http::RequestHead tornHead;
    fuzz::Pieces pieces(data[0]);
    for (std::size_t have = 0; have < bytes.size();) {
        have += pieces.next(bytes.size() - have);
        const auto step = torn.head(bytes.substr(0, have), tornHead);
        if (!step) {
            must(!result);
            break;
        }
        if (*step) {
            must(result && *result == *step && tornHead.target == head.target);
            break;
        }
    }

    http::ResponseParser answer;
    http::ResponseHead answerHead;
    const auto read = answer.head(bytes, answerHead);
    must(!read || !*read || (answerHead.status >= 0 && answerHead.status < 1000));
    return 0;
}
