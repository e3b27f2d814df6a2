// SPDX-License-Identifier: MIT
#include "payment/cdp_token.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "base/openssl_bytes.h"
#include "base/text.h"
#include "json/writer.h"

namespace gr::payment {
namespace {

constexpr std::int64_t kLife = 120;  // seconds
constexpr std::size_t kSeed = 32;    // bytes; the public key stands behind it
constexpr std::size_t kScalar = 32;

struct KeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

std::string base64Url(std::string_view bytes) {
    std::string text = toBase64(bytes);
    while (text.ends_with('='))
        text.pop_back();
    for (char& c : text)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

// Some stores keep the lines of a PEM text apart by the two characters \n.
Secret withLines(std::string_view text) {
    std::string lines;
    lines.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text.substr(i, 2) == "\\n";
        lines.push_back(escaped ? '\n' : text[i]);
        i += escaped ? 1 : 0;
    }
    Secret made(lines);
    wipe(lines.data(), lines.size());
    return made;
}

Key ellipticKey(std::string_view text) {
    const Secret lines = withLines(text);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(lines.reveal().data(), static_cast<int>(lines.size())), &BIO_free);
    // Without a passphrase: OpenSSL must not ask for one at a terminal.
    char none[] = "";
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, none));
    char curve[32] = {};
    std::size_t size = 0;
    const bool isP256 = key && EVP_PKEY_is_a(key.get(), "EC") == 1 &&
                        EVP_PKEY_get_group_name(key.get(), curve, sizeof curve, &size) == 1 &&
                        std::string_view(curve, size) == "prime256v1";
    return isP256 ? std::move(key) : nullptr;
}

Key edwardsKey(std::string_view text) {
    auto bytes = fromBase64(trim(text));
    if (!bytes || bytes->size() != 2 * kSeed)
        return nullptr;
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, openssl::in(*bytes), kSeed));
    std::string open(kSeed, '\0');
    std::size_t size = kSeed;
    const bool fits = key &&
                      EVP_PKEY_get_raw_public_key(key.get(), openssl::out(open), &size) == 1 &&
                      open == std::string_view(*bytes).substr(kSeed);
    wipe(bytes->data(), bytes->size());
    return fits ? std::move(key) : nullptr;
}

// ECDSA's r and s, each 32 bytes, instead of their DER (RFC 7518, section 3.4).
std::string plainForm(std::string_view der) {
    const unsigned char* at = openssl::in(der);
    ECDSA_SIG* const read = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(read, &ECDSA_SIG_free);
    openssl::must(read != nullptr);
    std::string plain(2 * kScalar, '\0');
    openssl::must(BN_bn2binpad(ECDSA_SIG_get0_r(read), openssl::out(plain), kScalar) == kScalar);
    openssl::must(BN_bn2binpad(ECDSA_SIG_get0_s(read), openssl::out(plain, kScalar), kScalar) ==
                  kScalar);
    return plain;
}

std::string signatureOf(EVP_PKEY* key, bool edwards, std::string_view text) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    const EVP_MD* const digest = edwards ? nullptr : EVP_sha256();
    openssl::must(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1);
    std::size_t size = 0;
    openssl::must(EVP_DigestSign(context.get(), nullptr, &size, openssl::in(text), text.size()) ==
                  1);
    std::string made(size, '\0');
    openssl::must(EVP_DigestSign(context.get(), openssl::out(made), &size, openssl::in(text),
                                 text.size()) == 1);
    made.resize(size);
    return edwards ? made : plainForm(made);
}

}  // namespace

Result<std::string> cdpToken(std::string_view keyId, const Secret& key, const CdpCall& call,
                             std::int64_t now, std::string_view nonce) {
    const bool elliptic = key.reveal().find("-----BEGIN") != std::string_view::npos;
    const Key made = elliptic ? ellipticKey(key.reveal()) : edwardsKey(key.reveal());
    if (!made) {
        return fail(ErrorCode::SecretMissing,
                    "sell.settle.cdp_key is no key of Coinbase's developer platform: it must be "
                    "the 88 characters of an Ed25519 key, or the PEM text of an ECDSA key.");
    }
    json::Writer header;
    header.object().key("alg").string(elliptic ? "ES256" : "EdDSA").key("kid").string(keyId);
    header.key("typ").string("JWT").key("nonce").string(nonce).end();
    json::Writer claims;
    claims.object().key("sub").string(keyId).key("iss").string("cdp");
    claims.key("aud").array().string("cdp_service").end().key("uris").array();
    claims.string(std::string(call.method).append(" ").append(call.host).append(call.path));
    claims.end().key("iat").number(now).key("nbf").number(now).key("exp").number(now + kLife);
    std::string token = base64Url(header.take());
    token.append(".").append(base64Url(claims.end().take()));
    const std::string signature = signatureOf(made.get(), !elliptic, token);
    return token.append(".").append(base64Url(signature));
}

}  // namespace gr::payment
