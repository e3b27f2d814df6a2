// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "payment/evm_types.h"

// Calls of contracts and their answers (Solidity's "Contract ABI Specification"). Any thread.
namespace gr::payment {

// The first four bytes of the digest of a function's signature, as a number: 0xa9059cbb.
using Selector = std::uint32_t;

// Writes a call: the arguments in their order. Tuples without dynamic parts are their members.
class AbiCall final {
  public:
    explicit AbiCall(Selector selector) : m_selector(selector) {}
    AbiCall& word(const Uint256& value);
    AbiCall& word(const Bytes32& value);
    AbiCall& address(const Address& value);
    AbiCall& bytes(std::string_view value);  // of any length: behind all words, by its offset
    std::string data() const;

  private:
    Selector m_selector;
    std::string m_heads;                                       // one word an argument
    std::vector<std::pair<std::size_t, std::string>> m_tails;  // place of its head, and the bytes
};

// Reads what a call answered: outside input. Everything gives nothing where the answer is too
// short, and where a word holds what its type cannot. Does not own the answer.
class AbiAnswer final {
  public:
    explicit AbiAnswer(std::string_view data) : m_data(data) {}
    std::optional<Uint256> word(std::size_t index) const;
    std::optional<Bytes32> bytes32(std::size_t index) const;
    std::optional<Address> address(std::size_t index) const;  // the 12 bytes before it are zero
    std::optional<bool> flag(std::size_t index) const;        // 0 or 1 alone
    // Of a `bytes` or `string` whose offset stands at `index`; lies in the answer.
    std::optional<std::string_view> bytes(std::size_t index) const;

  private:
    std::optional<std::string_view> wordAt(std::size_t offset) const;
    std::string_view m_data;
};

}  // namespace gr::payment
