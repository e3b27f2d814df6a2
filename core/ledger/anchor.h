// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/receipt.h"

// How far the receipts reach, kept outside the database: a ledger from which the newest rows were
// taken, or that was put back to an older state, no longer reaches what its anchors say.
namespace gr::ledger {

struct Anchor {
    std::string ledger;  // digest of its name: a data directory may come to another ledger
    std::string chain;   // name
    std::string signedBy;
    std::int64_t number = 0;
    std::string code;  // of the row with this number
    UnixMs at;
    std::string seal;  // made with the key of the chain

    friend bool operator==(const Anchor&, const Anchor&) = default;
};

std::string anchorSeal(Signer& signer, const Anchor& anchor);
// The digest of a ledger's name, for Anchor::ledger.
std::string ledgerDigest(std::string_view name);

// One line an anchor. None when there is no file; FileUnreadable also for one that makes no sense.
// Seals are not looked at. Blocking.
Result<std::vector<Anchor>> readAnchors(const std::filesystem::path& file);
Result<void> writeAnchors(const std::filesystem::path& file, const std::vector<Anchor>& anchors);

// The anchor file of a running gateway. Any thread; blocking.
class AnchorFile final {
  public:
    explicit AnchorFile(std::filesystem::path file) : m_file(std::move(file)) {}
    Result<std::vector<Anchor>> read() const;
    // Takes the place of an older one of the same chain and ledger, and becomes the last: a start
    // goes on with the last one. That of a chain that begins also takes the place of those of
    // chains with the same key that had begun only: nobody would have begun another if they were
    // there.
    Result<void> put(const Anchor& anchor);

  private:
    const std::filesystem::path m_file;
    mutable std::mutex m_mutex;
};

}  // namespace gr::ledger
