// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// multipart/form-data (RFC 7578), as far as a gateway needs it: one field is read, the rest passes
// untouched. Pure.
namespace gr::protocol {

// The boundary in a Content-Type; nothing when this is no multipart/form-data with a valid one.
std::optional<std::string> multipartBoundary(std::string_view contentType);

// Where the value of a part lies in the body.
struct PartSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// The value of the one part called `name`; nothing when there is none. What two readers could take
// differently is refused, since the provider reads the form again. Errors: DuplicateKey (two parts
// of that name), InvalidField (the body does not keep to its boundary, or a part to RFC 7578, 4.2:
// one Content-Disposition with one name).
Result<std::optional<PartSpan>> partNamed(std::string_view body, std::string_view boundary,
                                          std::string_view name);

}  // namespace gr::protocol
