// SPDX-License-Identifier: MIT
#include "base/ulid.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>

#include "base/text.h"

namespace gr {
namespace {

constexpr std::string_view kPrefix = "req_";
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kTimeSize = 10;
constexpr std::size_t kIdSize = 4 + 26;
constexpr std::uint64_t kMaxTime = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t kLow40 = (std::uint64_t{1} << 40) - 1;

// What one thread needs to make ids: 80 bits of chance as two halves of eight digits each.
struct Maker {
    std::mt19937_64 random;
    std::uint64_t time = ~std::uint64_t{0};
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    Maker() {
        std::array<std::uint32_t, 8> seed{};
        const std::string bytes = randomBytes(sizeof seed);
        std::memcpy(seed.data(), bytes.data(), sizeof seed);
        std::seed_seq sequence(seed.begin(), seed.end());
        random.seed(sequence);
    }

    void step(std::uint64_t now) {
        if (now != time) {
            time = now;
            high = random() & kLow40;
            low = random() & kLow40;
            return;
        }
        // A random stride keeps the order without making the next id the neighbour of this one.
        low += 1 + (random() & 0xffff'ffff);
        if (low > kLow40) {
            low &= kLow40;
            high = (high + 1) & kLow40;
        }
    }
};

void writeDigits(char* end, std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, value >>= 5)
        *--end = kDigits[value & 31];
}

}  // namespace

std::string newRequestId(UnixMs at) {
    thread_local Maker maker;
    const auto now = static_cast<std::uint64_t>(
        std::clamp<std::int64_t>(at.value, 0, static_cast<std::int64_t>(kMaxTime)));
    maker.step(now);
    std::string id(kIdSize, '0');
    id.replace(0, kPrefix.size(), kPrefix);
    writeDigits(id.data() + kPrefix.size() + kTimeSize, now, kTimeSize);
    writeDigits(id.data() + kIdSize - 8, maker.high, 8);
    writeDigits(id.data() + kIdSize, maker.low, 8);
    return id;
}

std::optional<UnixMs> timeOfRequestId(std::string_view id) {
    if (id.size() != kIdSize || !id.starts_with(kPrefix))
        return std::nullopt;
    id.remove_prefix(kPrefix.size());
    if (id.find_first_not_of(kDigits) != std::string_view::npos)
        return std::nullopt;
    std::uint64_t time = 0;
    for (const char c : id.substr(0, kTimeSize))
        time = time << 5 | kDigits.find(c);
    if (time > kMaxTime)  // ten digits hold 50 bits
        return std::nullopt;
    return UnixMs{static_cast<std::int64_t>(time)};
}

}  // namespace gr
