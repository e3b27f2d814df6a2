// SPDX-License-Identifier: MIT
#include "ledger/postgres_values.h"

namespace gr::ledger {
namespace {

std::string bigEndian(std::int64_t value) {
    std::string bytes(8, '\0');
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = bytes.size(); i-- > 0; rest >>= 8)
        bytes[i] = static_cast<char>(rest & 0xff);
    return bytes;
}

}  // namespace

std::int64_t fromBigEndian(const char* bytes, int size) {
    std::uint64_t value = static_cast<signed char>(bytes[0]) < 0 ? ~std::uint64_t{0} : 0;
    for (int i = 0; i < size; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int64_t>(value);
}

void PostgresValues::set(int index, std::optional<std::int64_t> value) {
    reserve(index);
    if (!value)
        return set(index, nullptr, 0);
    m_numbers[at(index)] = bigEndian(*value);
    set(index, nullptr, 8);
}

const char* const* PostgresValues::data() {
    for (std::size_t i = 0; i < m_bytes.size(); ++i) {
        if (m_bytes[i] == nullptr && m_sizes[i] != 0)
            m_pointers[i] = m_numbers[i].data();
        else
            m_pointers[i] = m_bytes[i];
    }
    return m_pointers.data();
}

}  // namespace gr::ledger
