// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/origin.h"

// Which proxy, if any, stands between this program and a host: the customary environment variables
// HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case.
namespace gr::http {

struct Proxy {
    enum class Kind : std::uint8_t { Http, Socks5 };
    Kind kind = Kind::Http;
    std::string host;
    std::uint16_t port = 0;
    std::string user;  // percent-decoded; empty without one
    std::string password;
};

class ProxyTable final {
  public:
    ProxyTable() = default;
    // Reads the variables through `variable` (empty when unset). ConfigInvalid for an address that
    // is no proxy; the sentence names the variable, never a password.
    static Result<ProxyTable> read(const std::function<std::string(const char*)>& variable);

    // Loopback hosts and those of NO_PROXY have none.
    const Proxy* forOrigin(const Origin& origin) const;

  private:
    std::optional<Proxy> m_http;
    std::optional<Proxy> m_https;
    std::vector<std::string> m_direct;  // NO_PROXY, lower case
};

// "socks5://user:pw@host:1080", "http://host:3128", "host:3128". Nothing when it is neither.
std::optional<Proxy> parseProxy(std::string_view text);

}  // namespace gr::http
