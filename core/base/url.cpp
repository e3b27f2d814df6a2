// SPDX-License-Identifier: MIT
#include "base/url.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace gr {
namespace {

bool isIpv4(const std::string& host) {
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool isIpv6(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool isHostCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool isName(std::string_view host) {
    return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
           host.find("..") == std::string_view::npos &&
           std::all_of(host.begin(), host.end(), isHostCharacter);
}

// Text that reads as a number in some resolvers ("127.1", "0x7f000001") is no host name here:
// whether it is loopback would then depend on the resolver.
bool looksNumeric(std::string_view host) {
    const std::string_view last = host.substr(host.rfind('.') + 1);
    const bool digits = !last.empty() && last.find_first_not_of("0123456789") == last.npos;
    const bool hex = last.starts_with("0x") &&
                     last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
    return digits || hex;
}

bool setPort(Url& url, std::string_view text) {
    const auto port = parseUnsigned(text);
    if (!port || *port < 1 || *port > 65535)
        return false;
    url.port = static_cast<std::uint16_t>(*port);
    return true;
}

// Splits "host", "host:port" or "[v6]:port".
bool setAuthority(Url& url, std::string_view authority) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos)
            return false;
        url.host = toLower(authority.substr(1, close - 1));
        port = authority.substr(close + 1);
        if (!isIpv6(url.host) || (!port.empty() && port.front() != ':'))
            return false;
    } else {
        const auto colon = authority.find(':');
        url.host = toLower(authority.substr(0, colon));
        if (colon != std::string_view::npos)
            port = authority.substr(colon);
        if (!isIpv4(url.host) && (looksNumeric(url.host) || !isName(url.host)))
            return false;
    }
    return port.empty() || setPort(url, port.substr(1));
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
    const bool odd = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\' || c == '?' ||
               c == '#';
    });
    const auto colon = text.find("://");
    if (odd || colon == std::string_view::npos)
        return std::nullopt;
    Url url;
    url.scheme = toLower(text.substr(0, colon));
    if (url.scheme != "http" && url.scheme != "https")
        return std::nullopt;
    url.port = url.scheme == "https" ? 443 : 80;
    text.remove_prefix(colon + 3);
    const auto slash = std::min(text.find('/'), text.size());
    const std::string_view authority = text.substr(0, slash);
    if (authority.find('@') != std::string_view::npos || !setAuthority(url, authority))
        return std::nullopt;
    url.path = text.substr(slash);
    while (url.path.ends_with('/'))
        url.path.pop_back();
    return url;
}

std::string Url::origin() const {
    const bool v6 = host.find(':') != std::string::npos;
    return scheme + "://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::text() const {
    std::string out = origin();
    if (port == (scheme == "https" ? 443 : 80))
        out.erase(out.rfind(':'));
    return out + path;
}

bool Url::isLoopback() const {
    return isLoopbackHost(host);
}

bool isLoopbackHost(std::string_view host) {
    if (host == "127.0.0.1" || host == "localhost")  // nearly always, and on every request
        return true;
    const std::string text = toLower(host);
    if (text == "localhost" || text.ends_with(".localhost"))
        return true;
    in_addr v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace gr
