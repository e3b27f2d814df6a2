// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace gr::payment {

// The words of a wallet (BIP-39, English). They are the money: owned in a Secret, moved, never
// copied. Any thread.
class Mnemonic final {
  public:
    enum class Length : std::size_t { Twelve = 12, TwentyFour = 24 };

    static Mnemonic create(Length words);  // of the system's generator

    // 12, 15, 18, 21 or 24 words with blanks between them, of either case. InvalidField, with what
    // is wrong and at which word, never the word itself: their number, a word that is not in the
    // list, a checksum that does not hold.
    static Result<Mnemonic> parse(std::string_view text);

    // `entropy` has 16, 20, 24, 28 or 32 bytes.
    static Mnemonic fromEntropy(std::string_view entropy);

    const Secret& words() const { return m_words; }  // in small letters, one blank between two

    // The 64 bytes that all keys are made of. BIP-39 wants the passphrase in the normal form NFKD,
    // which is itself for ASCII: InvalidField for any other, as programs disagree there, and a
    // wallet that opens in one of them alone is lost money.
    Result<Secret> seed(const Secret& passphrase) const;

  private:
    explicit Mnemonic(Secret words) : m_words(std::move(words)) {}
    Secret m_words;
};

}  // namespace gr::payment
