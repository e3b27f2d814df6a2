// SPDX-License-Identifier: MIT
#include "base/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <cstring>
#include <new>
#include <utility>

namespace gr {

void wipe(void* data, std::size_t size) noexcept {
    if (data != nullptr && size > 0)
        OPENSSL_cleanse(data, size);
}

Secret::Secret(std::string_view text) : m_size(text.size()) {
    if (m_size == 0)
        return;
    m_data = static_cast<char*>(::operator new(m_size));
    // Best effort: without the right or the quota the secret is merely not locked.
    (void)::mlock(m_data, m_size);
    std::memcpy(m_data, text.data(), m_size);
}

Secret::Secret(Secret&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr)), m_size(std::exchange(other.m_size, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        release();
        m_data = std::exchange(other.m_data, nullptr);
        m_size = std::exchange(other.m_size, 0);
    }
    return *this;
}

Secret::~Secret() {
    release();
}

// The pages stay locked: munlock works on whole pages and would unlock a neighbour's secret.
void Secret::release() noexcept {
    wipe(m_data, m_size);
    ::operator delete(m_data);
    m_data = nullptr;
    m_size = 0;
}

bool equalInConstantTime(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gr
