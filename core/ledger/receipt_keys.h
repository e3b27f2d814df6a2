// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

// With what a gateway signs its rows. Plain values.
namespace gr::ledger {

inline constexpr std::string_view kSignedByVault = "vault";
inline constexpr std::string_view kSignedByFile = "file";

struct ReceiptKeys {
    std::filesystem::path folder;  // the data directory: key file and anchors
    Secret file;                   // of the key file
    Secret vault;                  // of the vault; empty without one, or while it is closed

    std::filesystem::path anchorFile() const { return folder / "receipts.anchor"; }
    // Names the data directory; no secret.
    std::string home() const;
    bool usable() const { return !folder.empty(); }
    ReceiptKeys clone() const { return {folder, file.clone(), vault.clone()}; }
};

enum class KeyFile { MakeIfMissing, ReadOnly };

// Reads the key file of `folder` (0600, 32 bytes of chance as hexadecimal digits). FileUnreadable
// when it is damaged; without one that may be made, `file` stays empty.
Result<ReceiptKeys> readReceiptKeys(const std::filesystem::path& folder, KeyFile mode);

// The key for receipts from that of the vault (see SecretStore::derivedKey).
Secret receiptKeyOf(const Secret& vaultKey);

}  // namespace gr::ledger
