// SPDX-License-Identifier: MIT
// Payments as bytes: what is written for contracts and transactions is read back as it was, answers
// of contracts are read within their bounds, every bit of what is signed counts, and one signature
// has one form.
#include <algorithm>
#include <string>

#include "fuzz.h"
#include "payment/abi.h"
#include "payment/address.h"
#include "payment/eip712.h"
#include "payment/keccak.h"
#include "payment/rlp.h"
#include "payment/signature.h"

using namespace gr::payment;
using fuzz::must;

namespace {

// A strict reader of one item; gives what stands behind it. Lists give their inside.
std::string_view itemOf(std::string_view& rest) {
    must(!rest.empty());
    const auto mark = static_cast<unsigned char>(rest.front());
    if (mark < 0x80) {
        const auto item = rest.substr(0, 1);
        rest.remove_prefix(1);
        return item;
    }
    const unsigned base = mark < 0xc0 ? 0x80 : 0xc0;
    std::size_t size = mark - base;
    std::size_t head = 1;
    if (size > 55) {
        const std::size_t digits = size - 55;
        must(digits <= 4 && rest.size() > digits && rest[1] != 0);
        size = 0;
        for (std::size_t i = 1; i <= digits; ++i)
            size = size << 8 | static_cast<unsigned char>(rest[i]);
        must(size > 55);
        head += digits;
    }
    must(rest.size() >= head + size);
    const auto item = rest.substr(head, size);
    must(base == 0xc0 || size != 1 || static_cast<unsigned char>(item.front()) >= 0x80);
    rest.remove_prefix(head + size);
    return item;
}

Uint256 numberOf(std::string_view text) {
    Uint256::Word word{};
    const std::size_t size = std::min(text.size(), word.size());
    std::copy_n(text.begin(), size, word.end() - static_cast<std::ptrdiff_t>(size));
    return Uint256::fromWord(word);
}

void itemsComeBack(std::string_view text) {
    const std::string_view half = text.substr(0, text.size() / 2);
    const Uint256 number = numberOf(text);
    const std::string written =
        rlp::list(rlp::bytes(text) + rlp::number(number) + rlp::list(rlp::bytes(half)));
    std::string_view rest = written;
    std::string_view inside = itemOf(rest);
    must(rest.empty());
    must(itemOf(inside) == text);
    const std::string_view digits = itemOf(inside);
    must(numberOf(digits) == number && (digits.empty() || digits.front() != 0));
    std::string_view list = itemOf(inside);
    must(inside.empty() && itemOf(list) == half && list.empty());
}

void callsComeBack(std::string_view text) {
    const std::string_view half = text.substr(0, text.size() / 2);
    const Uint256 number = numberOf(text);
    const std::string data = AbiCall(0x01020304).bytes(text).word(number).bytes(half).data();
    must(data.starts_with("\1\2\3\4") && data.size() % 32 == 4);
    const AbiAnswer answer(std::string_view(data).substr(4));
    must(answer.bytes(0) == text && answer.word(1) == number && answer.bytes(2) == half);
}

void answersStayInBounds(std::string_view text) {
    const AbiAnswer answer(text);
    for (std::size_t i = 0; i <= text.size() / 32 + 1; ++i) {
        must(answer.word(i).has_value() == ((i + 1) * 32 <= text.size()));
        if (const auto found = answer.bytes(i))
            must(found->empty() || (found->data() >= text.data() &&
                                    found->data() + found->size() <= text.data() + text.size()));
        (void)answer.flag(i);
        (void)answer.address(i);
    }
}

void addressesComeBack(std::string_view text) {
    if (const auto address = parseChecked(text))
        must(parseChecked(checksumText(*address)) == address);
}

void everyBitIsSigned(std::string_view text) {
    TransferAuthorization one;
    auto* const bytes = reinterpret_cast<std::uint8_t*>(&one);
    static_assert(sizeof(one) == 20 + 20 + 4 * 32);  // bytes alone, no gaps
    if (text.size() < sizeof(one) + 2)
        return;
    std::copy_n(text.begin(), sizeof(one), bytes);
    const Bytes32 separator = domainSeparator({std::string(text), std::nullopt, 1, one.to});
    const Bytes32 digest = digestOf(separator, one);
    const std::size_t bit = (static_cast<std::uint8_t>(text[sizeof(one)]) << 8 |
                             static_cast<std::uint8_t>(text[sizeof(one) + 1])) %
                            (sizeof(one) * 8);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    must(digestOf(separator, one) != digest);
}

void signaturesHaveOneForm(std::string_view text) {
    const auto signature = Signature::fromBytes(text.substr(0, Signature::kBytes));
    if (!signature)
        return;
    must(signature->bytes() == text.substr(0, Signature::kBytes));
    const Bytes32 digest = keccak256(text);
    const auto signer = recover(digest, *signature);
    must(!signer || formOf(*signature) == SignatureForm::Strict);
    Signature twin = *signature;
    twin.s.bytes[0] |= 0x80;  // the upper half
    must(!recover(digest, twin));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::asText(data, size);
    itemsComeBack(text);
    callsComeBack(text);
    answersStayInBounds(text);
    addressesComeBack(text);
    everyBitIsSigned(text);
    signaturesHaveOneForm(text);
    return 0;
}
