// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>

#include "payment/evm_key.h"

namespace gr::payment {

// A private key that can be taken away from all who share it: whoever signs borrows it for that
// moment. Any thread.
class SigningKey final {
  public:
    explicit SigningKey(EvmKey key);

    const Address& address() const { return m_address; }  // also when the key is gone
    // Null when it is gone. Give it back as soon as the signature is made: until then it cannot be
    // wiped.
    std::shared_ptr<const EvmKey> borrow() const;
    // Nobody gets it from now on; it is wiped when what is being signed is done.
    void drop();

  private:
    const Address m_address;
    mutable std::mutex m_mutex;
    std::shared_ptr<const EvmKey> m_key;
};

}  // namespace gr::payment
