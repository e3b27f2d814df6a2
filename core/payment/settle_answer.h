// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "payment/evm_types.h"

namespace gr::payment {

// How a settlement went, in the words of who settled it: the receipt of a seller, and a
// facilitator's answer to /settle. A hint, never a proof: money moved when the chain says so.
struct SettleAnswer {
    bool success = false;
    std::string transaction;  // as written; "" when there was none
    std::string network;      // as written
    std::optional<Address> payer{};
    std::optional<Uint256> amount{};  // what was really charged (scheme upto)
    std::string errorReason;          // a code; plain text
    std::string errorMessage;         // plain text
    std::string extensionsJson;       // byte for byte; or empty

    std::optional<Bytes32> transactionHash() const { return Bytes32::parse(transaction); }
    bool isPending() const { return errorReason == "settlement_pending"; }
};

// Of both versions, and with the names of old implementations (txHash, networkId, error). Members
// of a wrong type, but `success`, are as good as absent. Pure; any thread.
Result<SettleAnswer> readSettleAnswer(std::string_view json);

// The receipt among the fields of an answer: PAYMENT-RESPONSE, else X-PAYMENT-RESPONSE. Nothing
// where there is none, or none that can be read: both mean that nothing is known.
std::optional<SettleAnswer> readReceipt(const http::Fields& fields);

// For PAYMENT-RESPONSE (version 2) or X-PAYMENT-RESPONSE (1): the field's value. Version 1 knows no
// amount and no extensions.
std::string writeReceipt(const SettleAnswer& answer, int version);

}  // namespace gr::payment
