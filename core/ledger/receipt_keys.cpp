// SPDX-License-Identifier: MIT
#include "ledger/receipt_keys.h"

#include "base/cipher.h"
#include "base/file.h"
#include "base/text.h"
#include "ledger/receipt.h"

namespace gr::ledger {
namespace {

std::string hex(std::string_view bytes) {
    return toHex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

Result<Secret> makeKey(const std::filesystem::path& file) {
    std::string bytes = randomBytes(kCipherKeySize);
    std::string text = hex(bytes) + "\n";
    auto written = replaceFile(file, text);
    Secret key(bytes);
    wipe(bytes.data(), bytes.size());
    wipe(text.data(), text.size());
    if (!written)
        return fail(std::move(written.error()));
    return key;
}

}  // namespace

std::string ReceiptKeys::home() const {
    return file.empty() ? "" : hex(Signer(file).code("home").substr(0, 8));
}

Result<ReceiptKeys> readReceiptKeys(const std::filesystem::path& folder, KeyFile mode) {
    ReceiptKeys keys;
    keys.folder = folder;
    const std::filesystem::path file = folder / "receipts.key";
    auto content = readFile(file, 1'000);
    if (!content && content.error().code == ErrorCode::NotFound) {
        if (mode == KeyFile::ReadOnly)
            return keys;
        auto made = makeKey(file);
        if (!made)
            return fail(std::move(made.error()));
        keys.file = std::move(*made);
        return keys;
    }
    if (!content)
        return fail(std::move(content.error()));
    auto bytes = fromHex(std::string_view(*content).substr(0, content->find('\n')));
    wipe(content->data(), content->size());
    if (!bytes || bytes->size() != kCipherKeySize)
        return fail(ErrorCode::FileUnreadable,
                    "The key file " + file.string() +
                        " is damaged. Put it back from a back-up, or move it away: then a new key "
                        "is made, and receipts of the old one can no longer be checked.");
    keys.file = Secret(*bytes);
    wipe(bytes->data(), bytes->size());
    return keys;
}

Secret receiptKeyOf(const Secret& vaultKey) {
    return deriveKey(vaultKey, "ledger receipts");
}

}  // namespace gr::ledger
