// SPDX-License-Identifier: MIT
#include "payment/signing_key.h"

#include <utility>

namespace gr::payment {

SigningKey::SigningKey(EvmKey key)
    : m_address(key.address()), m_key(std::make_shared<const EvmKey>(std::move(key))) {}

std::shared_ptr<const EvmKey> SigningKey::borrow() const {
    const std::lock_guard lock(m_mutex);
    return m_key;
}

void SigningKey::drop() {
    std::shared_ptr<const EvmKey> gone;  // is wiped outside of the lock
    const std::lock_guard lock(m_mutex);
    gone.swap(m_key);
}

}  // namespace gr::payment
