// SPDX-License-Identifier: MIT
#include "payment/mnemonic.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/embedded.h"
#include "base/openssl_bytes.h"
#include "base/text.h"
#include "payment/scratch.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostWords = 24;
constexpr std::size_t kLongestWord = 8;
constexpr std::size_t kWordBits = 11;
constexpr std::size_t kMostEntropy = 32;
constexpr int kRounds = 2048;
constexpr std::size_t kSeedSize = 64;
constexpr std::size_t kLongestPassphrase = 1024;
constexpr std::string_view kBlanks = " \t\r\n";

using WordList = std::array<std::string_view, 2048>;

const WordList& wordList() {
    static const WordList kWords = [] {
        WordList words;
        std::string_view rest = embeddedMnemonicWords();
        for (std::string_view& word : words) {
            word = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(word.size() + 1);
        }
        return words;
    }();
    return kWords;
}

std::optional<unsigned> indexOf(std::string_view word) {
    Scratch<kLongestWord> lower;
    if (word.empty() || word.size() > kLongestWord)
        return std::nullopt;
    std::transform(word.begin(), word.end(), lower.data(), [](char c) {
        return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    const std::string_view wanted = lower.view(0, word.size());
    const auto& words = wordList();  // sorted
    const auto found = std::lower_bound(words.begin(), words.end(), wanted);
    if (found == words.end() || *found != wanted)
        return std::nullopt;
    return static_cast<unsigned>(found - words.begin());
}

// The entropy and behind it the first bits of its digest, read 11 at a time.
class Bits final {
  public:
    unsigned take(std::size_t word) const {
        unsigned value = 0;
        for (std::size_t i = word * kWordBits; i < (word + 1) * kWordBits; ++i)
            value = value << 1 | (m_bytes.bytes[i / 8] >> (7 - i % 8) & 1U);
        return value;
    }
    void put(std::size_t word, unsigned value) {
        for (std::size_t bit = 0; bit < kWordBits; ++bit) {
            const std::size_t i = word * kWordBits + bit;
            if ((value >> (kWordBits - 1 - bit) & 1) != 0)
                m_bytes.bytes[i / 8] =
                    static_cast<unsigned char>(m_bytes.bytes[i / 8] | 0x80 >> i % 8);
        }
    }
    void putEntropy(std::string_view entropy) {
        std::copy(entropy.begin(), entropy.end(), m_bytes.bytes.begin());
        m_bytes.bytes[entropy.size()] = checksumOf(entropy.size());
    }
    // A bit of checksum for four bytes of entropy.
    bool checksumHolds(std::size_t entropySize) const {
        return m_bytes.bytes[entropySize] == checksumOf(entropySize);
    }

  private:
    unsigned char checksumOf(std::size_t entropySize) const {
        Scratch<SHA256_DIGEST_LENGTH> digest;
        openssl::must(EVP_Digest(m_bytes.bytes.data(), entropySize, digest.data(), nullptr,
                                 EVP_sha256(), nullptr) == 1);
        return static_cast<unsigned char>(digest.bytes[0] & 0xff << (8 - entropySize / 4));
    }
    Scratch<kMostEntropy + 1> m_bytes;
};

std::size_t entropySizeOf(std::size_t words) {
    return words * kWordBits * 32 / 33 / 8;
}

Secret wordsOf(const Bits& bits, std::size_t count) {
    Scratch<kMostWords*(kLongestWord + 1)> text;
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view word = wordList()[bits.take(i)];
        std::copy(word.begin(), word.end(), text.data() + size);
        size += word.size();
        text.bytes[size++] = ' ';
    }
    return Secret(text.view(0, size - 1));
}

}  // namespace

Mnemonic Mnemonic::fromEntropy(std::string_view entropy) {
    openssl::must(entropy.size() >= 16 && entropy.size() <= kMostEntropy &&
                  entropy.size() % 4 == 0);
    Bits bits;
    bits.putEntropy(entropy);
    return Mnemonic(wordsOf(bits, entropy.size() * 3 / 4));
}

Mnemonic Mnemonic::create(Length words) {
    std::string entropy = randomBytes(entropySizeOf(static_cast<std::size_t>(words)));
    Mnemonic made = fromEntropy(entropy);
    wipe(entropy.data(), entropy.size());
    return made;
}

Result<Mnemonic> Mnemonic::parse(std::string_view text) {
    Bits bits;
    std::size_t count = 0;
    std::optional<std::size_t> unknown;
    for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;
         at = text.find_first_not_of(kBlanks, at)) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
        const auto index = indexOf(text.substr(at, end - at));
        if (index && count < kMostWords)
            bits.put(count, *index);
        ++count;
        if (!index && !unknown)
            unknown = count;
        at = end;
    }
    if (count < 12 || count > kMostWords || count % 3 != 0)
        return fail(ErrorCode::InvalidField,
                    "A wallet has 12, 15, 18, 21 or 24 words, and these are " +
                        std::to_string(count) + ". Enter all of them, with blanks between them.");
    if (unknown)
        return fail(ErrorCode::InvalidField,
                    "Word " + std::to_string(*unknown) +
                        " is not in the English list of BIP-39. Check how it is written.");
    if (!bits.checksumHolds(entropySizeOf(count)))
        return fail(ErrorCode::InvalidField,
                    "The words do not belong together: their checksum is wrong. One of them is "
                    "another word, or two have changed places.");
    return Mnemonic(wordsOf(bits, count));
}

Result<Secret> Mnemonic::seed(const Secret& passphrase) const {
    const std::string_view text = passphrase.reveal();
    if (text.size() > kLongestPassphrase ||
        std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }))
        return fail(ErrorCode::InvalidField,
                    "The passphrase of the words may have ASCII characters alone, at most 1024: "
                    "programs write others in different ways, and the wallet would open here "
                    "alone. Import the wallet's private key instead.");
    constexpr std::string_view kSalt = "mnemonic";
    Scratch<kSalt.size() + kLongestPassphrase> salt;
    std::copy(kSalt.begin(), kSalt.end(), salt.data());
    std::copy(text.begin(), text.end(), salt.data() + kSalt.size());
    Scratch<kSeedSize> seed;
    openssl::must(PKCS5_PBKDF2_HMAC(m_words.reveal().data(), static_cast<int>(m_words.size()),
                                    salt.data(), static_cast<int>(kSalt.size() + text.size()),
                                    kRounds, EVP_sha512(), kSeedSize, seed.data()) == 1);
    return Secret(seed.view(0, kSeedSize));
}

}  // namespace gr::payment
