// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/receipts.h"
#include "ledger/store.h"

namespace gr::ledger {

// What became of the receipts, in rows.
struct ReceiptCounts {
    std::int64_t checked = 0;    // with our keys
    std::int64_t byFile = 0;     // of those, signed with the key file
    std::int64_t foreign = 0;    // of gateways whose key is not here
    std::int64_t locked = 0;     // signed with the vault's key, which is not open
    std::int64_t unchained = 0;  // written before there were receipts
};

// Checks the chains of receipts while all rows pass in the order of writing. Belongs to the thread
// of its Database.
class ChainCheck final {
  public:
    // Columns that `row` reads, behind those of RowReader.
    static constexpr std::string_view kColumns = ", chain, number, mac";

    // `find` gets a sentence for each thing that is wrong.
    ChainCheck(Database& database, const ReceiptKeys& keys, std::function<void(std::string)> find);

    // First, and before the snapshot of the database: what the anchors say is in it then, however
    // much a gateway writes meanwhile.
    void readAnchorFile();
    // `cut`: what was removed because of its age.
    Result<void> begin(const std::optional<Cut>& cut);
    void row(const Statement& columns, const StoredRecord& stored);
    void finish();  // after the last row

    const ReceiptCounts& counts() const { return m_counts; }
    const std::vector<std::string>& notes() const { return m_notes; }  // true, and not wrong

  private:
    struct Hole {
        std::int64_t last = 0;
        std::string lastCode;
        const ChainRow* by = nullptr;  // who says so, when that cannot be checked
    };
    struct Chain {
        ChainRow row;
        Signer* signer = nullptr;              // null: not ours, or not open
        std::map<std::int64_t, Hole> removed;  // by first number
        std::int64_t last = 0;                 // seen so far
        std::optional<std::string> code = std::string(kCodeSize, '\0');  // absent: not known
        std::int64_t oldestMs = 0;                      // when the rows seen so far began
        std::int64_t newestMs = 0;                      // 0: there was none
        std::map<std::string, std::int64_t> removedBy;  // rows, by whoever says so
        std::vector<Anchor> anchors;
    };

    Result<void> readChains();
    Result<void> readRemovals();
    void takeAnchors();
    void takeAnchor(const Anchor& anchor, Chain* chain);  // null: it is not there
    void checkOwnSeals();
    void findChangedBeginning(const ChainRow& chain);
    Signer* signerOf(std::string_view signedBy) const;  // null: that key is not here
    Chain* chainNamed(std::string_view name);           // null: it is not there
    // Goes over numbers up to `last` that have no row: removed ones, or missing.
    void skipUpTo(Chain& chain, std::int64_t last);
    void pass(Chain& chain, std::int64_t number, const std::string& code);
    void weigh(Chain& chain, std::int64_t first, const Hole& hole);
    bool canBeOld(const Chain& chain, const Hole& hole) const;
    void checkCode(Chain& chain, const Statement& columns, const StoredRecord& stored);

    Database& m_database;
    const ReceiptKeys& m_keys;
    std::function<void(std::string)> m_find;
    std::unique_ptr<Signer> m_byFile;
    std::unique_ptr<Signer> m_byVault;
    std::map<std::int64_t, Chain> m_chains;
    std::optional<std::vector<Anchor>> m_anchors;  // as the file has them
    std::vector<Anchor> m_strayAnchors;            // of chains that are not there
    std::optional<std::int64_t> m_chainedAfter;
    std::optional<std::int64_t> m_cutBefore;  // older rows may be gone
    SignedText m_text;
    ReceiptCounts m_counts;
    std::vector<std::string> m_notes;
};

}  // namespace gr::ledger
