// SPDX-License-Identifier: MIT
#include "ledger/purchase_book.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "base/ulid.h"
#include "ledger/budget.h"
#include "ledger/purchase_rows.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kIdSize = 30;
constexpr std::size_t kMostReceipt = 16'384;
constexpr std::size_t kMostNote = 1'024;
constexpr std::string_view kLineage = "lineage";

std::string newLineage() {
    const std::string bytes = randomBytes(16);
    return toHex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

std::string newId(UnixMs at) {
    return "pay_" + newRequestId(at).substr(4);
}

Failure notThere(std::string_view id) {
    return fail(ErrorCode::RecordNotFound,
                "There is no payment \"" + std::string(id) + "\" in this ledger.");
}

Result<void> checkIntent(const PurchaseIntent& intent) {
    const auto wrong = [](const char* field, const char* what) {
        return failField(
            ErrorCode::InvalidField, field,
            "A payment cannot be booked: its " + std::string(field) + " " + what + ".");
    };
    if (intent.key.size() != kKeySize)
        return wrong("key", "must have 32 bytes");
    if (intent.usd.pico() < 0)
        return wrong("usd", "must not be negative");
    if (intent.amount.empty() || intent.amount.size() > 78 ||
        intent.amount.find_first_not_of("0123456789") != std::string::npos)
        return wrong("amount", "must be a whole number of at most 78 digits");
    if (intent.origin.empty())
        return wrong("origin", "is missing");
    if (intent.payee.empty())
        return wrong("payee", "is missing");
    return {};
}

Result<void> checkAdvance(std::initializer_list<PurchaseState> from, PurchaseState to) {
    for (const PurchaseState state : from) {
        if (!mayFollow(state, to))
            return fail(
                ErrorCode::Internal, "Something unexpected happened with a payment.",
                "no arc from " + std::string(nameOf(state)) + " to " + std::string(nameOf(to)));
    }
    return {};
}

void closeRow(Purchase& purchase) {
    purchase.open = false;
    purchase.sealedHeader.clear();
}

void apply(Purchase& purchase, const PurchaseChange& change) {
    const std::pair<const std::optional<std::string>*, std::string*> texts[] = {
        {&change.nonce, &purchase.nonce},
        {&change.headerName, &purchase.headerName},
        {&change.sealedHeader, &purchase.sealedHeader},
        {&change.transaction, &purchase.transaction},
        {&change.receipt, &purchase.receipt},
        {&change.note, &purchase.note},
        {&change.answerDigest, &purchase.answerDigest}};
    for (const auto& [from, to] : texts) {
        if (*from)
            *to = **from;
    }
    purchase.validBefore = change.validBefore.value_or(purchase.validBefore);
    purchase.receipt.resize(std::min(purchase.receipt.size(), kMostReceipt));
    purchase.note.resize(std::min(purchase.note.size(), kMostNote));
    purchase.delivered = purchase.delivered || change.delivered;
    if (change.taken && purchase.state == PurchaseState::Settled &&
        change.taken->usd <= purchase.usd) {
        purchase.amount = change.taken->amount;
        purchase.usd = change.taken->usd;
    }
    const bool over =
        purchase.state == PurchaseState::Denied || purchase.state == PurchaseState::Released;
    if (over || (purchase.delivered && purchase.state == PurchaseState::Settled))
        closeRow(purchase);
}

// What may be paid must be known by what the chain knows it by.
Result<void> checkSigned(const Purchase& purchase) {
    const bool may = isCounted(purchase.state) && purchase.state != PurchaseState::Intended;
    const bool known = !purchase.nonce.empty() && purchase.validBefore > 0;
    if ((may && !known) ||
        (purchase.state == PurchaseState::Signed && purchase.sealedHeader.empty()))
        return fail(ErrorCode::Internal, "Something unexpected happened with a payment.",
                    "signed without nonce, deadline or header: " + purchase.id);
    return {};
}

std::int64_t countedPico(const Purchase& purchase) {
    return isCounted(purchase.state) ? purchase.usd.pico() : 0;
}

// What the change does to the sums of days. `before`: countedPico() of then.
Result<void> bookChange(Database& database, const Purchase& purchase, std::int64_t before) {
    const std::int64_t now = countedPico(purchase);
    return now == before ? Result<void>() : bookSpent(database, purchase, now - before);
}

Result<void> checkRoom(const SpendingSums& sums, Money usd) {
    if (sums.total.plus(usd))
        return {};
    return fail(ErrorCode::LimitReached,
                "A payment of " + usd.toDecimal() + " USD is more than can be booked.");
}

}  // namespace

