// SPDX-License-Identifier: MIT
#include "ledger/sale_book.h"

#include <algorithm>
#include <array>

#include "base/ulid.h"
#include "ledger/purchase_rows.h"
#include "ledger/sale_rows.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kDigestSize = 32;
constexpr std::size_t kMostIdentifier = 128;
constexpr std::size_t kMostReceipt = 16'384;
constexpr std::size_t kMostNote = 1'024;
constexpr std::string_view kPayTo = "pay_to";
constexpr std::array<std::string_view, 4> kCreditNames{"open", "taken", "spent", "void"};

constexpr std::string_view kUnfinished =
    "state IN ('reserved','settling','settled','serving','unknown')";

bool isHex(std::string_view text, std::size_t digits) {
    return text.size() == digits + 2 && text.starts_with("0x") &&
           text.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool isDecimal(std::string_view text) {
    return !text.empty() && text.size() <= 78 && (text == "0" || text.front() != '0') &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

// One thing must have one text: what differs in case alone would be a nonce that nobody has used.
Result<void> checkIntent(const SaleIntent& intent) {
    const auto wrong = [](const char* field, const char* what) {
        return failField(ErrorCode::InvalidField, field,
                         "A sale cannot be booked: its " + std::string(field) + " " + what + ".");
    };
    const std::pair<const char*, const std::string*> addresses[] = {
        {"token", &intent.token}, {"payer", &intent.payer}, {"pay_to", &intent.payTo}};
    for (const auto& [field, address] : addresses) {
        if (!isHex(*address, 40))
            return wrong(field, "must be 0x and 40 hexadecimal digits in lower case");
    }
    if (!isHex(intent.nonce, 64) && !isDecimal(intent.nonce))
        return wrong("nonce", "must be 0x and 64 digits in lower case, or a decimal number");
    if (!isDecimal(intent.amount))
        return wrong("amount", "must be a whole number");
    if (intent.usd.pico() < 0)
        return wrong("usd", "must not be negative");
    if (intent.requestDigest.size() != kDigestSize)
        return wrong("request_digest", "must have 32 bytes");
    if (intent.paymentIdentifier.size() > kMostIdentifier)
        return wrong("payment_identifier", "must have at most 128 bytes");
    return {};
}

Failure notThere(std::string_view id) {
    return fail(ErrorCode::RecordNotFound,
                "There is no sale \"" + std::string(id) + "\" in this ledger.");
}

void apply(Sale& sale, const SaleChange& change, UnixMs now) {
    using enum SaleState;
    sale.updatedAt = now;
    sale.transaction = change.transaction.value_or(sale.transaction);
    sale.block = change.block.value_or(sale.block);
    sale.receipt = change.receipt.value_or(sale.receipt);
    sale.note = change.note.value_or(sale.note);
    sale.answerDigest = change.answerDigest.value_or(sale.answerDigest);
    sale.receipt.resize(std::min(sale.receipt.size(), kMostReceipt));
    sale.note.resize(std::min(sale.note.size(), kMostNote));
    sale.charged = change.charged.value_or(sale.charged);
    sale.chargedUsd = change.chargedUsd.value_or(sale.chargedUsd);
    if (sale.state == Serving && !sale.servedAt)
        sale.servedAt = now;
    const bool here = sale.state == Settled || sale.state == Served || sale.state == Credit;
    if (here && !sale.paidAt) {
        sale.paidAt = now;
        if (sale.charged.empty()) {
            sale.charged = sale.amount;
            sale.chargedUsd = sale.usd;
        }
    }
    if (sale.state == Reorged)
        sale.paidAt.reset();
    // Nothing is to come where nothing was paid.
    sale.final = sale.state == Failed && !sale.paidAt ? true
                 : sale.paidAt                        ? sale.final || change.final
                                                      : false;
}

}  // namespace

std::string_view nameOf(CreditState state) {
    return kCreditNames[static_cast<std::size_t>(state)];
}

std::optional<CreditState> creditState(std::string_view name) {
    const auto* const it = std::find(kCreditNames.begin(), kCreditNames.end(), name);
    if (it == kCreditNames.end())
        return std::nullopt;
    return static_cast<CreditState>(it - kCreditNames.begin());
}

Result<std::unique_ptr<SaleBook>> SaleBook::open(const Location& location, std::string gateway) {
    auto database = openForPromises(location);
    if (!database)
        return fail(std::move(database.error()));
    return std::unique_ptr<SaleBook>(new SaleBook(std::move(*database), std::move(gateway)));
}

Result<SaleReserved> SaleBook::reserve(const SaleIntent& intent,
                                       std::optional<Money> unfinalAtMost) {
    if (auto checked = checkIntent(intent); !checked)
        return fail(std::move(checked.error()));
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<SaleReserved>(m_database,
                                            [&] { return reserveNow(intent, unfinalAtMost); });
}

Result<bool> SaleBook::hasOtherByUse(const SaleIntent& intent) {
    const std::lock_guard lock(m_mutex);
    const auto count = numberOf(m_database,
                                "SELECT count(*) FROM sales WHERE state IN "
                                "('reserved','settling','settled','serving','unknown') AND payer = "
                                "? AND nonce <> ? AND served_first = 1 AND state IN "
                                "('reserved','settling','serving')",
                                {intent.payer, intent.nonce});
    return count ? Result<bool>(*count > 0) : fail(count.error());
}

Result<std::vector<Sale>> SaleBook::inDoubt(const SaleIntent& intent) {
    const std::lock_guard lock(m_mutex);
    auto known = numberOf(m_database,
                          "SELECT count(*) FROM sales WHERE chain_id = ? AND token = ? AND payer = "
                          "? AND nonce = ? AND state <> 'failed'",
                          {intent.chainId, intent.token, intent.payer, intent.nonce});
    if (!known)
        return fail(std::move(known.error()));
    if (*known > 0)
        return std::vector<Sale>();
    return selectSales(m_database,
                       std::string(kUnfinished) +
                           " AND state = 'unknown' AND payer = ? AND request_digest = ? "
                           "ORDER BY sequence LIMIT 4",
                       {intent.payer, Blob{intent.requestDigest}});
}

Result<std::optional<SaleReserved>> SaleBook::existing(const SaleIntent& intent) {
    const auto answer = [&](SaleReserved::Kind kind, Sale sale) {
        const bool same = sale.requestDigest == intent.requestDigest &&
                          sale.chainId == intent.chainId && sale.token == intent.token &&
                          sale.amount == intent.amount;
        const bool elsewhere = sale.gateway != m_gateway;
        return SaleReserved{kind, std::move(sale), same, elsewhere, {}};
    };
    auto found = selectSales(m_database, "chain_id = ? AND token = ? AND payer = ? AND nonce = ?",
                             {intent.chainId, intent.token, intent.payer, intent.nonce});
    if (!found)
        return fail(std::move(found.error()));
    if (!found->empty())
        return answer(SaleReserved::Kind::SameNonce, std::move(found->front()));
    if (intent.paymentIdentifier.empty())
        return std::nullopt;
    found = selectSales(m_database,
                        "payer = ? AND identifier = ? AND identifier <> '' AND state <> 'failed'",
                        {intent.payer, intent.paymentIdentifier});
    if (!found)
        return fail(std::move(found.error()));
    if (!found->empty())
        return answer(SaleReserved::Kind::SameIdentifier, std::move(found->front()));
    return std::nullopt;
}

Result<SaleReserved> SaleBook::reserveNow(const SaleIntent& intent,
                                          std::optional<Money> unfinalAtMost) {
    auto there = existing(intent);
    if (!there)
        return fail(std::move(there.error()));
    if (*there)
        return std::move(**there);
    SaleReserved answer;
    auto address = fact(m_database, kPayTo);
    const auto unfinal = unfinalIncome(m_database);
    const auto now = m_database.now();
    if (!address || !unfinal || !now)
        return fail(!address ? address.error() : !unfinal ? unfinal.error() : now.error());
    answer.payTo = *address;
    if (!address->empty() && *address != intent.payTo) {
        answer.kind = SaleReserved::Kind::OtherPayTo;
        return answer;
    }
    const auto then = unfinal->plus(intent.usd);
    if (!then || (unfinalAtMost && *then > *unfinalAtMost)) {
        answer.kind = SaleReserved::Kind::TooMuchUnfinal;
        return answer;
    }
    Result<void> written;
    if (address->empty())
        written = setFact(m_database, kPayTo, intent.payTo);
    answer.payTo = intent.payTo;
    static_cast<SaleIntent&>(answer.sale) = intent;
    answer.sale.id = "sale_" + newRequestId(*now).substr(4);
    answer.sale.gateway = m_gateway;
    answer.sale.createdAt = answer.sale.updatedAt = *now;
    answer.sameRequest = true;
    if (written)
        written = insertSale(m_database, answer.sale);
    if (!written)
        return fail(std::move(written.error()));
    return answer;
}

Result<Sale> SaleBook::byId(std::string_view id) {
    // A text of somebody else's making may hold bytes that a server does not take.
    if (!id.starts_with("sale_") || !timeOfRequestId("req_" + std::string(id.substr(5))))
        return notThere(id);
    auto found = selectSales(m_database, "id = ?", {id});
    if (!found)
        return fail(std::move(found.error()));
    if (found->empty())
        return notThere(id);
    return std::move(found->front());
}

// The sale is in a state from which it may go there.
Result<void> SaleBook::moveTo(Sale& sale, SaleState to, const SaleChange& change) {
    if (!mayFollow(sale.stand(), to))
        return fail(ErrorCode::Internal, "Something unexpected happened with a sale.",
                    "no arc from " + std::string(nameOf(sale.state)) + " to " +
                        std::string(nameOf(to)) + ": " + sale.id);
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    if (sale.state == SaleState::Failed && to == SaleState::Reserved) {
        // Meanwhile another one may have come with its identifier.
        const auto there = numberOf(m_database,
                                    "SELECT count(*) FROM sales WHERE payer = ? AND identifier = ? "
                                    "AND identifier <> '' AND state <> 'failed'",
                                    {sale.payer, sale.paymentIdentifier});
        if (!there || *there > 0)
            return there ? fail(ErrorCode::InvalidField,
                                "Another payment has this payment identifier.")
                         : fail(there.error());
        sale.gateway = m_gateway;
    }
    if (sale.state == SaleState::Unknown && to == SaleState::Settling)
        sale.gateway = m_gateway;
    if (to == SaleState::Reorged) {
        if (auto gone = runOnce(m_database,
                                "UPDATE credits SET state = 'void' WHERE id = ? AND state = 'open'",
                                {sale.id});
            !gone)
            return gone;
    }
    sale.state = to;
    apply(sale, change, *now);
    return updateSale(m_database, sale);
}

Result<SaleAdvanced> SaleBook::advance(std::string_view id, const std::vector<SaleState>& from,
                                       SaleState to, const SaleChange& change) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<SaleAdvanced>(m_database, [&]() -> Result<SaleAdvanced> {
        auto sale = byId(id);
        if (!sale)
            return fail(std::move(sale.error()));
        if (std::find(from.begin(), from.end(), sale->state) == from.end())
            return SaleAdvanced{false, std::move(*sale)};
        if (to == SaleState::Credit && sale->state != SaleState::Credit)
            return fail(ErrorCode::Internal, "Something unexpected happened with a sale.",
                        "a credit without its row");
        if (auto moved = moveTo(*sale, to, change); !moved)
            return fail(std::move(moved.error()));
        return SaleAdvanced{true, std::move(*sale)};
    });
}

