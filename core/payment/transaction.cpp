// SPDX-License-Identifier: MIT
#include "payment/transaction.h"

#include "payment/keccak.h"
#include "payment/rlp.h"

namespace gr::payment {
namespace {

constexpr char kType = 2;

std::string fieldsOf(const Transaction& t) {
    return rlp::number(t.chainId) + rlp::number(t.nonce) + rlp::number(t.maxPriorityFeePerGas) +
           rlp::number(t.maxFeePerGas) + rlp::number(t.gasLimit) + rlp::bytes(t.to.view()) +
           rlp::number(t.value) + rlp::bytes(t.data) + rlp::list("");
}

std::string envelope(std::string_view fields) {
    return kType + rlp::list(fields);
}

}  // namespace

Bytes32 signingHash(const Transaction& transaction) {
    return keccak256(envelope(fieldsOf(transaction)));
}

SignedTransaction sign(const Transaction& transaction, const EvmKey& key) {
    const std::string fields = fieldsOf(transaction);
    const Signature signature = key.sign(keccak256(envelope(fields)));
    SignedTransaction made;
    made.raw = envelope(fields + rlp::number(signature.parity()) +
                        rlp::number(Uint256::fromWord(signature.r.bytes)) +
                        rlp::number(Uint256::fromWord(signature.s.bytes)));
    made.hash = keccak256(made.raw);
    return made;
}

}  // namespace gr::payment
