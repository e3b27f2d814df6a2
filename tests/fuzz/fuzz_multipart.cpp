// SPDX-License-Identifier: MIT
// What is found in a form lies in it, alone between its boundaries; a form that is made of anything
// gives back what was put into it, or is refused.
#include <string>

#include "fuzz.h"
#include "protocol/multipart.h"

using namespace gr;
using fuzz::must;
using protocol::multipartBoundary;
using protocol::partNamed;

namespace {

constexpr std::string_view kName = "model";

std::string part(std::string_view name, std::string_view value) {
    return "Content-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
           std::string(value) + "\r\n";
}

// Any boundary and any body.
void checkRead(std::string_view boundary, std::string_view body) {
    const auto found = partNamed(body, boundary, kName);
    if (!found) {
        must(!found.error().message.text.empty() && !found.error().field.empty());
        return;
    }
    if (!*found)
        return;
    const auto [begin, end] = **found;
    const std::string mark = "--" + std::string(boundary);
    must(begin <= end && end <= body.size());
    must(body.substr(end).starts_with("\r\n" + mark));
    must(body.substr(begin, end - begin).find("\n" + mark) == body.npos);
    // Another value in its place is found there, and nothing else moved.
    std::string changed(body);
    changed.replace(begin, end - begin, "m/1");
    const auto again = partNamed(changed, boundary, kName);
    must(again && *again && (*again)->begin == begin && (*again)->end == begin + 3);
    // Cut in front of the boundary that ends it, the form is broken.
    must(!partNamed(body.substr(0, end), boundary, kName).has_value());
}

// A form whose value is anything.
void checkWritten(std::string_view boundary, std::string_view value) {
    const std::string mark = "--" + std::string(boundary);
    const std::string file = mark + "\r\n" + part("file", "a");
    const std::string model = mark + "\r\n" + part(kName, value);
    const std::string form = file + model + mark + "--\r\n";
    const auto found = partNamed(form, boundary, kName);
    // A value with the boundary in it is a form of other parts.
    if (("\n" + std::string(value)).find("\n" + mark) != std::string::npos)
        return;
    must(found && *found);
    must(form.substr((*found)->begin, (*found)->end - (*found)->begin) == value);
    must(!partNamed(file + model + model + mark + "--\r\n", boundary, kName));
}

}  // namespace

// The first line is a Content-Type, the rest a body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::asText(data, size);
    const std::size_t line = text.find('\n');
    if (line == text.npos)
        return 0;
    const auto boundary = multipartBoundary(text.substr(0, line));
    if (!boundary)
        return 0;
    must(!boundary->empty() && boundary->size() <= 70);
    must(multipartBoundary("Multipart/Form-Data;boundary=\"" + *boundary + "\"") == *boundary);
    checkRead(*boundary, text.substr(line + 1));
    checkWritten(*boundary, text.substr(line + 1));
    return 0;
}
