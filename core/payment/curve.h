// SPDX-License-Identifier: MIT
#pragma once

#include <secp256k1.h>

#include <memory>
#include <string>

#include "base/secret.h"
#include "payment/evm_types.h"

// libsecp256k1 for the files that call it. Any thread.
namespace gr::payment::curve {

struct ContextFree {
    void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};
using Context = std::unique_ptr<secp256k1_context, ContextFree>;

// For what touches private keys: blinded with fresh random bytes against side channels.
Context newContext();

inline const unsigned char* in(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// The last 20 bytes of the digest of the point's two coordinates (Yellow Paper, appendix F).
Address addressOf(const secp256k1_pubkey& key);

}  // namespace gr::payment::curve
