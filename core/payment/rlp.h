// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "payment/uint256.h"

// Recursive Length Prefix, as transactions are written (Yellow Paper, appendix B). Each gives the
// encoded item; what stands in a list is encoded items, one behind the other. Pure; any thread.
namespace gr::payment::rlp {

std::string bytes(std::string_view text);
std::string number(const Uint256& value);  // big-endian without leading zeros; 0 is no bytes at all
std::string list(std::string_view items);

// Takes the first item from the front of `items`. Nothing, and `items` as before, where it is cut
// or not written in its one shortest form. Its payload lies in `items`.
struct Item {
    bool isList = false;
    std::string_view payload;
};
std::optional<Item> take(std::string_view& items);

}  // namespace gr::payment::rlp
