// SPDX-License-Identifier: MIT
#include "ledger/chain_check.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/time_text.h"
#include "ledger/row_reader.h"
#include "ledger/tables.h"

namespace gr::ledger {
namespace {

constexpr int kChainColumn = 25;
static_assert(std::count(RowReader::kColumns.begin(), RowReader::kColumns.end(), ',') + 1 ==
              kChainColumn);

// A request that runs longer is not written near its beginning.
constexpr std::int64_t kLongestMs = kHourMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;

// With times of any hand one cannot reckon.
std::int64_t sane(std::int64_t ms) {
    return std::clamp<std::int64_t>(ms, 1, std::numeric_limits<std::int64_t>::max() / 2);
}

std::string rows(std::int64_t first, std::int64_t last) {
    return first == last ? "Row " + std::to_string(first) + " of"
                         : "Rows " + std::to_string(first) + " to " + std::to_string(last) + " of";
}

SignedRow signedRowOf(const Statement& row, const RequestRecord& record) {
    SignedRow is;
    is.sequence = row.integer(0);
    is.startedMs = row.integer(1);
    is.client = record.client;
    is.provider = record.provider;
    is.model = record.model;
    is.asked = record.askedModel;
    is.endpoint = record.endpoint;
    is.error = record.error;
    is.outcome = row.integer(6);
    is.id = row.text(7);
    is.inputTokens = row.integerOrNull(8);
    is.outputTokens = row.integerOrNull(9);
    is.costPico = row.integerOrNull(10);
    is.firstTokenMs = row.integerOrNull(11);
    is.cacheRead = row.integerOrNull(12);
    is.reasoning = row.integerOrNull(13);
    is.cacheWrite5m = row.integerOrNull(20);
    is.cacheWrite1h = row.integerOrNull(21);
    is.audioInput = row.integerOrNull(22);
    is.audioOutput = row.integerOrNull(23);
    is.status = row.integer(16);
    is.flags = row.integer(17);
    is.totalMs = row.integer(18);
    is.packedAttempts = row.text(19);
    is.attempts = &record.attempts;
    is.packedCharges = row.text(24);
    is.charges = &record.charges;
    return is;
}

}  // namespace

ChainCheck::ChainCheck(Database& database, const ReceiptKeys& keys,
                       std::function<void(std::string)> find)
    : m_database(database), m_keys(keys), m_find(std::move(find)) {
    if (!keys.file.empty())
        m_byFile = std::make_unique<Signer>(keys.file);
    if (!keys.vault.empty())
        m_byVault = std::make_unique<Signer>(keys.vault);
}

Result<void> ChainCheck::begin(const std::optional<Cut>& cut) {
    if (cut) {
        const auto now = m_database.now();
        if (!now)
            return fail(now.error());
        m_cutBefore = std::min(cut->before.value, now->value - kDayMs);  // the least that is kept
    }
    if (auto read = readChains(); !read)
        return read;
    if (m_anchors)
        takeAnchors();
    checkOwnSeals();
    return readRemovals();
}

Result<void> ChainCheck::readChains() {
    auto select = m_database.prepare(
        "SELECT id, name, signed_by, began_ms, after_sequence, home, seal, last_number, last_mac "
        "FROM chains");
    if (!select)
        return fail(std::move(select.error()));
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        Chain& chain = m_chains[select->integer(0)];
        chain.row.id = select->integer(0);
        chain.row.name = select->text(1);
        chain.row.signedBy = select->text(2);
        chain.row.beganMs = select->integer(3);
        chain.row.afterSequence = select->integer(4);
        chain.row.home = select->text(5);
        chain.row.seal = select->text(6);
        chain.row.lastNumber = select->integer(7);
        chain.row.lastCode = select->text(8);
        Signer* const signer = signerOf(chain.row.signedBy);
        if (signer != nullptr && chainSeal(*signer, chain.row) == chain.row.seal)
            chain.signer = signer;
        if (chain.signer != nullptr)
            m_chainedAfter =
                std::min(m_chainedAfter.value_or(chain.row.afterSequence), chain.row.afterSequence);
    }
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

Result<void> ChainCheck::readRemovals() {
    auto select = m_database.prepare(
        "SELECT chain, first_number, last_number, last_mac, signer, seal FROM removals");
    if (!select)
        return fail(std::move(select.error()));
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        const auto chain = m_chains.find(select->integer(0));
        const auto signer = m_chains.find(select->integer(4));
        const std::int64_t first = select->integer(1);
        const std::int64_t last = select->integer(2);
        const auto wrong = [&](const std::string& what) {
            m_find("The note that rows " + std::to_string(first) + " to " + std::to_string(last) +
                   " of gateway " +
                   (chain == m_chains.end() ? "(unknown)" : chain->second.row.name) +
                   " were removed because of their age " + what);
        };
        if (first < 1 || last < first) {
            wrong("makes no sense.");
            continue;
        }
        if (chain == m_chains.end() || signer == m_chains.end()) {
            wrong("names a gateway that the ledger does not know.");
            continue;
        }
        const std::string code(select->text(3));
        Signer* const key = signer->second.signer;
        if (key != nullptr &&
            removalSeal(*key, signer->second.row.name,
                        {chain->second.row.name, first, last, code}) != select->text(5)) {
            wrong("was not made by this gateway.");
            continue;
        }
        // A forged one must not hide one that can be checked.
        Hole& hole = chain->second.removed[first];
        if (hole.last == 0 || key != nullptr)
            hole = {last, code, key == nullptr ? &signer->second.row : nullptr};
    }
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

void ChainCheck::readAnchorFile() {
    if (!m_keys.usable())
        return;
    auto anchors = readAnchors(m_keys.anchorFile());
    if (anchors)
        m_anchors = std::move(*anchors);
    else
        m_find(anchors.error().message.text);
}

void ChainCheck::takeAnchors() {
    const std::string ledger = ledgerDigest(m_database.location().name());
    for (const Anchor& anchor : *m_anchors) {
        if (anchor.ledger == ledger)
            takeAnchor(anchor, chainNamed(anchor.chain));
    }
    // The ledger may have had another name: its folder was moved, its server is called otherwise.
    for (auto anchor = m_anchors->rbegin(); anchor != m_anchors->rend(); ++anchor) {
        Chain* const chain = chainNamed(anchor->chain);
        if (anchor->ledger != ledger && chain != nullptr && chain->anchors.empty())
            takeAnchor(*anchor, chain);
    }
    for (const auto& [id, chain] : m_chains) {
        if (chain.signer != nullptr && chain.anchors.empty())
            m_find("The file " + m_keys.anchorFile().string() + " says nothing of gateway " +
                   chain.row.name +
                   ", which wrote here: that rows were taken from the end of the ledger cannot be "
                   "ruled out.");
    }
}

void ChainCheck::takeAnchor(const Anchor& anchor, Chain* chain) {
    Signer* const signer = signerOf(anchor.signedBy);
    if (signer != nullptr && anchorSeal(*signer, anchor) != anchor.seal)
        return m_find("The file " + m_keys.anchorFile().string() +
                      " was changed: what it says of gateway " + anchor.chain + " is not its own.");
    if (chain == nullptr) {
        if (anchor.number > 0)  // 0: its first transaction failed
            m_strayAnchors.push_back(anchor);
        return;
    }
    chain->anchors.push_back(anchor);
    if (signer == nullptr || chain->signer != nullptr)
        return;
    findChangedBeginning(chain->row);
    chain->signer = signer;  // the codes of its rows hang on nothing that was changed
}

// Chains that say they are of this data directory, and whose key is here, have its seal.
void ChainCheck::checkOwnSeals() {
    const std::string home = m_keys.home();
    for (const auto& [id, chain] : m_chains) {
        if (chain.signer == nullptr && !home.empty() && chain.row.home == home &&
            signerOf(chain.row.signedBy) != nullptr)
            findChangedBeginning(chain.row);
    }
}

void ChainCheck::findChangedBeginning(const ChainRow& chain) {
    m_find("The beginning of what gateway " + chain.name +
           " wrote was changed: its entry in the table of chains is not the one that it made" +
           (chain.signedBy == kSignedByVault ? ", or the vault is another one than then." : "."));
}

Signer* ChainCheck::signerOf(std::string_view signedBy) const {
    return signedBy == kSignedByVault ? m_byVault.get() : m_byFile.get();
}

ChainCheck::Chain* ChainCheck::chainNamed(std::string_view name) {
    const auto chain = std::find_if(m_chains.begin(), m_chains.end(),
                                    [&](const auto& one) { return one.second.row.name == name; });
    return chain == m_chains.end() ? nullptr : &chain->second;
}

void ChainCheck::row(const Statement& columns, const StoredRecord& stored) {
    const auto id = columns.integerOrNull(kChainColumn);
    const std::int64_t sequence = columns.integer(0);
    if (!id) {
        if (m_chainedAfter && sequence > *m_chainedAfter)
            m_find("Row " + std::to_string(sequence) + " has no receipt: no gateway wrote it.");
        else
            ++m_counts.unchained;
        return;
    }
    const auto found = m_chains.find(*id);
    if (found == m_chains.end())
        return m_find("Row " + std::to_string(sequence) +
                      " is of a gateway that the ledger does not know.");
    Chain& chain = found->second;
    const std::int64_t number = columns.integer(kChainColumn + 1);
    if (number <= chain.last)
        return m_find("Row " + std::to_string(sequence) + " stands out of its order (number " +
                      std::to_string(number) + " of gateway " + chain.row.name + ").");
    skipUpTo(chain, number - 1);
    if (!stored.record.settlement) {  // which is written whenever somebody knows the bill
        const std::int64_t began = sane(columns.integer(1));
        chain.oldestMs = chain.newestMs == 0 ? began : std::min(chain.oldestMs, began);
        chain.newestMs = std::max(chain.newestMs, began);
    }
    if (chain.signer != nullptr) {
        checkCode(chain, columns, stored);
        ++m_counts.checked;
        m_counts.byFile += chain.row.signedBy == kSignedByFile ? 1 : 0;
    } else if (chain.row.signedBy == kSignedByVault && chain.row.home == m_keys.home() &&
               m_keys.vault.empty()) {
        ++m_counts.locked;
    } else {
        ++m_counts.foreign;
    }
    pass(chain, number, std::string(columns.text(kChainColumn + 2)));
}

void ChainCheck::checkCode(Chain& chain, const Statement& columns, const StoredRecord& stored) {
    if (!chain.code)
        return;  // what came before is missing, and was told
    SignedRow signedRow = signedRowOf(columns, stored.record);
    signedRow.chain = chain.row.name;
    signedRow.number = columns.integer(kChainColumn + 1);
    signedRow.previous = *chain.code;
    m_text.clear();
    write(m_text, signedRow);
    if (chain.signer->code(m_text.bytes()) != columns.text(kChainColumn + 2))
        m_find("Row " + std::to_string(columns.integer(0)) + " (number " +
               std::to_string(signedRow.number) + " of gateway " + chain.row.name +
               ") was changed.");
}

void ChainCheck::skipUpTo(Chain& chain, std::int64_t last) {
    while (chain.last < last) {
        const std::int64_t next = chain.last + 1;
        const auto removed = chain.removed.lower_bound(next);
        if (removed != chain.removed.end() && removed->first == next &&
            removed->second.last <= last) {
            if (removed->second.by != nullptr)
                weigh(chain, next, removed->second);
            pass(chain, removed->second.last, removed->second.lastCode);
            continue;
        }
        const bool later =
            removed != chain.removed.end() && removed->first <= last && removed->first > next;
        chain.last = later ? removed->first - 1 : last;
        chain.code.reset();
        m_find(rows(next, chain.last) + " gateway " + chain.row.name + " are missing.");
    }
}

// A note whose seal cannot be checked here. What our own rows prove is that those that are gone
// were too young; the rest is the word of whoever wrote it.
void ChainCheck::weigh(Chain& chain, std::int64_t first, const Hole& hole) {
    if (chain.signer == nullptr || canBeOld(chain, hole))
        chain.removedBy[hole.by->name] += hole.last - first + 1;
    else
        m_find(rows(first, hole.last) + " gateway " + chain.row.name + " are missing: gateway " +
               hole.by->name + " cannot have removed them because of their age, as a note says.");
}

// Whether rows that follow what has passed may have been removed by another gateway, which takes
// the oldest first, a day later than their own. They were written after the chain began and after
// the rows before them, and those that the anchor speaks of not long before it.
bool ChainCheck::canBeOld(const Chain& chain, const Hole& hole) const {
    if (!m_cutBefore || chain.newestMs - chain.oldestMs > kLongestMs)
        return false;
    std::int64_t written = std::max(sane(chain.row.beganMs), chain.newestMs);
    for (const Anchor& anchor : chain.anchors) {
        if (anchor.number > chain.last && anchor.number <= hole.last)
            written = std::max(written, sane(anchor.at.value));
    }
    const bool own = hole.by->home == m_keys.home();  // with the vault's key, which is not open
    return written - kLongestMs < *m_cutBefore - (own ? 0 : kDayMs);
}

void ChainCheck::pass(Chain& chain, std::int64_t number, const std::string& code) {
    chain.last = number;
    chain.code = code;
    for (const Anchor& anchor : chain.anchors) {
        if (anchor.number == number && anchor.code != code)
            m_find("Row number " + std::to_string(number) + " of gateway " + chain.row.name +
                   " is not the one that was written: the ledger was put back and written anew.");
    }
}

void ChainCheck::finish() {
    for (auto& [id, chain] : m_chains) {
        std::int64_t end = chain.row.lastNumber;
        for (const Anchor& anchor : chain.anchors) {
            if (anchor.number > end)
                m_find("The ledger ends before what gateway " + chain.row.name +
                       " had written by " + isoTime(anchor.at) + " (" +
                       std::to_string(anchor.number) +
                       " rows): it was cut, or put back to an older state.");
            end = std::max(end, anchor.number);
        }
        skipUpTo(chain, end);
        if (chain.last > end)
            m_find("Gateway " + chain.row.name + " has more rows than it knows of.");
        else if (chain.signer != nullptr && chain.code && chain.last == chain.row.lastNumber &&
                 *chain.code != chain.row.lastCode)
            m_find("The end of what gateway " + chain.row.name + " wrote was changed.");
        for (const auto& [other, count] : chain.removedBy)
            m_notes.push_back(std::to_string(count) + " rows of gateway " + chain.row.name +
                              " were removed because of their age, as a note of gateway " + other +
                              " says, whose key is not here.");
    }
    for (const Anchor& anchor : m_strayAnchors)
        m_find("The ledger knows nothing of gateway " + anchor.chain + ", which had written " +
               std::to_string(anchor.number) + " rows to it by " + isoTime(anchor.at) +
               ": it was replaced, or put back to an older state.");
}

}  // namespace gr::ledger