Result<SaleAdvanced> SaleBook::giveCredit(std::string_view id, const std::vector<SaleState>& from,
                                          UnixMs expiresAt, const CreditBounds& bounds) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<SaleAdvanced>(m_database, [&]() -> Result<SaleAdvanced> {
        auto sale = byId(id);
        if (!sale)
            return fail(std::move(sale.error()));
        if (std::find(from.begin(), from.end(), sale->state) == from.end() ||
            sale->state == SaleState::Credit)
            return SaleAdvanced{false, std::move(*sale)};
        const auto now = m_database.now();
        const auto all = now ? owed(m_database, *now) : fail(now.error());
        const auto payers = now ? owed(m_database, *now, sale->payer) : fail(now.error());
        if (!all || !payers)
            return fail(all ? payers.error() : all.error());
        const auto total = all->usd.plus(sale->usd);
        const auto payer = payers->usd.plus(sale->usd);
        if (payers->credits >= bounds.perPayer || !total || *total > bounds.totalUsd || !payer ||
            *payer > bounds.payerUsd)
            return SaleAdvanced{false, std::move(*sale)};
        auto done = moveTo(*sale, SaleState::Credit, {});
        if (done)
            done = putCredit(m_database, {.id = sale->id,
                                          .payer = sale->payer,
                                          .paymentIdentifier = sale->paymentIdentifier,
                                          .requestDigest = sale->requestDigest,
                                          .usd = sale->usd,
                                          .createdAt = *now,
                                          .expiresAt = expiresAt,
                                          .state = CreditState::Open,
                                          .requestId = {},
                                          .gateway = {}});
        if (!done)
            return fail(std::move(done.error()));
        return SaleAdvanced{true, std::move(*sale)};
    });
}

