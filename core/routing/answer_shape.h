// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gr::routing {

// Whether `answer` is JSON of the shape that `schema` (validated JSON text; empty: any object)
// describes, looked at only as far as can be said without doubt: it parses, its type is one of
// those named, of an object the required members are there and those that are described have a
// type that is named ("nullable" and Google's upper case included). What else a schema may say
// ($ref, anyOf, bounds, deeper levels) is taken as kept. Pure; any thread.
bool fitsShape(std::string_view schema, std::string_view answer);

}  // namespace gr::routing
