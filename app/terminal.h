// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/error.h"

// What commands say to a person.
namespace gr::app {

// Names of others on a terminal: printable ASCII, nothing that moves the cursor or turns the text.
inline std::string plain(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return text;
}

// To standard error; the exit code.
inline int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.text.c_str());
    return 1;
}

// One line on standard error that is written over, and taken away at the end. Always true: goes on.
inline bool tellProgress(std::int64_t done, std::int64_t all) {
    if (done < all)
        std::fprintf(stderr, "\r%3lld %% of %lld requests",
                     static_cast<long long>(done * 100 / all), static_cast<long long>(all));
    else
        std::fprintf(stderr, "\r\x1b[K");
    return true;
}

}  // namespace gr::app
