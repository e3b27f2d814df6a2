// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <arpa/inet.h>

#include "base/text.h"

namespace gr::http {
namespace {

struct HostPort {
    std::string_view host;
    std::string_view port;  // empty when absent
};

// "host", "host:port", "[::1]", "[::1]:port".
std::optional<HostPort> splitAuthority(std::string_view text) {
    HostPort out;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return std::nullopt;
        out.host = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        if (text.empty())
            return out;
        if (text.front() != ':')
            return std::nullopt;
        out.port = text.substr(1);
    } else {
        const auto colon = text.find(':');
        out.host = text.substr(0, colon);
        if (colon == std::string_view::npos)
            return out;
        out.port = text.substr(colon + 1);
    }
    const auto number = parseUnsigned(out.port);
    if (!number || *number == 0 || *number > 65535)
        return std::nullopt;
    return out;
}

}  // namespace

bool isLoopbackHost(std::string_view host) {
    const std::string text(host);
    in_addr v4{};
    in6_addr v6{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    if (inet_pton(AF_INET6, text.c_str(), &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return equalsIgnoreCase(host, "localhost");
}

bool Origin::isLoopback() const {
    return isLoopbackHost(host);
}

std::string Origin::hostHeader() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80))
        text += ":" + std::to_string(port);
    return text;
}

std::optional<std::string_view> hostOf(std::string_view hostHeader) {
    const auto parts = splitAuthority(trim(hostHeader));
    if (!parts || parts->host.empty())
        return std::nullopt;
    return parts->host;
}

std::optional<Url> parseUrl(std::string_view text) {
    Url url;
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos)
        return std::nullopt;
    url.origin.tls = equalsIgnoreCase(text.substr(0, scheme), "https");
    if (!url.origin.tls && !equalsIgnoreCase(text.substr(0, scheme), "http"))
        return std::nullopt;
    text.remove_prefix(scheme + 3);
    if (text.find_first_of("?#@ \t\r\n\\") != std::string_view::npos)
        return std::nullopt;
    const auto slash = text.find('/');
    const auto parts = splitAuthority(text.substr(0, slash));
    if (!parts || parts->host.empty())
        return std::nullopt;
    url.origin.host = toLower(parts->host);
    url.origin.port = url.origin.tls ? 443 : 80;
    if (!parts->port.empty())
        url.origin.port = static_cast<std::uint16_t>(*parseUnsigned(parts->port));
    if (slash != std::string_view::npos)
        url.path = text.substr(slash);
    while (url.path.ends_with('/'))
        url.path.pop_back();
    return url;
}

}  // namespace gr::http
