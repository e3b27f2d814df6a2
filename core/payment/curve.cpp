// SPDX-License-Identifier: MIT
#include "payment/curve.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "payment/keccak.h"

namespace gr::payment::curve {

Context newContext() {
    Context context(secp256k1_context_create(SECP256K1_CONTEXT_NONE));
    std::string seed = randomBytes(32);
    if (secp256k1_context_randomize(context.get(), in(seed)) != 1)
        std::abort();  // cannot happen with a context of our own
    wipe(seed.data(), seed.size());
    return context;
}

Address addressOf(const secp256k1_pubkey& key) {
    std::array<unsigned char, 65> point{};
    std::size_t size = point.size();
    secp256k1_ec_pubkey_serialize(secp256k1_context_static, point.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    const Bytes32 digest =
        keccak256({reinterpret_cast<const char*>(point.data()) + 1, point.size() - 1});
    Address address;
    std::copy(digest.bytes.begin() + 12, digest.bytes.end(), address.bytes.begin());
    return address;
}

}  // namespace gr::payment::curve
