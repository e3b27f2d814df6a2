// SPDX-License-Identifier: MIT
#include "base/embedded.h"

extern "C" {
extern const char gr_catalog_begin[];
extern const char gr_catalog_end[];
extern const char gr_schema_begin[];
extern const char gr_schema_end[];
extern const char gr_dialects_begin[];
extern const char gr_dialects_end[];
}

namespace gr {

std::string_view embeddedCatalog() {
    return {gr_catalog_begin, gr_catalog_end};
}

std::string_view embeddedConfigSchema() {
    return {gr_schema_begin, gr_schema_end};
}

std::string_view embeddedDialects() {
    return {gr_dialects_begin, gr_dialects_end};
}

}  // namespace gr
