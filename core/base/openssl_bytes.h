// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

// Strings as OpenSSL takes them, for the files that call it. Any thread.
namespace gr::openssl {

inline const unsigned char* in(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Where it writes: `bytes` has room from `at` on.
inline unsigned char* out(std::string& bytes, std::size_t at = 0) {
    return reinterpret_cast<unsigned char*>(bytes.data() + at);
}

// Ends the program. OpenSSL fails here only without memory or with a broken library, and a size
// that the layout fixes is never another: going on would write what nobody can open, or let anybody
// in.
inline void must(bool done) {
    if (!done)
        std::abort();
}

}  // namespace gr::openssl
