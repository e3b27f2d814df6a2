// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gr::http {

// Where a connection goes. Ordered, so that it can be a key.
struct Origin {
    bool tls = false;
    std::string host;  // name or address; IPv6 without brackets
    std::uint16_t port = 0;

    auto operator<=>(const Origin&) const = default;
    bool isLoopback() const;         // localhost, 127.0.0.0/8, ::1
    std::string hostHeader() const;  // with brackets and, unless it is the default, the port
};

struct Url {
    Origin origin;
    std::string path;  // "/v1", without a trailing slash; empty for the root
};

// An absolute http or https address without user, query or fragment. Nothing when it is not one.
std::optional<Url> parseUrl(std::string_view text);

// True for names and addresses that stay on this machine.
bool isLoopbackHost(std::string_view host);

// The host of a Host header, without port and brackets; nothing when it is malformed.
std::optional<std::string_view> hostOf(std::string_view hostHeader);

}  // namespace gr::http