Result<std::optional<Credit>> SaleBook::takeCredit(const CreditClaim& claim) {
    if (claim.paymentIdentifier.empty() && !claim.signedAnew)
        return std::nullopt;
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<std::optional<Credit>>(
        m_database, [&]() -> Result<std::optional<Credit>> {
            const auto now = m_database.now();
            if (!now)
                return fail(now.error());
            std::string condition =
                "payer = ? AND request_digest = ? AND state = 'open' AND expires_ms > ?";
            std::vector<Value> values{claim.payer, Blob{claim.requestDigest}, now->value};
            if (!claim.signedAnew) {
                condition += " AND identifier = ?";
                values.emplace_back(claim.paymentIdentifier);
            }
            auto found = selectCredits(m_database, condition + " ORDER BY id LIMIT 1", values);
            if (!found)
                return fail(std::move(found.error()));
            if (found->empty())
                return std::nullopt;
            Credit& credit = found->front();
            credit.state = CreditState::Taken;
            credit.requestId = claim.requestId;
            credit.gateway = m_gateway;
            auto done =
                runOnce(m_database,
                        "UPDATE credits SET state = 'taken', request = ?, gateway = ? WHERE id = ?",
                        {credit.requestId, credit.gateway, credit.id});
            if (!done)
                return fail(std::move(done.error()));
            return std::move(credit);
        });
}

