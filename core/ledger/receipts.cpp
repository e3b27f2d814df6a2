// SPDX-License-Identifier: MIT
#include "ledger/receipts.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/ulid.h"

namespace gr::ledger {

std::string removalSeal(Signer& signer, std::string_view signerChain, const Removal& removal) {
    SignedText text;
    text.text("removal").text(signerChain).text(removal.chain).number(removal.firstNumber);
    text.number(removal.lastNumber).text(removal.lastCode);
    return signer.code(text.bytes());
}

std::string chainSeal(Signer& signer, const ChainRow& chain) {
    SignedText text;
    text.text("chain").text(chain.name).text(chain.signedBy).number(chain.beganMs);
    text.number(chain.afterSequence).text(chain.home);
    return signer.code(text.bytes());
}

void Receipts::use(Secret vaultKey) {
    m_keys.vault = std::move(vaultKey);
    m_open = false;
}

Result<std::int64_t> Receipts::begin(Database& database, UnixMs now) {
    std::int64_t lastSequence = 0;
    for (int tries = 0; tries < 2; ++tries) {
        if (!m_open) {
            if (auto opened = open(database, now); !opened)
                return fail(std::move(opened.error()));
        }
        const auto there = readHead(lastSequence);
        if (!there)
            return fail(there.error());
        if (*there)
            return lastSequence;
        m_open = false;  // somebody took the chain away
    }
    return lastSequence;
}

// What the transaction sees counts, not what was written last: a server that crashed may have lost
// it, and a commit that seemed to fail may have been done.
Result<bool> Receipts::readHead(std::int64_t& lastSequence) {
    m_readHead.bind(1, m_chain.id);
    m_readHead.bindText(2, m_chain.name);  // numbers of rows that were rolled back are given again
    const auto row = m_readHead.step();
    const bool there = row && *row;
    if (there) {
        lastSequence = m_readHead.integer(0);
        m_head.number = m_readHead.integer(1);
        m_head.code = m_readHead.text(2);
    }
    m_readHead.reset();
    if (!row)
        return fail(row.error());
    return there;
}

Result<void> Receipts::open(Database& database, UnixMs now) {
    auto readHead = database.prepare(
        "SELECT (SELECT coalesce(max(sequence), 0) FROM requests), last_number, last_mac "
        "FROM chains WHERE id = ? AND name = ?");
    auto writeHead =
        database.prepare("UPDATE chains SET last_number = ?, last_mac = ? WHERE id = ?");
    if (!readHead || !writeHead)
        return fail(readHead ? std::move(writeHead.error()) : std::move(readHead.error()));
    m_readHead = std::move(*readHead);
    m_writeHead = std::move(*writeHead);
    const bool byVault = !m_keys.vault.empty();
    m_signer = std::make_unique<Signer>(byVault ? m_keys.vault : m_keys.file);
    m_chain = {};
    m_chain.signedBy = byVault ? kSignedByVault : kSignedByFile;
    m_anchored = 0;
    m_safe = {};
    const auto anchors = m_anchorFile.read();
    if (!anchors)
        log::write(LogLevel::Error, "ledger_anchor_unreadable",
                   {{"why", anchors.error().message.text}});
    m_ledger = ledgerDigest(database.location().name());
    const Anchor* last = nullptr;
    if (anchors) {
        for (const Anchor& anchor : *anchors) {
            if (anchor.ledger == m_ledger && anchor.signedBy == m_chain.signedBy &&
                anchorSeal(*m_signer, anchor) == anchor.seal)
                last = &anchor;
        }
    }
    if (last != nullptr) {
        const auto same = goOn(database, *last);
        if (!same)
            return fail(same.error());
        if (*same) {
            m_open = true;
            return {};
        }
    }
    return beginChain(database, now);
}

// False when the ledger does not reach the anchor: then its chain stays as it is, for `ledger
// verify` to tell, and another begins.
Result<bool> Receipts::goOn(Database& database, const Anchor& anchor) {
    auto find = database.prepare(
        "SELECT id, began_ms, after_sequence, home, seal, last_number, last_mac FROM chains "
        "WHERE name = ?");
    if (!find)
        return fail(std::move(find.error()));
    find->bindText(1, anchor.chain);
    const auto row = find->step();
    if (!row)
        return fail(row.error());
    ChainRow chain;
    if (*row) {
        chain.id = find->integer(0);
        chain.name = anchor.chain;
        chain.signedBy = anchor.signedBy;
        chain.beganMs = find->integer(1);
        chain.afterSequence = find->integer(2);
        chain.home = find->text(3);
        chain.seal = find->text(4);
        chain.lastNumber = find->integer(5);
        chain.lastCode = find->text(6);
    }
    const bool reaches = *row && chainSeal(*m_signer, chain) == chain.seal &&
                         (chain.lastNumber > anchor.number ||
                          (chain.lastNumber == anchor.number && chain.lastCode == anchor.code));
    if (!reaches && !*row && anchor.number == 0)
        return false;  // its first transaction failed
    if (!reaches) {
        log::write(LogLevel::Error, "ledger_behind_anchor",
                   {{"ledger", database.location().name()},
                    {"gateway", anchor.chain},
                    {"message",
                     "The ledger no longer holds all rows that this gateway wrote: it was cut, or "
                     "put back to an older state. `gaterouterd ledger verify` tells which."}});
        return false;
    }
    m_chain = std::move(chain);
    m_anchored = anchor.number;
    return true;
}

Result<void> Receipts::beginChain(Database& database, UnixMs now) {
    const auto last = database.queryInteger("SELECT coalesce(max(sequence), 0) FROM requests");
    if (!last)
        return fail(last.error());
    m_chain.name = "gw_" + newRequestId(now).substr(4);
    m_chain.beganMs = now.value;
    m_chain.afterSequence = *last;
    m_chain.home = m_keys.home();
    m_chain.seal = chainSeal(*m_signer, m_chain);
    m_chain.lastCode = std::string(kCodeSize, '\0');
    auto insert = database.prepare(
        "INSERT INTO chains (name, signed_by, began_ms, after_sequence, home, seal, last_number, "
        "last_mac) VALUES (?,?,?,?,?,?,0,?) RETURNING id");
    if (!insert)
        return fail(std::move(insert.error()));
    insert->bindText(1, m_chain.name);
    insert->bindText(2, m_chain.signedBy);
    insert->bind(3, m_chain.beganMs);
    insert->bind(4, m_chain.afterSequence);
    insert->bindText(5, m_chain.home);
    insert->bindBlob(6, m_chain.seal);
    insert->bindBlob(7, m_chain.lastCode);
    const auto row = insert->step();
    if (!row)
        return fail(row.error());
    m_chain.id = insert->integer(0);
    m_open = true;
    // Before the chain can be there: one without an anchor is one whose anchor somebody took.
    if (auto written = m_anchorFile.put(sealed({}, now)); !written)
        log::write(LogLevel::Error, "ledger_anchor_not_written",
                   {{"why", written.error().message.text}});
    return {};
}

Receipts::Receipt Receipts::next(SignedRow& row) {
    row.chain = m_chain.name;
    row.number = m_head.number + 1;
    row.previous = m_head.code;
    m_text.clear();
    write(m_text, row);
    m_head.code = m_signer->code(m_text.bytes());
    ++m_head.number;
    return {m_chain.id, m_head.number, m_head.code};
}

Result<void> Receipts::writeHead() {
    m_writeHead.bind(1, m_head.number);
    m_writeHead.bindBlob(2, m_head.code);
    m_writeHead.bind(3, m_chain.id);
    return m_writeHead.queue();
}

Anchor Receipts::sealed(const Head& head, UnixMs now) {
    Anchor anchor;
    anchor.ledger = m_ledger;
    anchor.chain = m_chain.name;
    anchor.signedBy = m_chain.signedBy;
    anchor.number = head.number;
    anchor.code = head.code;
    anchor.at = now;
    anchor.seal = anchorSeal(*m_signer, anchor);
    return anchor;
}

}  // namespace gr::ledger
