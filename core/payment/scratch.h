// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/secret.h"

namespace gr::payment {

// Room for secret bytes on their way; wiped when it goes.
template <std::size_t Size>
struct Scratch {
    std::array<unsigned char, Size> bytes{};

    Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { wipe(bytes.data(), Size); }
    unsigned char* data() { return bytes.data(); }
    std::string_view view(std::size_t from, std::size_t size) const {
        return {reinterpret_cast<const char*>(bytes.data()) + from, size};
    }
};

}  // namespace gr::payment
