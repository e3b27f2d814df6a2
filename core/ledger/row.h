// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry.h"

// What a record looks like inside the tables. Pure functions; any thread.
namespace gr::ledger {

// Names and ids come from clients: longer ones are cut, so that no request can blow up the books.
inline constexpr std::size_t kMaxNameBytes = 256;

// At most `kMaxNameBytes` bytes of `name`, never ending inside a UTF-8 sequence.
std::string_view cutName(std::string_view name);

// Attempts as text: numbers "provider,model,status,error,started,head,ended", then what is known of
// "basis,cost,computed,input,cache read,cache write 5 min,1 h,audio input,output,reasoning,audio
// output,web searches", joined by ';'. Names stand there by number, money in pico-dollars, `-` for
// what is unknown; unknowns at the end of an attempt are left out. Older rows end with the seventh
// number.
std::string packAttempts(const std::vector<Attempt>& attempts,
                         const std::function<std::int64_t(std::string_view)>& numberOf);
// Nothing when the text is not of that form.
std::optional<std::vector<Attempt>> unpackAttempts(
    std::string_view packed, const std::function<std::string(std::int64_t)>& nameOf);

// Charges as text: "account,window,amount,leased" each, joined by ';'.
std::string packCharges(const std::vector<Charge>& charges,
                        const std::function<std::int64_t(std::string_view)>& numberOf);
std::optional<std::vector<Charge>> unpackCharges(
    std::string_view packed, const std::function<std::string(std::int64_t)>& nameOf);

}  // namespace gr::ledger
