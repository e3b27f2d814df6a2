// SPDX-License-Identifier: MIT
#include "payment/keccak.h"

#include <bit>
#include <utility>

namespace gr::payment {
namespace {

constexpr std::size_t kRate = 136;  // bytes of the state that take input
using State = std::array<std::uint64_t, 25>;

constexpr std::array<std::uint64_t, 24> kRounds{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
// Rho and pi as one walk over the lanes: where each goes, and turned by how much.
constexpr std::array<int, 24> kTurns{1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                     27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constexpr std::array<std::size_t, 24> kLanes{10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                             15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

void permute(State& a) {
    for (const std::uint64_t round : kRounds) {
        std::array<std::uint64_t, 5> c{};
        for (std::size_t x = 0; x < 5; ++x)
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (std::size_t x = 0; x < 5; ++x) {
            const std::uint64_t mix = c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);
            for (std::size_t y = 0; y < 25; y += 5)
                a[y + x] ^= mix;
        }
        std::uint64_t moving = a[1];
        for (std::size_t i = 0; i < 24; ++i)
            moving = std::exchange(a[kLanes[i]], std::rotl(moving, kTurns[i]));
        for (std::size_t y = 0; y < 25; y += 5) {
            const std::array row{a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4]};
            for (std::size_t x = 0; x < 5; ++x)
                a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
        a[0] ^= round;
    }
}

// Lanes are little-endian.
void absorb(State& state, std::size_t at, std::uint8_t byte) {
    state[at / 8] ^= std::uint64_t{byte} << (8 * (at % 8));
}

}  // namespace

Bytes32 keccak256(std::string_view bytes) {
    State state{};
    std::size_t at = 0;
    for (const char c : bytes) {
        absorb(state, at, static_cast<std::uint8_t>(c));
        if (++at == kRate) {
            permute(state);
            at = 0;
        }
    }
    absorb(state, at, 0x01);
    absorb(state, kRate - 1, 0x80);
    permute(state);
    Bytes32 digest;
    for (std::size_t i = 0; i < digest.bytes.size(); ++i)
        digest.bytes[i] = static_cast<std::uint8_t>(state[i / 8] >> (8 * (i % 8)));
    return digest;
}

}  // namespace gr::payment
