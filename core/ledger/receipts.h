// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/anchor.h"
#include "ledger/receipt.h"
#include "ledger/receipt_keys.h"
#include "ledger/store.h"

namespace gr::ledger {

// A run of rows that were removed because of their age, in terms of their chain.
struct Removal {
    std::string_view chain;  // name
    std::int64_t firstNumber = 0;
    std::int64_t lastNumber = 0;
    std::string_view lastCode;
};
std::string removalSeal(Signer& signer, std::string_view signerChain, const Removal& removal);

// Where a chain begins; the seal in its row shows whose key it is.
struct ChainRow {
    std::int64_t id = 0;
    std::string name;
    std::string signedBy;
    std::int64_t beganMs = 0;
    std::int64_t afterSequence = 0;  // rows up to this one may have no receipt
    std::string home;                // the data directory that writes it, see ReceiptKeys::home
    std::string seal;
    std::int64_t lastNumber = 0;
    std::string lastCode;
};
std::string chainSeal(Signer& signer, const ChainRow& chain);

// The chain that a gateway writes: goes on with that of its anchor file, or begins one when there
// is none, when another key has come, or when the ledger no longer reaches its anchor. Ledger
// thread; all but `use` and `anchored` within a write transaction of its Database, which it
// outlives.
class Receipts final {
    struct Head {
        std::int64_t number = 0;
        std::string code = std::string(kCodeSize, '\0');
    };

  public:
    // Unusable keys: rows get no receipts.
    explicit Receipts(ReceiptKeys keys)
        : m_keys(std::move(keys)), m_anchorFile(m_keys.anchorFile()) {}

    bool usable() const { return m_keys.usable(); }
    std::string home() const { return m_keys.home(); }
    // The key of the vault, now that it is open: the chain goes on with a new one, signed with it.
    void use(Secret vaultKey);
    bool uses(const Secret& vaultKey) const { return vaultKey.reveal() == m_keys.vault.reveal(); }

    // Reads where the chain stands, and the largest sequence of all.
    Result<std::int64_t> begin(Database& database, UnixMs now);
    struct Receipt {
        std::int64_t chain = 0;  // id
        std::int64_t number = 0;
        std::string code;
    };
    // Of the next row; `row` gets its chain, number and previous code here.
    Receipt next(SignedRow& row);
    Result<void> writeHead();  // once before the commit
    void committed() { m_safe = m_head; }

    std::string sealOf(const Removal& removal) {
        return removalSeal(*m_signer, m_chain.name, removal);
    }
    const ChainRow& chain() const { return m_chain; }

    // Rows were written since the last anchor.
    bool wantsAnchor() const { return m_open && m_safe.number > m_anchored; }
    // How far what was committed reaches, for the file once it is safe.
    Anchor anchor(UnixMs now) {
        m_anchored = m_safe.number;
        return sealed(m_safe, now);
    }
    AnchorFile& anchorFile() { return m_anchorFile; }

  private:
    Anchor sealed(const Head& head, UnixMs now);
    Result<void> open(Database& database, UnixMs now);
    Result<bool> goOn(Database& database, const Anchor& anchor);
    Result<void> beginChain(Database& database, UnixMs now);
    Result<bool> readHead(std::int64_t& lastSequence);

    ReceiptKeys m_keys;
    AnchorFile m_anchorFile;
    std::string m_ledger;  // Anchor::ledger
    bool m_open = false;
    std::unique_ptr<Signer> m_signer;
    ChainRow m_chain;
    Head m_head;  // of the transaction that is under way
    Head m_safe;  // committed
    std::int64_t m_anchored = 0;
    Statement m_readHead;
    Statement m_writeHead;
    SignedText m_text;
};

}  // namespace gr::ledger
