// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/url.h"

namespace gr::http {

// Where a connection goes. Ordered, so that it can be a key.
struct Origin {
    bool tls = false;
    std::string host;  // name or address; IPv6 without brackets
    std::uint16_t port = 0;

    auto operator<=>(const Origin&) const = default;
    static Origin of(const Url& url) { return {url.scheme == "https", url.host, url.port}; }
    bool isLoopback() const { return isLoopbackHost(host); }
    // For the Host header: with brackets and, unless it is the default, the port.
    std::string hostHeader() const;
    std::string hostAndPort() const;  // the port always
};

// The host of a Host header, without port and brackets; nothing when it is malformed.
std::optional<std::string_view> hostOf(std::string_view hostHeader);

}  // namespace gr::http
