// SPDX-License-Identifier: MIT
#include "protocol/anthropic_names.h"

#include <algorithm>

#include "base/text.h"

namespace gr::protocol {
namespace {

constexpr std::size_t kMaxName = 128;

bool isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool fits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return isPlain(c) || c == '_'; });
}

// Every other byte, and the underscore, as _XX.
std::string escaped(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = "gr_";
    for (const char c : text) {
        if (isPlain(c)) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('_');
        out.push_back(kDigits[byte >> 4U]);
        out.push_back(kDigits[byte & 15U]);
    }
    return out;
}

}  // namespace

std::string anthropicToolId(std::string_view id) {
    return fits(id) ? std::string(id) : escaped(id);
}

std::string anthropicToolName(std::string_view name) {
    std::string fitting = fits(name) ? std::string(name) : escaped(name);
    if (fitting.size() <= kMaxName)
        return fitting;
    const std::string digest = sha256(fitting);
    const auto* bytes = reinterpret_cast<const unsigned char*>(digest.data());
    return fitting.substr(0, kMaxName - 17) + "_" + toHex({bytes, 8});
}

}  // namespace gr::protocol
