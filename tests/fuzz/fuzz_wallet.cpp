// SPDX-License-Identifier: MIT
// Wallets as people and vaults hand them in: whatever is read comes back as it was, any entropy is
// words that are read, and one changed word is noticed or is another wallet.
#include <string>

#include "fuzz.h"
#include "payment/hd_key.h"
#include "payment/wallet_record.h"

using namespace gr;
using namespace gr::payment;
using fuzz::must;

namespace {

void wordsComeBack(std::string_view text) {
    const auto parsed = Mnemonic::parse(text);
    if (!parsed)
        return;
    const auto again = Mnemonic::parse(parsed->words().reveal());
    must(again && again->words().reveal() == parsed->words().reveal());
}

void entropyIsWords(std::string_view text) {
    for (const std::size_t size : {16U, 20U, 24U, 28U, 32U}) {
        if (text.size() < size)
            return;
        const Mnemonic made = Mnemonic::fromEntropy(text.substr(0, size));
        const auto read = Mnemonic::parse(made.words().reveal());
        must(read && read->words().reveal() == made.words().reveal());
    }
}

void recordsComeBack(std::string_view text) {
    const auto record = WalletRecord::read(text);
    if (!record)
        return;
    const auto again = WalletRecord::read(record->text().reveal());
    must(again && again->address() == record->address() &&
         again->backedUp() == record->backedUp() &&
         again->text().reveal() == record->text().reveal());
}

void childrenAreKeys(std::string_view text) {
    if (text.size() < 20)
        return;
    const auto master = HdKey::fromSeed(Secret(text.substr(0, 16)));
    std::uint32_t index = 0;
    for (const char c : text.substr(16, 4))
        index = index << 8 | static_cast<std::uint8_t>(c);
    const auto child = master ? master->child(index) : std::nullopt;
    must(child && EvmKey::fromBytes(child->privateKey().reveal()));
    must(child->privateKey().reveal() != master->privateKey().reveal());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::asText(data, size);
    wordsComeBack(text);
    entropyIsWords(text);
    recordsComeBack(text);
    childrenAreKeys(text);
    return 0;
}