Result<std::unique_ptr<PurchaseBook>> PurchaseBook::open(const Location& location) {
    auto database = openForPromises(location);
    if (!database)
        return fail(std::move(database.error()));
    std::unique_ptr<PurchaseBook> book(new PurchaseBook(std::move(*database)));
    if (auto started = book->startClock(); !started)
        return fail(std::move(started.error()));
    return book;
}

Result<void> PurchaseBook::startClock() {
    const auto now = m_database.now();
    const auto latest =
        m_database.queryInteger("SELECT coalesce(max(booked_ms), 0) FROM purchases");
    if (!now || !latest)
        return fail(now ? latest.error() : now.error());
    m_clock.emplace(*now, Moment::now().runningMs);
    m_clock->notBefore({*latest});
    return {};
}

Result<SpendingSums> PurchaseBook::sumsNow(std::string_view origin, std::string_view key) {
    const auto wall = m_database.now();
    if (!wall)
        return fail(wall.error());
    auto sums = readSums(m_database, m_clock->now(*wall, Moment::now().runningMs), origin, key);
    if (sums)
        sums->clockDoubtMs = m_clock->disbelieved();
    return sums;
}

Result<IntendAnswer> PurchaseBook::intend(const PurchaseIntent& intent, const Decide& decide) {
    if (auto checked = checkIntent(intent); !checked)
        return fail(std::move(checked.error()));
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<IntendAnswer>(m_database, [&]() -> Result<IntendAnswer> {
        auto open = findPurchase(m_database, "purchase_key = ? AND open = 1", {Blob{intent.key}});
        if (!open)
            return fail(std::move(open.error()));
        if (*open)
            return IntendAnswer{IntendAnswer::Kind::Open, std::move(**open), {}};
        return decideNew(intent, decide);
    });
}

Result<IntendAnswer> PurchaseBook::decideNew(const PurchaseIntent& intent, const Decide& decide) {
    const auto sums = sumsNow(intent.origin, intent.key);
    if (!sums)
        return fail(sums.error());
    SpendDecision decision = decide(*sums);
    if (decision.verdict == SpendDecision::Verdict::Refuse)
        return IntendAnswer{IntendAnswer::Kind::Refused, {}, std::move(decision.reason)};
    if (auto room = checkRoom(*sums, intent.usd); !room)
        return fail(std::move(room.error()));
    const bool held = decision.verdict == SpendDecision::Verdict::Hold;
    IntendAnswer answer;
    answer.kind = held ? IntendAnswer::Kind::Held : IntendAnswer::Kind::New;
    answer.reason = std::move(decision.reason);
    Purchase& purchase = answer.purchase;
    static_cast<PurchaseIntent&>(purchase) = intent;
    purchase.id = newId(sums->now);
    purchase.state = held ? PurchaseState::Held : PurchaseState::Intended;
    purchase.createdAt = purchase.updatedAt = sums->now;
    if (held)
        purchase.note = answer.reason;
    else
        purchase.bookedAt = sums->now;
    purchase.note.resize(std::min(purchase.note.size(), kMostNote));
    auto lineage = fact(m_database, kLineage);
    if (lineage && lineage->empty()) {
        if (auto set = setFact(m_database, kLineage, newLineage()); !set)
            return fail(std::move(set.error()));
    }
    auto written = lineage ? insertPurchase(m_database, purchase) : fail(lineage.error());
    if (written && !held)
        written = bookSpent(m_database, purchase, purchase.usd.pico());
    if (!written)
        return fail(std::move(written.error()));
    return answer;
}

