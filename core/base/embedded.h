// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gr {

// Data files that travel inside the program (resources/embedded.S). 64 readable zero bytes follow
// those that are JSON, as simdjson wants them. Valid for ever; any thread.
std::string_view embeddedCatalog();        // resources/catalog.json
std::string_view embeddedAliases();        // resources/aliases.json
std::string_view embeddedSearching();      // resources/searching.json
std::string_view embeddedConfigSchema();   // resources/config.schema.json
std::string_view embeddedDialects();       // resources/dialects.json
std::string_view embeddedNetworks();       // resources/networks.json
std::string_view embeddedRouter();         // resources/router.bin
std::string_view embeddedMnemonicWords();  // resources/bip39-english.txt
std::string_view embeddedLetters();        // resources/tokens/letters.z
std::string_view embeddedO200k();          // resources/tokens/o200k_base.z
std::string_view embeddedCl100k();         // resources/tokens/cl100k_base.z

}  // namespace gr
