// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

// The two languages in which Gemini takes schemas, and JSON Schema. Pure; `schema` is validated
// JSON text; key order stays.
namespace gr::protocol {

// JSON Schema for `parametersJsonSchema` and `responseJsonSchema`: as it is, but for `const`, which
// Gemini does not know: it becomes an enum of one value.
std::string geminiJsonSchema(std::string_view schema);

// Google's own `Schema` (types in capitals, `nullable`, whole numbers as strings) as JSON Schema.
std::string jsonSchemaOfGemini(std::string_view schema);

}  // namespace gr::protocol