Result<IntendAnswer> PurchaseBook::approve(std::string_view id, const Decide& decide) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<IntendAnswer>(m_database, [&]() -> Result<IntendAnswer> {
        auto found = byId(id);
        if (!found)
            return fail(std::move(found.error()));
        Purchase& purchase = *found;
        if (purchase.state != PurchaseState::Held)
            return IntendAnswer{IntendAnswer::Kind::Open, std::move(purchase), {}};
        const auto sums = sumsNow(purchase.origin, purchase.key);
        if (!sums)
            return fail(sums.error());
        SpendDecision decision = decide(*sums);
        if (decision.verdict != SpendDecision::Verdict::Allow) {
            const bool held = decision.verdict == SpendDecision::Verdict::Hold;
            return IntendAnswer{held ? IntendAnswer::Kind::Held : IntendAnswer::Kind::Refused,
                                std::move(purchase), std::move(decision.reason)};
        }
        if (auto room = checkRoom(*sums, purchase.usd); !room)
            return fail(std::move(room.error()));
        purchase.state = PurchaseState::Intended;
        purchase.updatedAt = sums->now;
        purchase.bookedAt = sums->now;
        auto written = updatePurchase(m_database, purchase);
        if (written)
            written = bookSpent(m_database, purchase, purchase.usd.pico());
        if (!written)
            return fail(std::move(written.error()));
        return IntendAnswer{IntendAnswer::Kind::New, std::move(purchase), {}};
    });
}

Result<PurchaseAdvanced> PurchaseBook::advance(std::string_view id,
                                               std::initializer_list<PurchaseState> from,
                                               PurchaseState to, const PurchaseChange& change) {
    auto checked = checkAdvance(from, to);
    if (checked && to == PurchaseState::Intended)  // takes from the caps: approve() asks them
        checked = fail(ErrorCode::Internal, "Something unexpected happened with a payment.",
                       "intended without a decision");
    if (!checked)
        return fail(std::move(checked.error()));
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<PurchaseAdvanced>(m_database, [&]() -> Result<PurchaseAdvanced> {
        auto found = byId(id);
        if (!found)
            return fail(std::move(found.error()));
        Purchase& purchase = *found;
        const std::int64_t before = countedPico(purchase);
        if (std::find(from.begin(), from.end(), purchase.state) == from.end())
            return PurchaseAdvanced{false, std::move(purchase)};
        const auto now = m_database.now();
        if (!now)
            return fail(now.error());
        purchase.state = to;
        purchase.updatedAt = *now;
        apply(purchase, change);
        auto written = checkSigned(purchase);
        if (written)
            written = updatePurchase(m_database, purchase);
        if (written)
            written = bookChange(m_database, purchase, before);
        if (!written)
            return fail(std::move(written.error()));
        return PurchaseAdvanced{true, std::move(purchase)};
    });
}

Result<bool> PurchaseBook::close(std::string_view id) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        auto purchase = byId(id);
        if (!purchase)
            return fail(std::move(purchase.error()));
        if (!purchase->delivered && purchase->state != PurchaseState::Settled)
            return false;
        const auto now = m_database.now();
        if (!now)
            return fail(now.error());
        purchase->updatedAt = *now;
        closeRow(*purchase);
        if (auto written = updatePurchase(m_database, *purchase); !written)
            return fail(std::move(written.error()));
        return true;
    });
}

Result<Purchase> PurchaseBook::byId(std::string_view id) {
    // A text of somebody else's making may hold bytes that a server does not take.
    if (id.size() != kIdSize || !id.starts_with("pay_") ||
        !timeOfRequestId("req_" + std::string(id.substr(4))))
        return notThere(id);
    auto found = findPurchase(m_database, "id = ?", {id});
    if (!found)
        return fail(std::move(found.error()));
    if (!*found)
        return notThere(id);
    return std::move(**found);
}

Result<std::optional<Purchase>> PurchaseBook::find(std::string_view id) {
    const std::lock_guard lock(m_mutex);
    return noneIfNotFound(byId(id));
}

Result<std::optional<Purchase>> PurchaseBook::findByKey(std::string_view key) {
    const std::lock_guard lock(m_mutex);
    return findPurchase(m_database, "purchase_key = ? ORDER BY sequence DESC", {Blob{key}});
}

Result<std::vector<Purchase>> PurchaseBook::held() {
    const std::lock_guard lock(m_mutex);
    return selectPurchases(m_database, "open = 1 AND state = 'held' ORDER BY sequence", {});
}

