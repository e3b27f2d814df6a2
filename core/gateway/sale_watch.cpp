// SPDX-License-Identifier: MIT
#include "gateway/sale_watch.h"

#include <algorithm>

#include "base/log.h"
#include "payment/token_amount.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using ledger::Sale;
using ledger::SaleState;
using payment::SaleFate;

constexpr Milliseconds kBetween{15'000};
constexpr Milliseconds kBetweenBlocks{3'000};  // while transactions of ours wait for one
constexpr Milliseconds kSettle{300};           // what was noted is on the disk by then
constexpr Milliseconds kTidy{3'600'000};
constexpr std::int64_t kKeptMs = 24 * 3'600'000;  // attempts that brought no money
// No request waits for its settlement that long.
constexpr std::int64_t kStuckMs = 300'000;

bool byUse(const Sale& sale) {
    return sale.order == ledger::SaleOrder::ServedFirst;
}

// What was charged by use and not found out later may have been delivered: nobody owes it again.
Result<void> giveWhatIsOwed(ledger::SaleBook& book, const std::string& id, bool use, UnixMs end,
                            bool foundLater) {
    const std::vector<SaleState> from{SaleState::Settled, SaleState::Reorged};
    ledger::SaleChange change;
    if (!use || foundLater) {
        const auto given = book.giveCredit(id, from, end, creditBounds());
        if (!given || given->done)
            return given ? Result<void>() : fail(given.error());
    }
    change.note = use && !foundLater ? "charged, and its answer was lost"
                                     : "more credits are owed than are given";
    const auto over = use ? book.advance(id, {SaleState::Settled}, SaleState::Served, change)
                          : book.advance(id, from, SaleState::Failed, change);
    return over ? Result<void>() : fail(over.error());
}

}  // namespace

SaleWatch::SaleWatch(SaleDesk& desk, Cashier& cashier, const Clock& clock, http::Executor io)
    : m_desk(desk), m_cashier(cashier), m_clock(clock), m_io(io), m_wakeup(std::move(io)) {}

void SaleWatch::stop() {
    m_abort.fire();
}

Awaitable<void> SaleWatch::run() {
    m_desk.onNews(m_wakeup.caller());
    bool open = m_desk.sale() != nullptr;  // from before the start, perhaps
    bool first = open;
    while (!m_abort.fired()) {
        if (!first && !m_desk.takeNews()) {
            const SteadyTime soon = m_clock.steady() + (m_relaysWait ? kBetweenBlocks : kBetween);
            const SteadyTime next = open            ? soon
                                    : m_desk.sale() ? std::max(soon, m_tidyAt)
                                                    : SteadyTime::max();
            co_await m_wakeup.wait(m_abort, next);
        }
        first = false;
        if (!m_abort.fired())
            co_await m_wakeup.pause(m_abort, kSettle);
        if (!m_abort.fired())
            open = co_await lookAtAll();
    }
    m_desk.onNews({});
}

Awaitable<bool> SaleWatch::lookAtAll() {
    const SalePtr entry = m_desk.sale();
    if (!entry)
        co_return false;
    if (m_clock.steady() >= m_tidyAt)
        tidy();
    const SaleDesk::Caller caller{m_io, m_abort};
    using Rows = std::vector<Sale>;
    std::function<Result<Rows>(ledger::SaleBook&)> work =
        [](ledger::SaleBook& book) -> Result<Rows> {
        auto rows = book.unfinished(ledger::SaleBook::Whose::Mine);
        const auto unfinal = rows ? book.unfinal() : Result<Rows>(Rows());
        if (!unfinal)
            return fail(unfinal.error());
        if (rows)
            rows->insert(rows->end(), unfinal->begin(), unfinal->end());
        return rows;
    };
    const auto rows = co_await m_desk.ask(std::move(work), caller);
    if (!rows)
        co_return true;
    for (const Sale& sale : *rows) {
        if (!m_abort.fired())
            co_await lookAt(*entry, sale);
    }
    m_relaysWait = false;
    if (entry->relayer && !m_abort.fired())
        m_relaysWait = co_await m_cashier.tendRelays(*entry, m_abort);
    co_return m_relaysWait || !rows->empty();
}

void SaleWatch::tidy() {
    m_tidyAt = m_clock.steady() + kTidy;
    m_desk.tell([until = UnixMs{m_clock.now().value - kKeptMs}](ledger::SaleBook& book) {
        return book.forgetUnpaid(until);
    });
}

// Nobody of this process works on it.
bool SaleWatch::isLeftBehind(const Sale& sale) const {
    if (sale.state == SaleState::Unknown || m_desk.isLeftBehind(sale.id))
        return true;
    const bool waits = sale.state == SaleState::Reserved || sale.state == SaleState::Settling;
    return waits && m_clock.now().value - sale.updatedAt.value > kStuckMs;
}

Awaitable<void> SaleWatch::lookAt(const SaleEntry& entry, const Sale& sale) {
    const bool left = isLeftBehind(sale);
    switch (sale.state) {
        case SaleState::Reserved:
            if (left) {
                advance(sale, SaleState::Failed, {.note = "the gateway ended before it was sent"});
                m_desk.noLongerLeft(sale.id);  // from here on any gateway may take it up
            }
            co_return;
        case SaleState::Settled:
            if (left)
                owe(sale);
            co_return;
        case SaleState::Serving:  // what is charged by use waits for its money
            if (left && byUse(sale))
                advance(sale, SaleState::Failed,
                        {.note = "the gateway ended before it was charged"});
            else if (left)
                advance(sale, SaleState::Served, {.note = "the gateway ended meanwhile"});
            co_return;
        case SaleState::Settling:
            if (!left)
                co_return;
            break;
        default:
            break;
    }
    const auto fate = co_await m_cashier.lookUp(entry, sale, m_abort);
    if (fate) {
        const auto token = payment::Address::parse(sale.token);
        const payment::Token* const known =
            token ? entry.networks.token(static_cast<payment::ChainId>(sale.chainId), *token)
                  : nullptr;
        learn(sale, *fate, known != nullptr ? known->decimals : 6);
    } else if (sale.state == SaleState::Settling) {
        advance(sale, SaleState::Unknown, {});
        m_desk.noLongerLeft(sale.id);
    }
}

void SaleWatch::advance(const Sale& sale, SaleState to, ledger::SaleChange change) {
    if (!mayFollow(sale.stand(), to))
        return;
    m_desk.tell([id = sale.id, from = sale.state, to,
                 change = std::move(change)](ledger::SaleBook& book) -> Result<void> {
        const auto done = book.advance(id, {from}, to, change);
        return done ? Result<void>() : fail(done.error());
    });
}

// It was paid and never served.
void SaleWatch::owe(const Sale& sale) {
    m_desk.tell([id = sale.id, use = byUse(sale), end = creditEnd(m_clock.now())](
                    ledger::SaleBook& book) { return giveWhatIsOwed(book, id, use, end, false); });
}

// The money came, and nobody here works on it. Unless somebody has taken it up since it was looked
// at: then nothing is owed yet.
void SaleWatch::settle(const Sale& sale, ledger::SaleChange change) {
    m_desk.tell([id = sale.id, from = sale.state, use = byUse(sale), change = std::move(change),
                 end = creditEnd(m_clock.now())](ledger::SaleBook& book) -> Result<void> {
        const auto settled = book.advance(id, {from}, SaleState::Settled, change);
        if (!settled || !settled->done)
            return settled ? Result<void>() : fail(settled.error());
        return giveWhatIsOwed(book, id, use, end, true);
    });
}

void SaleWatch::learn(const Sale& sale, const SaleFate& fate, unsigned decimals) {
    ledger::SaleChange change;
    if (!fate.transaction.empty())
        change.transaction = fate.transaction;
    if (fate.kind == SaleFate::Kind::Reorged) {
        log::write(LogLevel::Warning, "sale.reorged", {{"id", sale.id}});
        advance(sale, SaleState::Reorged, change);
        return;
    }
    if (fate.kind == SaleFate::Kind::NotTaken) {
        advance(sale, SaleState::Failed, change);
        return;
    }
    change.block = fate.block;
    change.final = fate.final;
    if (!sale.paidAt) {
        change.charged = fate.charged.toDecimal();
        change.chargedUsd = dollarsOf(fate.charged, decimals, payment::Rounding::Down);
    }
    const bool waited = sale.state == SaleState::Settling || sale.state == SaleState::Unknown;
    if (waited) {
        change.note = ledger::kFoundLater;
        settle(sale, std::move(change));
    } else if (sale.state == SaleState::Reorged && sale.servedAt) {
        advance(sale, SaleState::Served, change);
    } else if (sale.state == SaleState::Reorged) {
        owe(sale);
    } else if (fate.final) {
        advance(sale, sale.state, change);
    }
}

}  // namespace gr::gateway
