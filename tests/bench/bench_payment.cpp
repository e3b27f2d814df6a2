// SPDX-License-Identifier: MIT
// What signing and verifying a payment cost: bench_payment [ROUNDS]. CPU time of one thread; other
// keys' signatures, nonces and amounts each round. Exit code 1 when a bound is broken.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "payment/contracts.h"
#include "payment/keccak.h"
#include "payment/transaction.h"

using namespace gr::payment;

namespace {

double cpuNow() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// Median and 99th percentile of `work(round)`; is the median within `bound` (microseconds, 0:
// none)?
bool measure(const char* what, std::size_t rounds, double bound,
             const std::function<void(std::size_t)>& work) {
    std::vector<double> us;
    us.reserve(rounds);
    for (std::size_t i = 0; i < rounds; ++i) {
        const double begin = cpuNow();
        work(i);
        us.push_back(cpuNow() - begin);
    }
    std::sort(us.begin(), us.end());
    const double median = us[rounds / 2];
    std::printf("%-44s median %6.1f us, 99 of 100 below %6.1f us", what, median,
                us[rounds * 99 / 100]);
    if (bound > 0)
        std::printf(", bound %.0f us%s", bound, median > bound ? "  BROKEN" : "");
    std::printf("\n");
    return bound <= 0 || median <= bound;
}

const Eip712Domain kUsdc{"USD Coin", "2", 8453,
                         *Address::parse("0x833589fcd6edb6e08f4c7c32d4f71b54bda02913")};

TransferAuthorization authorizationOf(const Address& from, std::size_t round) {
    TransferAuthorization made;
    made.from = from;
    made.to = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
    made.value = 10'000 + round;
    made.validBefore = 4'102'444'800;
    made.nonce = keccak256(std::to_string(round));
    return made;
}

// As it travels: hexadecimal and decimal digits. All that can be said of it without a chain.
struct Arrived {
    std::string from, to, value, validAfter, validBefore, nonce, signature;
};

Arrived arrivedOf(const TransferAuthorization& a, const Signature& signature) {
    return {a.from.toHex(),
            a.to.toHex(),
            a.value.toDecimal(),
            a.validAfter.toDecimal(),
            a.validBefore.toDecimal(),
            a.nonce.toHex(),
            signature.toHex()};
}

bool isGood(const Arrived& in, const TransferAuthorization& wanted, std::uint64_t now) {
    const auto from = Address::parse(in.from);
    const auto to = Address::parse(in.to);
    const auto value = Uint256::parse(in.value);
    const auto after = Uint256::parse(in.validAfter);
    const auto before = Uint256::parse(in.validBefore);
    const auto nonce = Bytes32::parse(in.nonce);
    const auto bytes = bytesFromHex(in.signature, Signature::kBytes);
    const auto signature = bytes ? Signature::fromBytes(*bytes) : std::nullopt;
    if (!from || !to || !value || !after || !before || !nonce || !signature)
        return false;
    if (*to != wanted.to || *value != wanted.value || *after >= Uint256(now) ||
        *before <= Uint256(now))
        return false;
    const TransferAuthorization read{*from, *to, *value, *after, *before, *nonce};
    return recover(digestOf(domainSeparator(kUsdc), read), *signature) == *from;
}

}  // namespace

int main(int argc, char** argv) {
    const auto rounds = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 20'000);
    const EvmKey key = EvmKey::random();
    const Bytes32 separator = domainSeparator(kUsdc);
    std::vector<Bytes32> digests;
    std::vector<Signature> signatures;
    std::vector<Arrived> arrived;
    for (std::size_t i = 0; i < rounds; ++i) {
        const TransferAuthorization one = authorizationOf(key.address(), i);
        digests.push_back(digestOf(separator, one));
        signatures.push_back(key.sign(digests.back()));
        arrived.push_back(arrivedOf(one, signatures.back()));
    }
    std::size_t good = 0;
    bool held = measure("sign a digest", rounds, 60, [&](std::size_t i) {
        good += key.sign(digests[i]) == signatures[i] ? 1 : 0;
    });
    held &= measure("recover the signer", rounds, 90, [&](std::size_t i) {
        good += recover(digests[i], signatures[i]) == key.address() ? 1 : 0;
    });
    held &= measure("verify an EIP-3009 authorization, no chain", rounds, 300, [&](std::size_t i) {
        good += isGood(arrived[i], authorizationOf(key.address(), i), 1'800'000'000) ? 1 : 0;
    });
    held &= measure("sign its transaction", rounds, 0, [&](std::size_t i) {
        Transaction transaction;
        transaction.chainId = kUsdc.chainId;
        transaction.nonce = i;
        transaction.to = kUsdc.contract;
        transaction.data =
            calls::transferWithAuthorization(authorizationOf(key.address(), i), signatures[i]);
        good += sign(transaction, key).raw.empty() ? 0 : 1;
    });
    held &= measure("Keccak-256 of 136 bytes", rounds, 0, [&](std::size_t) {
        static const std::string kText(136, 'a');
        good += keccak256(kText).isZero() ? 0 : 1;
    });
    if (good != 5 * rounds) {
        std::printf("wrong results\n");
        return 1;
    }
    return held ? 0 : 1;
}
