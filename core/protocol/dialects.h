// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gr::protocol {

// What a dialect of OpenAI's chat completions does differently, as data.
struct Dialect {
    std::string_view id;
    bool streamUsageOption = true;  // takes stream_options.include_usage
};

// The row of `id`; plain OpenAI for names without one.
const Dialect& dialect(std::string_view id);

}  // namespace gr::protocol
