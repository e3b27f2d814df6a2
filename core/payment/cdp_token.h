// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

// What Coinbase's developer platform wants to see with each call: a JSON Web Token (RFC 7519), for
// this method, host and path alone and for two minutes, signed with an API key of the platform.
// https://docs.cdp.coinbase.com/api-reference/v2/authentication
namespace gr::payment {

struct CdpCall {
    std::string_view method;  // "POST"
    std::string_view host;    // without a port
    std::string_view path;    // "/platform/v2/x402/settle"
};

// `key`: as the platform hands it out, 64 bytes in base64 (Ed25519: EdDSA), or the PEM text of a
// key of P-256 (ES256). `now`: seconds since 1970. `nonce`: fresh, 32 hexadecimal digits. Pure; any
// thread. SecretMissing: the key is neither; nothing of it is in the sentence.
Result<std::string> cdpToken(std::string_view keyId, const Secret& key, const CdpCall& call,
                             std::int64_t now, std::string_view nonce);

}  // namespace gr::payment
