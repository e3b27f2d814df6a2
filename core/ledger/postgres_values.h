// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gr::ledger {

// A number of 1 to 8 bytes as PostgreSQL sends it in binary. Pure.
std::int64_t fromBigEndian(const char* bytes, int size);

// Values for the places of a statement, as libpq wants them.
class PostgresValues final {
  public:
    void set(int index, const char* bytes, std::size_t size) {
        reserve(index);
        m_bytes[at(index)] = bytes;
        m_sizes[at(index)] = static_cast<int>(size);
    }
    void set(int index, std::optional<std::int64_t> value);
    int count() const { return static_cast<int>(m_bytes.size()); }
    const char* const* data();
    const int* sizes() const { return m_sizes.data(); }
    const int* formats() const { return m_binary.data(); }

  private:
    static std::size_t at(int index) { return static_cast<std::size_t>(index - 1); }
    void reserve(int index) {
        const auto size = static_cast<std::size_t>(index);
        if (m_bytes.size() >= size)
            return;
        m_bytes.resize(size);
        m_numbers.resize(size);
        m_pointers.resize(size);
        m_sizes.resize(size);
        m_binary.resize(size, 1);
    }

    std::vector<const char*> m_bytes;  // null with a size: the number
    std::vector<std::string> m_numbers;
    std::vector<const char*> m_pointers;
    std::vector<int> m_sizes;
    std::vector<int> m_binary;
};

}  // namespace gr::ledger
