// SPDX-License-Identifier: MIT
#include "base/cipher.h"

#include <openssl/evp.h>

#include <memory>

#include "base/openssl_bytes.h"
#include "base/text.h"

namespace gr {
namespace {

using openssl::in;
using openssl::must;
using openssl::out;

constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

struct ContextFree {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextFree>;

Context newContext() {
    Context context(EVP_CIPHER_CTX_new());
    must(context != nullptr);
    return context;
}

}  // namespace

std::string encrypt(const Secret& key, std::string_view associated, std::string_view plain) {
    must(key.size() == kCipherKeySize);
    const Context cipher = newContext();
    std::string box = randomBytes(kNonceSize);
    box.resize(kNonceSize + plain.size() + kTagSize);
    int size = 0;
    must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key.reveal()), in(box)) ==
         1);
    must(EVP_EncryptUpdate(cipher.get(), nullptr, &size, in(associated),
                           static_cast<int>(associated.size())) == 1);
    must(EVP_EncryptUpdate(cipher.get(), out(box, kNonceSize), &size, in(plain),
                           static_cast<int>(plain.size())) == 1);
    must(EVP_EncryptFinal_ex(cipher.get(), out(box, kNonceSize + plain.size()), &size) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize,
                             out(box, kNonceSize + plain.size())) == 1);
    return box;
}

std::optional<std::string> decrypt(const Secret& key, std::string_view associated,
                                   std::string_view box) {
    if (box.size() < kNonceSize + kTagSize || key.size() != kCipherKeySize)
        return std::nullopt;
    const Context cipher = newContext();
    const std::string_view text = box.substr(kNonceSize, box.size() - kNonceSize - kTagSize);
    std::string tag(box.substr(box.size() - kTagSize));
    std::string plain(text.size(), '\0');
    int size = 0;
    must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key.reveal()), in(box)) ==
         1);
    must(EVP_DecryptUpdate(cipher.get(), nullptr, &size, in(associated),
                           static_cast<int>(associated.size())) == 1);
    must(EVP_DecryptUpdate(cipher.get(), out(plain), &size, in(text),
                           static_cast<int>(text.size())) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, out(tag)) == 1);
    unsigned char nothing = 0;
    if (EVP_DecryptFinal_ex(cipher.get(), &nothing, &size) == 1)
        return plain;
    wipe(plain.data(), plain.size());
    return std::nullopt;
}

Secret deriveKey(const Secret& key, std::string_view purpose) {
    // One block of output is as long as the key we want, so the second step is a single HMAC.
    std::string extracted = hmacSha256(std::string(kCipherKeySize, '\0'), key.reveal());
    std::string expanded = hmacSha256(extracted, std::string(purpose) + '\x01');
    Secret derived(expanded);
    wipe(extracted.data(), extracted.size());
    wipe(expanded.data(), expanded.size());
    return derived;
}

}  // namespace gr
