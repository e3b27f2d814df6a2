// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "payment/abi.h"
#include "payment/eip712.h"
#include "payment/signature.h"

// What we ask of contracts: the data of each call, and the events that prove a payment. Pure; any
// thread.
namespace gr::payment {

// Topics of logs: digests of the events' signatures.
const Bytes32& transferTopic();           // Transfer(address indexed from, indexed to, uint256)
const Bytes32& authorizationUsedTopic();  // AuthorizationUsed(address indexed, bytes32 indexed)
// What ends a nonce without paying: the token's AuthorizationCanceled(address indexed, bytes32
// indexed), and Permit2's UnorderedNonceInvalidation(address indexed, uint256 word, uint256 mask).
const Bytes32& authorizationCanceledTopic();
const Bytes32& nonceInvalidationTopic();

namespace calls {

// Tokens.
std::string balanceOf(const Address& owner);                                // answers a word
std::string allowance(const Address& owner, const Address& spender);        // a word
std::string approve(const Address& spender, const Uint256& amount);         // USDT answers nothing
std::string decimals();                                                     // a word
std::string domainSeparator();                                              // bytes32
std::string permitNonce(const Address& owner);                              // EIP-2612: a word
std::string authorizationState(const Address& from, const Bytes32& nonce);  // EIP-3009: a flag

// EIP-3009 with the 65 bytes of a key's signature, or with what a contract wallet (EIP-1271) takes.
std::string transferWithAuthorization(const TransferAuthorization& authorization,
                                      const Signature& signature);
std::string transferWithAuthorization(const TransferAuthorization& authorization,
                                      std::string_view signature);

// EIP-1271, asked of the wallet: answers a word that begins with kValidSignature.
inline constexpr Selector kValidSignature = 0x1626ba7e;
std::string isValidSignature(const Bytes32& digest, std::string_view signature);

// Permit2: the 256 nonces around this one, as bits of a word; usedIn() reads ours.
std::string nonceBitmap(const Address& owner, const Uint256& nonce);
bool usedIn(const Uint256& bitmap, const Uint256& nonce);
Uint256 bitmapPlace(const Uint256& nonce);  // which word of the map it lies in

// What every call of a proxy holds of the permit, one after the other: token, amount, nonce and
// deadline.
std::string permitWords(const Address& token, const Uint256& amount, const Uint256& nonce,
                        const Uint256& deadline);

// The proxies. A transfer with a facilitator takes `charged`, at most its amount, and only the
// facilitator itself may send it; one without takes its whole amount.
std::string settleExact(const Permit2Transfer& transfer, const Address& owner,
                        std::string_view signature);
std::string settleUpto(const Permit2Transfer& transfer, const Uint256& charged,
                       const Address& owner, std::string_view signature);

}  // namespace calls
}  // namespace gr::payment
