// SPDX-License-Identifier: MIT
#include "payment/transaction.h"

#include <algorithm>

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

// The items of a transaction, one after the other; each gives nothing unless it is there in the one
// form that it has.
class Items final {
  public:
    explicit Items(std::string_view items) : m_rest(items) {}

    std::optional<std::string_view> bytes() {
        auto item = rlp::take(m_rest);
        if (!item || item->isList)
            return std::nullopt;
        return item->payload;
    }
    std::optional<Uint256> number() {
        const auto digits = bytes();
        if (!digits || digits->size() > Uint256::kBytes || digits->starts_with('\0'))
            return std::nullopt;
        Uint256::Word word{};
        std::copy(digits->begin(), digits->end(),
                  word.end() - static_cast<std::ptrdiff_t>(digits->size()));
        return Uint256::fromWord(word);
    }
    std::optional<std::uint64_t> count() {
        const auto value = number();
        return value ? value->toUint64() : std::nullopt;
    }
    bool emptyList() {
        const auto item = rlp::take(m_rest);
        return item && item->isList && item->payload.empty();
    }
    bool atEnd() const { return m_rest.empty(); }

  private:
    std::string_view m_rest;
};

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

std::optional<Transaction> readTransaction(std::string_view raw) {
    if (!raw.starts_with(kType))
        return std::nullopt;
    std::string_view rest = raw.substr(1);
    const auto whole = rlp::take(rest);
    if (!whole || !whole->isList || !rest.empty())
        return std::nullopt;
    Items items(whole->payload);
    const auto chain = items.count();
    const auto nonce = items.count();
    const auto tip = items.number();
    const auto most = items.number();
    const auto gas = items.count();
    const auto to = items.bytes();
    const auto value = items.number();
    const auto data = items.bytes();
    const bool plain = items.emptyList();
    const bool isSigned = items.count() && items.number() && items.number() && items.atEnd();
    Transaction out;
    if (!chain || !nonce || !tip || !most || !gas || !to || to->size() != out.to.bytes.size() ||
        !value || !data || !plain || !isSigned)
        return std::nullopt;
    out.chainId = *chain;
    out.nonce = *nonce;
    out.maxPriorityFeePerGas = *tip;
    out.maxFeePerGas = *most;
    out.gasLimit = *gas;
    std::copy(to->begin(), to->end(), out.to.bytes.begin());
    out.value = *value;
    out.data = std::string(*data);
    return out;
}

}  // namespace gr::payment
