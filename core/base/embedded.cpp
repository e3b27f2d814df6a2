// SPDX-License-Identifier: MIT
#include "base/embedded.h"

extern "C" {
extern const char gr_catalog_begin[];
extern const char gr_catalog_end[];
extern const char gr_aliases_begin[];
extern const char gr_aliases_end[];
extern const char gr_searching_begin[];
extern const char gr_searching_end[];
extern const char gr_schema_begin[];
extern const char gr_schema_end[];
extern const char gr_dialects_begin[];
extern const char gr_dialects_end[];
extern const char gr_networks_begin[];
extern const char gr_networks_end[];
extern const char gr_router_begin[];
extern const char gr_router_end[];
extern const char gr_mnemonic_begin[];
extern const char gr_mnemonic_end[];
extern const char gr_letters_begin[];
extern const char gr_letters_end[];
extern const char gr_o200k_begin[];
extern const char gr_o200k_end[];
extern const char gr_cl100k_begin[];
extern const char gr_cl100k_end[];
}

namespace gr {

std::string_view embeddedCatalog() {
    return {gr_catalog_begin, gr_catalog_end};
}

std::string_view embeddedAliases() {
    return {gr_aliases_begin, gr_aliases_end};
}

std::string_view embeddedSearching() {
    return {gr_searching_begin, gr_searching_end};
}

std::string_view embeddedConfigSchema() {
    return {gr_schema_begin, gr_schema_end};
}

std::string_view embeddedDialects() {
    return {gr_dialects_begin, gr_dialects_end};
}

std::string_view embeddedNetworks() {
    return {gr_networks_begin, gr_networks_end};
}

std::string_view embeddedRouter() {
    return {gr_router_begin, gr_router_end};
}

std::string_view embeddedMnemonicWords() {
    return {gr_mnemonic_begin, gr_mnemonic_end};
}

std::string_view embeddedLetters() {
    return {gr_letters_begin, gr_letters_end};
}

std::string_view embeddedO200k() {
    return {gr_o200k_begin, gr_o200k_end};
}

std::string_view embeddedCl100k() {
    return {gr_cl100k_begin, gr_cl100k_end};
}

}  // namespace gr
