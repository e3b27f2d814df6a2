// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gr {

// Data files that travel inside the program (resources/embedded.S). 64 readable zero bytes follow
// each, as simdjson wants them. Valid for ever; any thread.
std::string_view embeddedCatalog();       // resources/catalog.json
std::string_view embeddedConfigSchema();  // resources/config.schema.json
std::string_view embeddedDialects();      // resources/dialects.json

}  // namespace gr
