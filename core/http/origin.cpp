// SPDX-License-Identifier: MIT
#include "http/origin.h"

#include "base/text.h"

namespace gr::http {
namespace {

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

std::string Origin::hostHeader() const {
    return port == (tls ? 443 : 80) ? bracketed(host) : hostAndPort();
}

std::string Origin::hostAndPort() const {
    return bracketed(host) + ":" + std::to_string(port);
}

std::optional<std::string_view> hostOf(std::string_view hostHeader) {
    std::string_view text = trim(hostHeader);
    std::string_view host;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return std::nullopt;
        host = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
    } else {
        host = text.substr(0, text.find(':'));
        text.remove_prefix(host.size());
    }
    if (host.empty() || host.find_first_of("/@?#\\ ") != std::string_view::npos)
        return std::nullopt;
    if (text.empty())
        return host;
    const auto port = parseUnsigned(text.substr(1));
    if (text.front() != ':' || !port || *port > 65535)
        return std::nullopt;
    return host;
}

}  // namespace gr::http
