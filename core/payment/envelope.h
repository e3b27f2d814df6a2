// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// How x402 puts JSON into header fields: base64 of UTF-8 in one line. Pure; any thread.
namespace gr::payment {

constexpr std::size_t kMostHeader = 16 * 1024;  // bytes of a field's value, in both directions

namespace field {
inline constexpr std::string_view kRequired = "PAYMENT-REQUIRED";           // terms, version 2
inline constexpr std::string_view kSignature = "PAYMENT-SIGNATURE";         // payment, version 2
inline constexpr std::string_view kResponse = "PAYMENT-RESPONSE";           // receipt, version 2
inline constexpr std::string_view kPayment = "X-PAYMENT";                   // payment, version 1
inline constexpr std::string_view kPaymentResponse = "X-PAYMENT-RESPONSE";  // receipt, version 1
}  // namespace field

// Reads liberally: either alphabet of RFC 4648, with or without padding, blanks around it. Nothing
// for what is longer than kMostHeader or no base64.
std::optional<std::string> decodeEnvelope(std::string_view value);

// Writes strictly: the standard alphabet, padded.
std::string encodeEnvelope(std::string_view json);

// Text of a stranger for people: one line, without control characters and without those that turn
// the direction of writing or are not seen; at most `most` bytes of UTF-8, never half a character.
// Bytes that are no UTF-8 go.
std::string plainText(std::string_view text, std::size_t most);

// Printable ASCII alone, others as "?": what clients of version 1 can take.
std::string asciiText(std::string_view text, std::size_t most);

}  // namespace gr::payment
