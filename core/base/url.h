// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gr {

// An absolute http or https address, taken apart: what a provider's base URL may be. Plain value;
// any thread.
struct Url {
    std::string scheme;      // "http" or "https"
    std::string host;        // lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;  // always set: 80 or 443 when the text names none
    std::string path;        // as written, without trailing slashes; may be empty

    // Gives nothing for other schemes, a missing host, user info, a query, a fragment, blanks,
    // control characters or a port outside 1..65535.
    static std::optional<Url> parse(std::string_view text);

    // "https://host:443": what a key is bound to. The port is always written.
    std::string origin() const;

    // "https://host/path": the port only where it is not the scheme's own.
    std::string text() const;

    // localhost, *.localhost, 127.0.0.0/8 and ::1. By name only; nothing is resolved.
    bool isLoopback() const;

    friend bool operator==(const Url&, const Url&) = default;
};

// True for the address texts isLoopback() accepts as a host.
bool isLoopbackHost(std::string_view host);

}  // namespace gr
