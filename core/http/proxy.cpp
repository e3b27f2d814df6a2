// SPDX-License-Identifier: MIT
#include "http/proxy.h"

#include "base/text.h"

namespace gr::http {
namespace {

std::string percentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            if (const auto byte = fromHex(text.substr(i + 1, 2)); byte && byte->size() == 1) {
                out += *byte;
                i += 2;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

// "example.com" and ".example.com" cover the name and everything under it.
bool covers(std::string_view entry, const Origin& origin) {
    if (entry == "*")
        return true;
    const auto colon = entry.rfind(':');
    if (colon != std::string_view::npos && entry.find(':') == colon) {
        const auto port = parseUnsigned(entry.substr(colon + 1));
        if (!port || *port != origin.port)
            return false;
        entry = entry.substr(0, colon);
    }
    if (entry.starts_with('.'))
        entry.remove_prefix(1);
    if (entry.empty() || !origin.host.ends_with(entry))
        return false;
    const std::size_t before = origin.host.size() - entry.size();
    return before == 0 || origin.host[before - 1] == '.';
}

}  // namespace

std::optional<Proxy> parseProxy(std::string_view text) {
    Proxy proxy;
    if (const auto scheme = text.find("://"); scheme != std::string_view::npos) {
        const std::string name = toLower(text.substr(0, scheme));
        if (name == "socks5" || name == "socks5h")
            proxy.kind = Proxy::Kind::Socks5;
        else if (name != "http")
            return std::nullopt;
        text.remove_prefix(scheme + 3);
    }
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = text.substr(0, at);
        const auto colon = login.find(':');
        proxy.user = percentDecoded(login.substr(0, colon));
        if (colon != std::string_view::npos)
            proxy.password = percentDecoded(login.substr(colon + 1));
        text.remove_prefix(at + 1);
    }
    while (text.ends_with('/'))
        text.remove_suffix(1);
    const auto url = Url::parse("http://" + std::string(text));
    if (!url || !url->path.empty())
        return std::nullopt;
    proxy.host = url->host;
    const bool portWritten = text.ends_with(":" + std::to_string(url->port));
    proxy.port = portWritten ? url->port : proxy.kind == Proxy::Kind::Socks5 ? 1080 : 3128;
    return proxy;
}

Result<ProxyTable> ProxyTable::read(const std::function<std::string(const char*)>& variable) {
    ProxyTable table;
    const auto take = [&](std::initializer_list<const char*> names,
                          std::optional<Proxy>& into) -> Result<void> {
        for (const char* name : names) {
            const std::string text = variable(name);
            if (text.empty())
                continue;
            into = parseProxy(text);
            if (!into) {
                return fail(ErrorCode::ConfigInvalid,
                            std::string("The environment variable ") + name +
                                " is not the address of a proxy; write http://host:port or "
                                "socks5://host:port.");
            }
            return {};
        }
        return {};
    };
    if (auto ok = take({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, table.m_https);
        !ok)
        return fail(ok.error());
    if (auto ok = take({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}, table.m_http); !ok)
        return fail(ok.error());
    std::string direct = variable("no_proxy");
    if (direct.empty())
        direct = variable("NO_PROXY");
    for (std::string_view rest = direct; !rest.empty();) {
        const auto comma = rest.find(',');
        const std::string_view entry = trim(rest.substr(0, comma));
        if (!entry.empty())
            table.m_direct.push_back(toLower(entry));
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return table;
}

const Proxy* ProxyTable::forOrigin(const Origin& origin) const {
    const auto& proxy = origin.tls ? m_https : m_http;
    if (!proxy || origin.isLoopback())
        return nullptr;
    for (const std::string& entry : m_direct) {
        if (covers(entry, origin))
            return nullptr;
    }
    return &*proxy;
}

}  // namespace gr::http
