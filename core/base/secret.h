// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gr {

// Overwrites memory in a way the compiler may not drop.
void wipe(void* data, std::size_t size) noexcept;

// A secret text: lies in locked memory where the system allows it, is wiped when it goes, and is
// never copied by accident (move only; `clone()` where a second holder is meant).
class Secret final {
  public:
    Secret() = default;
    explicit Secret(std::string_view text);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const { return Secret(reveal()); }
    bool empty() const { return m_size == 0; }
    std::size_t size() const { return m_size; }
    // Do not keep what this gives beyond the life of the secret, and never log it.
    std::string_view reveal() const { return {m_data, m_size}; }

  private:
    void release() noexcept;
    char* m_data = nullptr;
    std::size_t m_size = 0;
};

// Takes no longer for a near miss than for a far one; only a different length shows.
bool equalInConstantTime(std::string_view a, std::string_view b) noexcept;

}  // namespace gr