Result<bool> SaleBook::setCredit(std::string_view id, std::string_view to) {
    const std::lock_guard lock(m_mutex);
    return inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        auto sale = byId(id);
        if (!sale)
            return fail(std::move(sale.error()));
        // A reorged sale's credit that was out does not come back to be taken again.
        const bool gone = to == "open" && sale->state == SaleState::Reorged;
        bool done = false;
        auto written =
            forEachRow(m_database,
                       "UPDATE credits SET state = ? WHERE id = ? AND state = 'taken' RETURNING id",
                       {gone ? "void" : to, id}, [&done](Statement&) -> Result<void> {
                           done = true;
                           return {};
                       });
        if (!written)
            return fail(std::move(written.error()));
        return done;
    });
}

Result<bool> SaleBook::spendCredit(std::string_view id) {
    return setCredit(id, "spent");
}

Result<bool> SaleBook::returnCredit(std::string_view id) {
    return setCredit(id, "open");
}

Result<void> SaleBook::forgetUnpaid(UnixMs endedBefore) {
    const std::lock_guard lock(m_mutex);
    const auto done = inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        auto gone = runOnce(m_database,
                            "DELETE FROM sales WHERE state = 'failed' AND paid_ms IS NULL AND "
                            "served_ms IS NULL AND tx = '' AND valid_before < ?",
                            {endedBefore.value / 1'000});
        if (!gone)
            return fail(std::move(gone.error()));
        return true;
    });
    return done ? Result<void>() : fail(done.error());
}

