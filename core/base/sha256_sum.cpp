// SPDX-License-Identifier: MIT
#include "base/sha256_sum.h"

#include <openssl/evp.h>

#include "base/openssl_bytes.h"

namespace gr {

struct Sha256Sum::Context {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256Sum::Sha256Sum() : m_context(std::make_unique<Context>()) {
    openssl::must(EVP_DigestInit_ex(m_context->state.get(), EVP_sha256(), nullptr) == 1);
}

Sha256Sum::~Sha256Sum() = default;

void Sha256Sum::add(std::string_view bytes) {
    openssl::must(EVP_DigestUpdate(m_context->state.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256Sum::end() {
    std::string digest(32, '\0');
    unsigned int size = 0;
    openssl::must(EVP_DigestFinal_ex(m_context->state.get(), openssl::out(digest), &size) == 1);
    return digest;
}

}  // namespace gr
