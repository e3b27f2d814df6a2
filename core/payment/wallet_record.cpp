// SPDX-License-Identifier: MIT
#include "payment/wallet_record.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "payment/hd_key.h"
#include "payment/scratch.h"

namespace gr::payment {
namespace {

// Lines of "name value", read as views of the text so that no copies of secrets are left behind.
constexpr std::string_view kHead = "gaterouter-wallet 1\n";
constexpr std::string_view kBlanks = " \t\r\n";

std::optional<std::string_view> lineOf(std::string_view lines, std::string_view name) {
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ')
            return line.substr(name.size() + 1);
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

int digitOf(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Failure damaged() {
    return fail(ErrorCode::InvalidField,
                "The wallet's entry in the vault is damaged. Import the wallet again from its "
                "words or its private key.");
}

}  // namespace

std::optional<EvmKey> parsePrivateKey(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with("0x"))
        text.remove_prefix(2);
    Scratch<EvmKey::kBytes> bytes;
    if (text.size() != 2 * EvmKey::kBytes)
        return std::nullopt;
    for (std::size_t i = 0; i < EvmKey::kBytes; ++i) {
        const int high = digitOf(text[2 * i]);
        const int low = digitOf(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes.bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return EvmKey::fromBytes(bytes.view(0, EvmKey::kBytes));
}

Result<WalletRecord> WalletRecord::fromWords(const Mnemonic& mnemonic, const Secret& passphrase,
                                             std::uint32_t index) {
    WalletRecord record;
    record.m_words = mnemonic.words().clone();
    record.m_passphrase = passphrase.clone();
    record.m_index = index;
    const auto key = record.derive();
    if (!key)
        return fail(key.error());
    record.m_address = key->address();
    return record;
}

WalletRecord WalletRecord::fromKey(const EvmKey& key) {
    WalletRecord record;
    record.m_key = key.bytes().clone();
    record.m_address = key.address();
    return record;
}

Result<EvmKey> WalletRecord::derive() const {
    auto key = std::optional<EvmKey>();
    if (m_words.empty()) {
        key = EvmKey::fromBytes(m_key.reveal());
    } else {
        const auto mnemonic = Mnemonic::parse(m_words.reveal());
        if (!mnemonic)
            return fail(mnemonic.error());
        const auto seed = mnemonic->seed(m_passphrase);
        if (!seed)
            return fail(seed.error());
        key = accountKey(*seed, m_index);
    }
    if (!key)
        return fail(ErrorCode::InvalidField,
                    "There is no key for this account of the wallet. Take another one.");
    return std::move(*key);
}

Result<EvmKey> WalletRecord::key() const {
    auto key = derive();
    if (!key || key->address() != m_address)
        return damaged();
    return key;
}

bool WalletRecord::isBackup(std::string_view text) const {
    if (m_words.empty()) {
        const auto key = parsePrivateKey(text);
        return key && equalInConstantTime(key->bytes().reveal(), m_key.reveal());
    }
    const auto given = Mnemonic::parse(text);
    return given && equalInConstantTime(given->words().reveal(), m_words.reveal());
}

Secret WalletRecord::text() const {
    std::string all;
    all.reserve(4096);  // growing would leave copies behind
    all.append(kHead);
    all.append("address ").append(m_address.toHex());
    all.append("\nbackup ").append(m_backedUp ? "yes" : "no").append("\n");
    if (m_words.empty()) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        all.append("key ");
        for (const char c : m_key.reveal()) {
            const auto byte = static_cast<unsigned char>(c);
            all.push_back(kDigits[byte >> 4]);
            all.push_back(kDigits[byte & 15]);
        }
        all.append("\n");
    } else {
        all.append("account ").append(std::to_string(m_index));
        all.append("\nwords ").append(m_words.reveal());
        all.append("\npassphrase ").append(m_passphrase.reveal()).append("\n");
    }
    Secret secret(all);
    wipe(all.data(), all.size());
    return secret;
}

Result<WalletRecord> WalletRecord::read(std::string_view text) {
    if (!text.starts_with(kHead)) {
        if (const auto key = parsePrivateKey(text)) {
            WalletRecord record = fromKey(*key);
            record.setBackedUp();
            return record;
        }
        const auto mnemonic = Mnemonic::parse(text);
        auto record = mnemonic ? fromWords(*mnemonic, Secret(), 0)
                               : Result<WalletRecord>(fail(mnemonic.error()));
        if (record)
            record->setBackedUp();
        return record;
    }
    text.remove_prefix(kHead.size());
    const auto address = Address::parse(lineOf(text, "address").value_or(""));
    if (!address)
        return damaged();
    WalletRecord record;
    record.m_address = *address;
    record.m_backedUp = lineOf(text, "backup") == "yes";
    if (const auto hex = lineOf(text, "key")) {
        const auto key = parsePrivateKey(*hex);
        if (!key)
            return damaged();
        record.m_key = key->bytes().clone();
        return record;
    }
    const auto index = parseUnsigned(lineOf(text, "account").value_or(""));
    const auto mnemonic = Mnemonic::parse(lineOf(text, "words").value_or(""));
    if (!mnemonic || !index || *index >= HdKey::kHardened)
        return damaged();
    record.m_words = mnemonic->words().clone();
    record.m_passphrase = Secret(lineOf(text, "passphrase").value_or(""));
    record.m_index = static_cast<std::uint32_t>(*index);
    return record;
}

}  // namespace gr::payment