Result<std::vector<Purchase>> PurchaseBook::unresolved() {
    const std::lock_guard lock(m_mutex);
    auto rows = selectPurchases(
        m_database, outstandingSql() + " OR (open = 1 AND state = 'settled') ORDER BY sequence",
        {});
    const auto now = m_database.now();
    if (!rows || !now)
        return fail(rows ? now.error() : rows.error());
    auto released = selectPurchases(
        m_database, "booked_ms > ? AND state = 'released' AND valid_before > 0 ORDER BY sequence",
        {now->value - kLookAgain});
    if (!released)
        return fail(std::move(released.error()));
    rows->insert(rows->end(), std::make_move_iterator(released->begin()),
                 std::make_move_iterator(released->end()));
    return rows;
}

Result<std::vector<Purchase>> PurchaseBook::page(const PurchaseFilter& filter, std::int64_t before,
                                                 int most) {
    const std::lock_guard lock(m_mutex);
    return pageOfPurchases(m_database, filter, PageOrder::NewestFirst, before, most);
}

Result<SpendingSums> PurchaseBook::sums(std::string_view origin) {
    const std::lock_guard lock(m_mutex);
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    return sumsNow(origin, {});
}

Result<std::vector<Payee>> PurchaseBook::payees() {
    const std::lock_guard lock(m_mutex);
    return allPayees(m_database);
}

Result<Payee> PurchaseBook::seePayee(std::string_view origin, std::string_view address) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<Payee>(m_database, [&]() -> Result<Payee> {
        auto known = findPayee(m_database, origin);
        const auto now = m_database.now();
        if (!known || !now)
            return fail(known ? now.error() : known.error());
        const auto payments =
            numberOf(m_database,
                     "SELECT count(*) FROM purchases WHERE origin = ? AND state NOT IN "
                     "('held','denied','intended')",
                     {origin});
        if (!payments)
            return fail(payments.error());
        Payee payee = known->value_or(Payee{});
        // Who was neither paid nor allowed yet may still change his mind.
        const bool pins = !*known || (*payments == 0 && payee.allowedBy.empty());
        const std::string other = pins || payee.address == address ? "" : std::string(address);
        if (*known && payee.otherAddress == other && (!pins || payee.address == address))
            return payee;
        if (!*known)
            payee.firstSeen = *now;
        if (pins) {
            payee.origin = origin;
            payee.address = address;
        }
        payee.otherAddress = other;
        if (auto put = putPayee(m_database, payee); !put)
            return fail(std::move(put.error()));
        return payee;
    });
}

Result<Payee> PurchaseBook::allowPayee(std::string_view origin, std::string_view address,
                                       std::string_view allowedBy, Money alwaysUpTo) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<Payee>(m_database, [&]() -> Result<Payee> {
        auto known = findPayee(m_database, origin);
        const auto now = m_database.now();
        if (!known || !now)
            return fail(known ? now.error() : known.error());
        Payee payee = known->value_or(Payee{});
        payee.origin = origin;
        payee.address = address;
        payee.firstSeen = *known ? payee.firstSeen : *now;
        payee.allowedBy = allowedBy;
        payee.allowedAt = *now;
        payee.alwaysUpTo = alwaysUpTo;
        payee.otherAddress.clear();
        if (auto put = putPayee(m_database, payee); !put)
            return fail(std::move(put.error()));
        return payee;
    });
}

Result<void> PurchaseBook::forgetPayee(std::string_view origin) {
    const std::lock_guard lock(m_mutex);
    return runOnce(m_database, "DELETE FROM payees WHERE origin = ?", {origin});
}

Result<LedgerMark> PurchaseBook::mark() {
    const std::lock_guard lock(m_mutex);
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    auto lineage = fact(m_database, kLineage);
    const auto newest = m_database.queryInteger("SELECT coalesce(max(change), 0) FROM purchases");
    if (!lineage || !newest)
        return fail(lineage ? newest.error() : lineage.error());
    return LedgerMark{std::move(*lineage), *newest};
}

void PurchaseBook::believeClock() {
    const std::lock_guard lock(m_mutex);
    m_clock->believe();
}

}  // namespace gr::ledger