Result<void> SaleBook::returnTakenCredits() {
    const std::lock_guard lock(m_mutex);
    const auto done = inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        auto back = runOnce(m_database,
                            "UPDATE credits SET state = CASE WHEN id IN (SELECT id FROM sales "
                            "WHERE state = 'reorged') THEN 'void' ELSE 'open' END "
                            "WHERE state = 'taken' AND gateway = ?",
                            {m_gateway});
        if (!back)
            return fail(std::move(back.error()));
        return true;
    });
    return done ? Result<void>() : fail(done.error());
}

Result<std::vector<Credit>> SaleBook::creditsOf(std::string_view payer) {
    const std::lock_guard lock(m_mutex);
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    return selectCredits(m_database, "payer = ? AND state = 'open' AND expires_ms > ? ORDER BY id",
                         {payer, now->value});
}

Result<std::optional<Credit>> SaleBook::findCredit(std::string_view id) {
    const std::lock_guard lock(m_mutex);
    auto found = selectCredits(m_database, "id = ?", {id});
    if (!found)
        return fail(std::move(found.error()));
    return found->empty() ? std::optional<Credit>() : std::move(found->front());
}

Result<std::optional<Sale>> SaleBook::find(std::string_view id) {
    const std::lock_guard lock(m_mutex);
    return noneIfNotFound(byId(id));
}

Result<std::vector<Sale>> SaleBook::unfinished(Whose whose) {
    const std::lock_guard lock(m_mutex);
    const std::string condition(kUnfinished);
    if (whose == Whose::Everybodys)
        return selectSales(m_database, condition + " ORDER BY sequence", {});
    return selectSales(m_database, condition + " AND gateway = ? ORDER BY sequence", {m_gateway});
}

Result<std::vector<Sale>> SaleBook::unfinal() {
    const std::lock_guard lock(m_mutex);
    return selectSales(m_database,
                       "final = 0 AND (paid_ms IS NOT NULL OR state = 'reorged') ORDER BY sequence",
                       {});
}

Result<std::vector<Sale>> SaleBook::page(const SaleFilter& filter, std::int64_t before, int most) {
    const std::lock_guard lock(m_mutex);
    return pageOfSales(m_database, filter, PageOrder::NewestFirst, before, most);
}

Result<IncomeSums> SaleBook::sums(UnixMs from, UnixMs to) {
    const std::lock_guard lock(m_mutex);
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    const auto now = m_database.now();
    if (!now)
        return fail(now.error());
    return incomeSums(m_database, from, to, *now);
}

Result<std::string> SaleBook::payTo() {
    const std::lock_guard lock(m_mutex);
    return fact(m_database, kPayTo);
}

Result<void> SaleBook::changePayTo(std::string_view address) {
    const std::lock_guard lock(m_mutex);
    const auto done = inWriteTransaction<bool>(m_database, [&]() -> Result<bool> {
        auto set = setFact(m_database, kPayTo, address);
        if (!set)
            return fail(std::move(set.error()));
        return true;
    });
    return done ? Result<void>() : fail(done.error());
}

}  // namespace gr::ledger
