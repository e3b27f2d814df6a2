// SPDX-License-Identifier: MIT
#include "protocol/opaque.h"

#include "base/text.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kMark = "gr1.";
constexpr std::size_t kMac = 16;  // bytes of the HMAC that travel

}  // namespace

std::string Sealer::seal(std::string_view client, std::string_view vendor,
                         std::string_view signature) const {
    std::string content;
    content.append(vendor).push_back('\0');
    content.append(signature);
    return std::string(kMark) + toBase64(mac(client, content) + content);
}

std::optional<Sealer::Opened> Sealer::open(std::string_view client, std::string_view sealed) const {
    if (!looksSealed(sealed))
        return std::nullopt;
    const auto bytes = fromBase64(sealed.substr(kMark.size()));
    if (!bytes || bytes->size() < kMac)
        return std::nullopt;
    const std::string_view content = std::string_view(*bytes).substr(kMac);
    if (!equalInConstantTime(std::string_view(*bytes).substr(0, kMac), mac(client, content)))
        return std::nullopt;
    const std::size_t zero = content.find('\0');
    if (zero == std::string_view::npos)
        return std::nullopt;
    return Opened{std::string(content.substr(0, zero)), std::string(content.substr(zero + 1))};
}

std::string Sealer::mac(std::string_view client, std::string_view content) const {
    std::string text(client);
    text.push_back('\0');
    text.append(content);
    return hmacSha256(m_key.reveal(), text).substr(0, kMac);
}

}  // namespace gr::protocol
