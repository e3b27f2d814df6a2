// SPDX-License-Identifier: MIT
#include "sandbox/play_token.h"

#include "payment/abi.h"

namespace gr::sandbox {
namespace {

using payment::AbiAnswer;
using payment::AbiCall;
using payment::Bytes32;
using payment::Uint256;

constexpr std::size_t kSelector = 4;
constexpr std::string_view kMalformed = "The call's arguments are not what its function takes";

payment::Selector selectorIn(std::string_view input) {
    payment::Selector selector = 0;
    for (const char c : input.substr(0, kSelector))
        selector = selector << 8 | static_cast<unsigned char>(c);
    return selector;
}

// Return values are encoded as arguments are, without a selector.
std::string returned(const AbiCall& values) {
    return values.data().substr(kSelector);
}

PlayAnswer word(const Uint256& value) {
    return {returned(AbiCall(0).word(value)), {}};
}

PlayAnswer text(std::string_view value) {
    return {returned(AbiCall(0).bytes(value)), {}};
}

PlayAnswer revert(std::string_view why) {
    return {{}, std::string(why)};
}

// The bytes r, s, v of the overload that takes them as v, r, s.
std::optional<std::string> splitSignature(const AbiAnswer& arguments) {
    const auto v = arguments.word(6);
    const auto r = arguments.bytes32(7);
    const auto s = arguments.bytes32(8);
    const auto number = v ? v->toUint64() : std::nullopt;
    if (!number || *number > 255 || !r || !s)
        return std::nullopt;
    return payment::Signature{*r, *s, static_cast<std::uint8_t>(*number)}.bytes();
}

PlayAnswer transfer(const PlayChain& chain, const AbiAnswer& arguments, bool split) {
    const auto from = arguments.address(0);
    const auto to = arguments.address(1);
    const auto value = arguments.word(2);
    const auto after = arguments.word(3);
    const auto before = arguments.word(4);
    const auto nonce = arguments.bytes32(5);
    std::optional<std::string> signature;
    if (split)
        signature = splitSignature(arguments);
    else if (const auto bytes = arguments.bytes(6))
        signature = std::string(*bytes);
    if (!from || !to || !value || !after || !before || !nonce || !signature)
        return revert(kMalformed);
    const payment::TransferAuthorization authorization{*from, *to, *value, *after, *before, *nonce};
    return revert(revertText(chain.check(authorization, *signature)));
}

}  // namespace

std::string PlayAnswer::revertData() const {
    return AbiCall(0x08c379a0).bytes(revert).data();
}

PlayAnswer callToken(const PlayChain& chain, std::string_view input) {
    if (input.size() < kSelector)
        return revert("The call names no function");
    const AbiAnswer arguments(input.substr(kSelector));
    const payment::Token& token = chain.token();
    switch (selectorIn(input)) {
        case 0x06fdde03:
            return text(token.domain->name);
        case 0x54fd4d50:
            return text(token.domain->version);
        case 0x95d89b41:
            return text(token.symbol);
        case 0x313ce567:
            return word(std::uint64_t{token.decimals});
        case 0x18160ddd:
            return word(chain.supply());
        case 0x3644e515:
            return word(Uint256::fromWord(chain.separator().bytes));
        case 0x70a08231: {
            const auto owner = arguments.address(0);
            return owner ? word(chain.balanceOf(*owner)) : revert(kMalformed);
        }
        case 0xe94a0102: {
            const auto from = arguments.address(0);
            const auto nonce = arguments.bytes32(1);
            return from && nonce ? word(chain.used(*from, *nonce) ? 1U : 0U) : revert(kMalformed);
        }
        case 0xe3ee160e:
            return transfer(chain, arguments, true);
        case 0xcf092995:
            return transfer(chain, arguments, false);
        default:
            return revert("The play token has no such function");
    }
}

}  // namespace gr::sandbox
