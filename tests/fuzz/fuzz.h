// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// What the fuzz targets share. A target checks properties, not only for crashes: `must` stops it
// where one does not hold.
namespace fuzz {

inline void must(bool holds) {
    if (!holds)
        __builtin_trap();
}

inline std::string_view asText(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Lengths of pieces, drawn from the first byte of an input: where the network may tear a message.
class Pieces final {
  public:
    explicit Pieces(std::uint8_t seed) : m_state(seed * 2654435761U + 1) {}
    std::size_t next(std::size_t left) {
        m_state = m_state * 1664525U + 1013904223U;
        const std::size_t length = 1 + (m_state >> 24) % 23;
        return length < left ? length : left;
    }

  private:
    std::uint32_t m_state;
};

}  // namespace fuzz
